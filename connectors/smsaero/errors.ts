import { type ErrorKind, HubError } from '../../canonical/errors.ts';

/**
 * What a refusal of the gateway means. Numbers are HTTP statuses; `no credits` and `reject` are the old forms of an
 * answer; `sign`, `number` and `text` are refusals (in either form) that name that field, `refused` are the others.
 */
export const codes: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  '401': ['unauthorized', 'SMSAERO_CREDENTIALS', 'Wrong e-mail or API key of the gateway account.'],
  '402': ['needs-operator', 'SMSAERO_NO_MONEY', 'The balance of the gateway account is used up; top it up.'],
  'no credits': ['needs-operator', 'SMSAERO_NO_MONEY', 'The balance of the gateway account is used up; top it up.'],
  '429': ['rate-limited', 'SMSAERO_TOO_OFTEN', 'Too many requests; the gateway asks for a pause.'],
  reject: ['rejected', 'SMSAERO_REJECTED', 'The gateway refuses the message without naming a field.'],
  refused: ['rejected', 'SMSAERO_REFUSED', 'The gateway does not accept the request.'],
  sign: ['rejected', 'SMSAERO_SIGN', 'The sender name is not registered with the gateway.'],
  number: ['rejected', 'SMSAERO_NUMBER', 'The gateway does not accept the phone number.'],
  text: ['rejected', 'SMSAERO_TEXT', 'The gateway does not accept the text.'],
};

const PAUSE_MS = 30_000;

/**
 * A refusal as a hub error; one that no table knows is `unexpected`. The gateway's own words are not repeated: they may
 * hold a phone number.
 */
export function smsAeroError(code: string, status?: number): HubError {
  const upstream = { system: 'smsaero', code, ...(status === undefined ? {} : { status }) };
  const known = codes[code];
  if (!known)
    return new HubError('unexpected', 'SMSAERO_UNKNOWN', 'The gateway answered in a way that no table knows.', {
      upstream,
    });
  const [kind, ours, message] = known;
  return new HubError(kind, ours, message, { upstream, ...(code === '429' ? { retryAfterMs: PAUSE_MS } : {}) });
}

/** The field that a refusal speaks of, found in its words: the gateway has no codes for them. */
export function fieldIn(words: string): 'sign' | 'number' | 'text' | undefined {
  if (/sign|подпис|отправител/i.test(words)) return 'sign';
  if (/number|phone|номер/i.test(words)) return 'number';
  if (/text|текст/i.test(words)) return 'text';
  return undefined;
}

/** Delivery statuses → canonical status and whether it is the last one. */
export const statuses: Readonly<Record<string, { status: string; final: boolean; reason?: string }>> = {
  '0': { status: 'accepted', final: false },
  '1': { status: 'delivered', final: true },
  '2': { status: 'undelivered', final: true, reason: 'not delivered' },
  '3': { status: 'sent', final: false },
  '4': { status: 'sent', final: false },
  '6': { status: 'failed', final: true, reason: 'rejected by the gateway' },
  '8': { status: 'accepted', final: false, reason: 'on moderation at the gateway' },
};
