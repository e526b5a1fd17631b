import { HubError } from '../../canonical/errors.ts';
import { isDerFault } from '../asn1/fault.ts';
import type { Trust } from '../cms/trust-check.ts';
import { timeStampRequest } from './request.ts';
import { tokenOf } from './response.ts';
import { checkTimeStamp } from './token.ts';

/** What is needed of HTTP; the hub gives its client. */
export interface TimeStampHttp {
  request(request: {
    method: 'POST';
    url: string;
    headers: Readonly<Record<string, string>>;
    body: Uint8Array;
    timeoutMs: number;
    maxResponseBytes: number;
  }): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Uint8Array }>;
}

export interface TimeStampAuthorityOptions {
  http: TimeStampHttp;
  url: string;
  /** Object identifier of the digest to ask with. */
  digest: string;
  /** What the authority's own certificate is judged by. */
  trust: Trust;
  clock: { now(): number };
  /** Random octets of a nonce. */
  random(octets: number): Uint8Array;
  policy?: string;
  timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const MAX_RESPONSE_BYTES = 1024 * 1024;
const NONCE_OCTETS = 8;

/** A time-stamping authority by RFC 3161 over HTTP (§3.4). */
export class TimeStampAuthority {
  readonly #options: TimeStampAuthorityOptions;

  constructor(options: TimeStampAuthorityOptions) {
    this.#options = options;
  }

  /**
   * A token over octets; only their digest leaves the hub. It is given on only when it proves what was asked: imprint,
   * nonce, policy, signature, purpose and trust of the authority's certificate.
   *
   * @returns DER of the token
   * @throws HubError transient/TSA_BUSY, rejected/TSA_REFUSED, unexpected/TSA_ANSWER; what the HTTP client throws
   */
  async stamp(octets: Uint8Array): Promise<Uint8Array> {
    const { digest, trust, clock, random, policy } = this.#options;
    const nonce = BigInt(`0x${Buffer.from(random(NONCE_OCTETS)).toString('hex')}`);
    const body = await this.#post(timeStampRequest({ octets, digest, nonce, ...(policy ? { policy } : {}) }));
    const token = this.#token(body);
    const { outcome, fault, why, info } = checkTimeStamp(token, octets, { trust, now: clock.now() });
    if (info && info.nonce !== nonce)
      throw wrong(`it brings ${info.nonce === undefined ? 'no nonce' : 'another nonce'} than the one that was sent`);
    if (info && policy && info.policy !== policy) throw wrong(`its policy is ${info.policy} and not ${policy}`);
    if (outcome !== 'valid') throw wrong(`${fault}: ${why?.en}`);
    return token;
  }

  async #post(body: Uint8Array): Promise<Uint8Array> {
    const { http, url, timeoutMs = TIMEOUT_MS } = this.#options;
    const response = await http.request({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      body,
      timeoutMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
    if (response.status >= 500 || response.status === 429)
      throw new HubError('transient', 'TSA_BUSY', `The time-stamping authority answers HTTP ${response.status}.`);
    const type = response.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (response.status !== 200 || type !== 'application/timestamp-reply')
      throw wrong(`HTTP ${response.status} with the type ${type ?? 'none'}`);
    return response.body;
  }

  #token(body: Uint8Array): Uint8Array {
    try {
      return tokenOf(body);
    } catch (error) {
      if (isDerFault(error)) throw wrong(error.message, error);
      throw error;
    }
  }
}

function wrong(what: string, cause?: unknown): HubError {
  return new HubError(
    'unexpected',
    'TSA_ANSWER',
    `The time-stamping authority's answer can't be used: ${what}. Check its address and its root certificate in the settings.`,
    {},
    { cause },
  );
}
