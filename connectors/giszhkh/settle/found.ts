import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import type { Progress, Question } from '../exports.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';

/** The operation's result when its effect is there; undefined when it is not. */
export type Judgement = Readonly<Record<string, unknown>> | 'ambiguous' | undefined;

/**
 * Asks for what ГИС ЖКХ has now and lets `judge` look through it.
 *
 */
export async function lookFor(
  ctx: Ctx,
  { exports }: GisTools,
  { notBefore }: Lost,
  question: Question,
  judge: (result: NativeObject) => Judgement,
): Promise<Verdict> {
  return verdictOf(await exports.step(ctx, question, notBefore), judge);
}

/** What an answer, or the lack of one yet, says about the lost operation. */
export function verdictOf(progress: Progress, judge: (result: NativeObject) => Judgement): Verdict {
  if (!progress.done) return { status: 'asked', askAfterMs: progress.askAfterMs };
  const found = progress.result && judge(progress.result);
  if (found === 'ambiguous') return { status: 'ambiguous' };
  return found ? { status: 'happened', result: found } : { status: 'absent', askedAt: progress.askedAt };
}

/** Whether every value that was written is there; what an export adds does not count. Numbers and case of GUIDs are compared by meaning. */
export function agrees(written: unknown, there: unknown): boolean {
  if (Array.isArray(written)) return Array.isArray(there) && written.every((w) => there.some((t) => agrees(w, t)));
  if (written !== null && typeof written === 'object')
    return (
      there !== null &&
      typeof there === 'object' &&
      Object.entries(written).every(([key, value]) => agrees(value, (there as NativeObject)[key]))
    );
  if (written === undefined || written === null) return true;
  return sameScalar(String(written), there);
}

/** Equal as texts, as numbers, as dates with and without zone, or as GUIDs. */
export function sameScalar(written: string, there: unknown): boolean {
  if (typeof there !== 'string') return false;
  if (written === there.trim()) return true;
  if (/^-?\d+(\.\d+)?$/.test(written) && /^-?\d+(\.\d+)?$/.test(there)) return plain(written) === plain(there);
  if (/^\d{4}-\d\d-\d\d/.test(written) && /^\d{4}-\d\d-\d\d/.test(there))
    return written.slice(0, 10) === there.slice(0, 10);
  return written.toLowerCase() === there.trim().toLowerCase();
}

function plain(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}
