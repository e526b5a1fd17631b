import type { OperationView } from '../../port.ts';
import type { GisZhkhConfig } from '../config.ts';

/** After a request was finished, its effects show in exports at once but for the lag of their stores. */
const LAG_MS = 60_000;

/**
 * From when on a question is answered surely with "it is not there", epoch milliseconds. A request without acknowledgement may still wait
 * in the queue of ГИС ЖКХ; one that was finished is not in it any more.
 */
export function sureFrom(config: GisZhkhConfig, op: OperationView, since: number): number {
  const finished = op.exchange?.ticket !== undefined;
  return since + (finished ? Math.min(LAG_MS, config.settleAfterMs) : config.settleAfterMs);
}

/** When a person is asked, epoch milliseconds. */
export function operatorAt({ settleForMs, settleAfterMs }: GisZhkhConfig, since: number): number {
  return since + Math.max(settleForMs, settleAfterMs + LAG_MS);
}
