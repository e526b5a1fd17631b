import type { OperationView } from '../port.ts';

/** How far back the list is read when the hub's times can't be trusted; no text of a resident waits longer at the gateway. */
const DISTRUST_MS = 24 * 3_600_000;

/**
 * Earliest moment, epoch milliseconds by the gateway's clock, at which the gateway can have taken this operation's text:
 * not before it was accepted. When the attempt began is no bound: a restart counts that anew, and a clock may have been
 * set. Where the hub's clock differs from the gateway's, or a time of the operation lies in the future or before its
 * acceptance, a whole day is looked back. Too far back costs little, since texts of other operations are known by their
 * ids; too short a look sends twice.
 *
 * @param now by the hub's clock
 * @param gatewayNow from the Date of its answer (RFC 9110 §6.6.1), undefined without one
 */
export function earliest(
  op: Pick<OperationView, 'acceptedAt' | 'uncertainSince'>,
  { now, gatewayNow, skewMs }: { now: number; gatewayNow: number | undefined; skewMs: number },
): number {
  const { acceptedAt, uncertainSince = now } = op;
  const trusted =
    gatewayNow !== undefined &&
    Math.abs(gatewayNow - now) <= skewMs &&
    acceptedAt <= uncertainSince + skewMs &&
    uncertainSince <= now + skewMs;
  return trusted ? acceptedAt - skewMs : Math.min(gatewayNow ?? now, now, acceptedAt) - DISTRUST_MS;
}
