import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { type Judgement, lookFor, sameScalar } from './found.ts';

type Judge = (appeal: NativeObject, history: readonly NativeObject[]) => Judgement;

/** An answer is there when the history of the appeal has one of the same employee with the same words. */
export function settleAppealAnswer(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const [answer = {}] = list(lost.item.content.Answer);
  const [loaded = {}] = list(answer.LoadAnswer);
  return look(ctx, tools, lost, (_appeal, history) => {
    const like = history
      .flatMap((h) => list(h.Answer))
      .filter((a) => isBy(answer.AnswererGUID, a) && sameWords(loaded.AnswerText, a.AnswerText));
    const sent = like.some((a) => isTrue(a.AnswerIsSent));
    if (answer.SendAnswer === undefined ? like.length > 0 : sent) return { found: 'export' };
    // The words are there and were not sent: the draft may be ours or somebody's.
    return like.length > 0 ? 'ambiguous' : undefined;
  });
}

/** An action is done when the appeal shows the state that it leads to. */
export function settleAppealAction(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  return look(ctx, tools, lost, (appeal, history) =>
    isDone(lost.item.content, appeal, history) ? { found: 'export' } : undefined,
  );
}

function isDone(action: NativeObject, appeal: NativeObject, history: readonly NativeObject[]): boolean {
  const [performer] = list(action.Performer);
  if (performer)
    return (
      sameScalar(String(performer.AnswererGUID), appeal.AnswererGUID) &&
      (performer.DateOfAppointment === undefined ||
        sameScalar(String(performer.DateOfAppointment), appeal.DateOfAppointment))
    );
  const [redirection] = list(action.RedirectAppeal);
  if (redirection)
    return history.flatMap((h) => list(h.Redirected)).some((r) => receiverOf(r) === receiverOf(redirection));
  const [prolongation] = list(action.RollOverAppeal);
  if (prolongation)
    return history
      .flatMap((h) => list(h.RolledOver))
      .some((r) => sameScalar(String(prolongation.ExecutionDate), r.ExecutionDate));
  if (action.AnswerIsNotRequired !== undefined) return isTrue(appeal.AnswerIsNotRequired);
  return appeal.AppealStatus === 'Executed';
}

function look(ctx: Ctx, tools: GisTools, lost: Lost, judge: Judge): Promise<Verdict> {
  const guid = String(lost.item.content.AppealGUID);
  const question = { service: 'appeals', operation: 'exportAppeal', content: { AppealGUID: [guid] } } as const;
  return lookFor(ctx, tools, lost, question, (result) => {
    const appeal = list(result.ExportAppealResult).find((a) => sameScalar(guid, a.AppealGUID));
    return appeal && judge(appeal, list(appeal.AppealHistory));
  });
}

const isTrue = (value: unknown): boolean => value === 'true' || value === '1';

function isBy(employee: unknown, answer: NativeObject): boolean {
  return list(answer.Answerer).some((a) => sameScalar(String(employee), a.AnswererGUID));
}

function receiverOf(redirection: NativeObject): string | undefined {
  const [receiver] = list(redirection.Receiver);
  return receiver && String(receiver.orgRootEntityGUID).toLowerCase();
}

/** Line ends and runs of spaces may have changed on the way. */
function sameWords(written: unknown, there: unknown): boolean {
  const plain = (text: unknown): string =>
    String(text ?? '')
      .replaceAll(/\s+/g, ' ')
      .trim();
  return plain(written) === plain(there);
}
