import { type ErrorKind, HubError } from '../../canonical/errors.ts';

/** command_status (SMPP 3.4 issue 1.2, 5.1.3) → class, code, meaning. Each of these says that the message was not taken. */
export const codes: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  '0x01': ['rejected', 'SMPP_LENGTH', 'The message is longer than the centre takes.'],
  '0x04': ['misconfigured', 'SMPP_BIND_STATE', 'The session may not do this; the hub binds again.'],
  '0x05': ['rate-limited', 'SMPP_ALREADY_BOUND', 'The account has no session left; an older one may still be alive.'],
  '0x08': ['transient', 'SMPP_SYSTEM_ERROR', 'The centre has a fault of its own.'],
  '0x0A': ['rejected', 'SMPP_SOURCE', 'The centre does not take the sender; register the name.'],
  '0x0B': ['rejected', 'SMPP_DESTINATION', 'The centre does not take the phone number.'],
  '0x0D': ['unauthorized', 'SMPP_BIND_FAILED', 'The centre refuses the session; ask whether the account is open.'],
  '0x0E': ['unauthorized', 'SMPP_PASSWORD', 'Wrong password.'],
  '0x0F': ['unauthorized', 'SMPP_SYSTEM_ID', 'Unknown system_id.'],
  '0x14': ['rate-limited', 'SMPP_QUEUE_FULL', 'The queue of the account is full.'],
  '0x45': ['rejected', 'SMPP_SUBMIT_FAILED', 'The centre refuses the message.'],
  '0x58': ['rate-limited', 'SMPP_THROTTLED', 'More messages a second, or at once, than the contract allows.'],
  '0x64': ['transient', 'SMPP_TRY_LATER', 'The receiving side can not take it now.'],
  '0x65': ['rejected', 'SMPP_RECEIVER_ERROR', 'The receiving side can not take it at all.'],
  '0x66': ['rejected', 'SMPP_RECEIVER_REFUSED', 'The receiving side refuses the message.'],
};

/** A command_status as the table writes it. */
export function statusText(status: number): string {
  return `0x${status.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A refusal as a hub error; a status that no table knows is `unexpected`. */
export function smppError(code: string, retryAfterMs?: number): HubError {
  const upstream = { system: 'smpp', code };
  const known = codes[code];
  if (!known)
    return new HubError('unexpected', 'SMPP_UNKNOWN', 'The centre answered with an unknown status.', { upstream });
  const [kind, ours, message] = known;
  return new HubError(kind, ours, message, { upstream, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** `stat` and message_state of a report → canonical status of the part. */
export const reportStates: Readonly<Record<string, { status: string; final: boolean; reason?: string }>> = {
  DELIVRD: { status: 'delivered', final: true },
  EXPIRED: { status: 'expired', final: true, reason: 'the phone was off until the message expired' },
  DELETED: { status: 'failed', final: true, reason: 'deleted by the centre' },
  UNDELIV: { status: 'undelivered', final: true, reason: 'cannot be delivered' },
  REJECTD: { status: 'failed', final: true, reason: 'rejected by the operator' },
  ACCEPTD: { status: 'sent', final: false },
  ENROUTE: { status: 'sent', final: false },
  UNKNOWN: { status: 'sent', final: false },
};

/** message_state by number (5.2.28). */
export const stateNames: Readonly<Record<number, string>> = {
  1: 'ENROUTE',
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  6: 'ACCEPTD',
  7: 'UNKNOWN',
  8: 'REJECTD',
};
