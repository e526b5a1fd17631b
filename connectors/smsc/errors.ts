import { type ErrorKind, HubError } from '../../canonical/errors.ts';

/** Errors of send.php, status.php and balance.php (vendor page «Отправка SMS»). */
export const codes: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  '1': ['rejected', 'SMSC_PARAMETERS', 'The gateway does not accept the parameters of the message.'],
  '2': [
    'unauthorized',
    'SMSC_CREDENTIALS',
    'Wrong login or password, or this address is not on the account’s allow-list.',
  ],
  '3': ['needs-operator', 'SMSC_NO_MONEY', 'The balance of the gateway account is used up; top it up.'],
  '4': ['rate-limited', 'SMSC_BLOCKED', 'The gateway blocks this address for a while after many errors.'],
  '5': ['rejected', 'SMSC_DATE', 'The gateway does not accept the date of sending.'],
  '6': ['rejected', 'SMSC_FORBIDDEN', 'Text or sender name is forbidden; register the sender name or the template.'],
  '7': ['rejected', 'SMSC_PHONE', 'The gateway does not accept the phone number.'],
  '8': ['rejected', 'SMSC_UNDELIVERABLE', 'Messages cannot be delivered to this number.'],
  '9': ['rate-limited', 'SMSC_TOO_OFTEN', 'Too many requests at once, or the same message within a minute.'],
};

const waitMs: Readonly<Record<string, number>> = { '4': 5 * 60_000, '9': 61_000 };

/** An error answer of the gateway as a hub error; a code that no table knows is `unexpected`. */
export function smscError(code: string): HubError {
  const known = codes[code];
  if (!known)
    return new HubError('unexpected', 'SMSC_UNKNOWN', `The gateway answered with an unknown error code.`, {
      upstream: { system: 'smsc', code },
    });
  const [kind, ours, message] = known;
  const retryAfterMs = waitMs[code];
  return new HubError(kind, ours, message, {
    upstream: { system: 'smsc', code },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Delivery statuses → canonical status and whether it is the last one. */
export const statuses: Readonly<Record<string, { status: string; final: boolean; reason?: string }>> = {
  '-2': { status: 'failed', final: true, reason: 'stopped' },
  '-1': { status: 'accepted', final: false },
  '0': { status: 'sent', final: false },
  '1': { status: 'delivered', final: true },
  '2': { status: 'read', final: true },
  '3': { status: 'expired', final: true, reason: 'the phone was off until the message expired' },
  '4': { status: 'delivered', final: true },
  '20': { status: 'undelivered', final: true, reason: 'cannot be delivered' },
  '22': { status: 'failed', final: true, reason: 'wrong number' },
  '23': { status: 'failed', final: true, reason: 'forbidden (limit, spam or blacklist)' },
  '24': { status: 'failed', final: true, reason: 'not enough money on the gateway account' },
  '25': { status: 'undelivered', final: true, reason: 'number unreachable' },
};
