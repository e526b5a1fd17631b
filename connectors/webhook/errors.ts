import { type ErrorKind, HubError } from '../../canonical/errors.ts';
import type { PostAnswer } from './guarded-post.ts';

/** Every code of this connector; the README explains each. */
export const codes: Readonly<Record<string, ErrorKind>> = {
  WEBHOOK_FAILED: 'transient',
  WEBHOOK_REDIRECTED: 'transient',
  WEBHOOK_TIMEOUT: 'transient',
  WEBHOOK_UNREACHABLE: 'transient',
  WEBHOOK_ADDRESS_REFUSED: 'transient',
  WEBHOOK_SLOW_DOWN: 'rate-limited',
  WEBHOOK_HELD: 'rate-limited',
  WEBHOOK_GONE: 'rejected',
  WEBHOOK_UNKNOWN: 'rejected',
  WEBHOOK_EVENT_GONE: 'rejected',
  WEBHOOK_TOO_LARGE: 'rejected',
};

/** A receiver can't put a delivery off for longer. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** What an answer means; undefined for the only good one, a 2xx. Everything else may become well by itself, but 410. */
export function faultOf({ status, retryAfter }: PostAnswer, now: number): HubError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const after = retryAfterMs(retryAfter, now);
  const facts = {
    upstream: { system: 'webhook', status },
    ...(after === undefined ? {} : { retryAfterMs: after }),
  };
  if (status === 410)
    return new HubError(
      'rejected',
      'WEBHOOK_GONE',
      'The receiver says that it is gone (410); nothing more is sent.',
      facts,
    );
  if (status === 429)
    return new HubError('rate-limited', 'WEBHOOK_SLOW_DOWN', 'The receiver asks for fewer requests (429).', facts);
  if (status >= 300 && status < 400)
    return new HubError(
      'transient',
      'WEBHOOK_REDIRECTED',
      `The receiver redirects (${status}); redirects are not followed. Give the final address.`,
      facts,
    );
  return new HubError('transient', 'WEBHOOK_FAILED', `The receiver answered ${status}.`, facts);
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
