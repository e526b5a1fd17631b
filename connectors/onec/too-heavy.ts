import { isHubError } from '../../canonical/errors.ts';
import { TOO_BIG } from '../kit/network-fault.ts';

/** Too heavy for the application server, or for the hub: the same place with a quarter of the objects may pass, down to one. */
export function isTooHeavy(error: unknown): boolean {
  if (!isHubError(error)) return false;
  if (error.code === TOO_BIG) return true;
  const { upstream, retryAfterMs } = error.facts;
  return error.kind === 'transient' && (upstream?.status ?? 0) >= 500 && retryAfterMs === undefined;
}
