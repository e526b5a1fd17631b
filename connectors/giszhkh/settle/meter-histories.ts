import { isHubError } from '../../../canonical/errors.ts';
import type { Ctx } from '../ctx.ts';
import type { Exports, Progress } from '../exports.ts';

/** Meters of one question, at most. Source: hcs-device-metering-types.xsd 16.3. */
const MOST_METERS = 100;
/** How long the first meter waits for others: the hub looks for some dozens of operations a second, and nobody is in a hurry. */
const LINGER_MS = 30_000;
/** After so long nobody comes for the answer any more. */
const KEPT_MS = 3_600_000;

/** Meters that are asked for together. */
interface Batch {
  readonly meters: Set<string>;
  /** When the first of them came, epoch milliseconds. */
  readonly since: number;
  /** The question is under way; no more meters come in. */
  closed: boolean;
  answer?: Progress & { done: true };
}

/**
 * Histories of meters by their root GUIDs. Lost readings are looked for one by one, each by a call of its own: whoever comes first waits
 * half a minute for the others, so that a lost import costs a question for a hundred meters and not one for each.
 */
export class MeterHistories {
  readonly #exports: Exports;
  /** By instance: in which batch a meter is, in the order in which they came. */
  readonly #batches = new Map<string, Map<string, Batch>>();

  constructor(exports: Exports) {
    this.#exports = exports;
  }

  /**
   * One step towards the history of a meter; the answer may hold those of others as well.
   *
   * @param notBefore epoch milliseconds; an answer to a question from before is not taken
   * @throws HubError as ГИС ЖКХ refuses the question for this meter alone
   */
  async step(ctx: Ctx, root: string, notBefore: number): Promise<Progress> {
    const now = ctx.clock.now();
    const meter = root.toLowerCase();
    const known = this.#of(ctx.instance, now);
    let batch = known.get(meter);
    if (!batch || (batch.answer && batch.answer.askedAt < notBefore)) batch = join(known, meter, now);
    if (batch.answer) return batch.answer;
    const restMs = batch.since + LINGER_MS - now;
    if (!batch.closed && batch.meters.size < MOST_METERS && restMs > 0) return { done: false, askAfterMs: restMs };
    batch.closed = true;
    try {
      const progress = await this.#exports.step(
        ctx,
        {
          service: 'device-metering',
          operation: 'exportMeteringDeviceHistory',
          content: { MeteringDeviceRootGUID: [...batch.meters].sort() },
        },
        batch.since,
      );
      if (progress.done) batch.answer = progress;
      return progress;
    } catch (error) {
      // One meter that is not ours, or not known, spoils the question for all of them.
      if (batch.meters.size === 1 || !isHubError(error) || error.kind !== 'rejected') throw error;
      if (known.get(meter) === batch) halve(known, batch, now);
      return { done: false, askAfterMs: 1_000 };
    }
  }

  #of(instance: string, now: number): Map<string, Batch> {
    const known = this.#batches.get(instance) ?? new Map<string, Batch>();
    this.#batches.set(instance, known);
    for (const [meter, batch] of known) {
      if (now - batch.since <= KEPT_MS) break;
      known.delete(meter);
    }
    return known;
  }
}

function put(known: Map<string, Batch>, meter: string, batch: Batch): void {
  known.delete(meter);
  known.set(meter, batch);
  batch.meters.add(meter);
}

/** The batch that still gathers is that of the latest meter. */
function join(known: Map<string, Batch>, meter: string, now: number): Batch {
  const latest = [...known.values()].at(-1);
  const batch: Batch =
    latest && !latest.closed && latest.meters.size < MOST_METERS
      ? latest
      : { meters: new Set(), since: now, closed: false };
  put(known, meter, batch);
  return batch;
}

function halve(known: Map<string, Batch>, { meters }: Batch, now: number): void {
  const all = [...meters];
  const middle = Math.ceil(all.length / 2);
  for (const half of [all.slice(0, middle), all.slice(middle)]) {
    const batch: Batch = { meters: new Set(), since: now, closed: true };
    for (const meter of half) put(known, meter, batch);
  }
}
