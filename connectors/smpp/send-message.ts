import { HubError, isHubError } from '../../canonical/errors.ts';
import { traced } from '../../logging/tracing.ts';
import { segment } from '../kit/segmentation.ts';
import type { Command, Context, OperationView, Outcome, PartView, Reconciled } from '../port.ts';
import type { SmppConfig } from './config.ts';
import { canonicalId } from './delivery-report.ts';
import { linkOf } from './link.ts';
import { commandId, encodePdu, firstString, type Pdu } from './pdu.ts';
import { submitParts, validUntil } from './submit.ts';

type Ctx = Context<SmppConfig>;

const ATTEMPT_MS = 60_000;
/** How often the notes are looked at while an answer is missing: soon at first, then a report does not come in minutes. */
const SOON_MS = 15_000;
const FIRST_MINUTES_MS = 5 * 60_000;
const LATER_MS = 3_600_000;

/**
 * Parts that are still worth completing. Older ones the centre has given up by now: what is sent after them is sent whole.
 */
function freshParts(ctx: Ctx, op: OperationView): readonly PartView[] {
  return (op.parts ?? []).filter((p) => ctx.clock.now() < validUntil(ctx.config, op, p.notedAt));
}

async function send(ctx: Ctx, op: OperationView): Promise<Outcome> {
  const link = linkOf(ctx);
  const plan = submitParts(ctx.config, op, ctx.clock.now());
  const several = plan.length > 1;
  const earlier = op.parts ?? [];
  const fresh = freshParts(ctx, op).filter((p) => p.parts === plan.length);
  const known = new Map(fresh.flatMap((p) => (p.ref === undefined ? [] : [[p.part, p.ref] as const])));
  if (fresh.length < earlier.length) {
    // Notes of a message that is over: its ids must not be taken for ids of this one.
    known.clear();
    await ctx.keepParts?.(earlier.map(({ part, parts }) => ({ part, parts })));
  }
  for (const { part, parts, body } of plan) {
    if (known.has(part)) continue;
    const noted = (ref: string) => ctx.keepParts?.([{ part, parts, ref }]);
    // That a part may have gone out is written down before it goes; of a single one the journal knows by itself.
    if (several) await ctx.keepParts?.([{ part, parts }]);
    const late = (answer: Pdu): void => {
      const ref = answer.status === 0 ? idOf(ctx, answer) : '';
      if (ref)
        noted(ref)?.catch((error: unknown) => ctx.log.warn('a late answer could not be written down', { error }));
    };
    const submitted = traced('SMPP submit_sm', 'client', {}, () => link.submit(ctx, body, late));
    const answer = await submitted.catch((error: unknown) => {
      throw known.size > 0 && isHubError(error) ? afterParts(error, known.size, parts) : error;
    });
    const ref = idOf(ctx, answer);
    known.set(part, ref);
    if (several) await noted(ref);
  }
  return {
    status: 'done',
    result: resultOf(
      op,
      [...known].sort(([a], [b]) => a - b).map(([, ref]) => ref),
    ),
  };
}

/** A message of which a part is missing is not shown by phones, or shown as a fragment; whoever decides should know. */
function afterParts(error: HubError, taken: number, parts: number): HubError {
  const message = `${error.message} ${taken} of ${parts} parts had been taken before.`;
  return new HubError(error.kind, error.code, message, error.facts, { cause: error });
}

function idOf(ctx: Ctx, answer: Pdu): string {
  return canonicalId(firstString(answer.body), ctx.config.responseIds);
}

function resultOf(op: OperationView, upstreamIds: readonly string[]): Record<string, unknown> {
  return { upstreamIds, segments: segment(String(op.payload.text)).segments };
}

/**
 * A message centre can't be asked by a number of ours, so the answer comes from what is written down: ids that late
 * answers and reports told. A message that broke off between two parts is completed. Everything else waits until it can
 * no longer be delivered, and then the policy decides.
 */
async function reconcile(ctx: Ctx, op: OperationView): Promise<Reconciled> {
  const { config, clock } = ctx;
  const now = clock.now();
  const since = op.uncertainSince ?? now;
  const parts = op.parts ?? [];
  const total = parts[0]?.parts ?? 0;
  const ids = parts.flatMap((p) => (p.ref === undefined ? [] : [p.ref]));
  if (total > 0 && ids.length === total) return { status: 'happened', result: resultOf(op, ids) };
  // Every part that was begun has been answered, and a part is noted before it goes out: the rest was not begun.
  const fresh = freshParts(ctx, op);
  if (fresh.length > 0 && fresh.length === parts.length && ids.length === parts.length) return { status: 'absent' };
  const over = validUntil(config, op, since + ATTEMPT_MS) + config.unanswerableMarginMs;
  const reached = parts.some((p) => p.status === 'delivered' || p.status === 'read');
  if (config.whenUnanswerable === 'resendAfterValidity' && now >= over && !reached) return { status: 'absent' };
  const askAfterMs = now - since < FIRST_MINUTES_MS ? SOON_MS : LATER_MS;
  return { status: 'unknown', askAfterMs, operatorAt: over };
}

/** `messages.send`. */
export const sendMessage: Command<SmppConfig> = {
  effect: 'once',
  keepsParts: true,
  // Fits user_message_reference and sar_msg_ref_num; the header in the text takes its last octet.
  ownId: { min: 1, max: 65_535 },
  attemptTimeoutMs: ATTEMPT_MS,
  send,
  reconcile,
  dryRun: async (ctx, op) => ({
    ...segment(String(op.payload.text)),
    concatenation: ctx.config.concatenation,
    request: submitParts(ctx.config, op, ctx.clock.now()).map(({ part, body }) => ({
      part,
      pdu: encodePdu({ command: commandId.submitSm, status: 0, sequence: part, body }).toString('hex'),
    })),
  }),
};
