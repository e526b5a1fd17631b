import { type ErrorKind, HubError, type UpstreamFacts } from '../../canonical/errors.ts';

/**
 * What a code of ГИС ЖКХ means. Source: contract sheet giszhkh §4, gathered from public clients; the operator's own list (Альбом ТФФ) is
 * not public. Codes that no table knows are told by their family.
 */
export const codes: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  INT002012: ['not-found', 'GISZHKH_NOTHING', 'ГИС ЖКХ has nothing that fits the question.'],
  INT016001: ['not-found', 'GISZHKH_NOTHING', 'The reference directory is empty.'],
  INT016041: ['not-found', 'GISZHKH_NOTHING', 'The reference directory is empty.'],
  INT002013: ['not-found', 'GISZHKH_TICKET_UNKNOWN', 'ГИС ЖКХ does not know the request any more.'],
  INT002000: [
    'rejected',
    'GISZHKH_ABSENT_VALUE',
    'A value is not in the registry of ГИС ЖКХ, or the house is not in our contract or charter.',
  ],
  INT002018: ['transient', 'GISZHKH_TEMPORARY', 'ГИС ЖКХ can’t do it at the moment.'],
  INT002029: ['rate-limited', 'GISZHKH_MAINTENANCE', 'ГИС ЖКХ is under maintenance.'],
  INT002031: ['rejected', 'GISZHKH_HOUSE_OBSOLETE', 'The identifier of the house is obsolete; read the house anew.'],
  INT002034: ['rejected', 'GISZHKH_OBJECT_INACTIVE', 'The housing object is missing or not active.'],
  INT002039: ['rejected', 'GISZHKH_ATTACHMENT', 'An attachment has too many detached signatures.'],
  AUT011000: ['unauthorized', 'GISZHKH_AUTHENTICATION', 'ГИС ЖКХ does not accept the certificate or the login.'],
  AUT011002: [
    'unauthorized',
    'GISZHKH_ORGANISATION',
    'ГИС ЖКХ does not know the organisation: orgPPAGUID may be that of another contour.',
  ],
  AUT011003: ['rejected', 'GISZHKH_NOT_OURS', 'The organisation has no rights to this house or object at ГИС ЖКХ.'],
  AUT011004: ['unauthorized', 'GISZHKH_AUTHENTICATION', 'ГИС ЖКХ does not accept the certificate or the login.'],
  AUT011005: ['unauthorized', 'GISZHKH_AUTHENTICATION', 'ГИС ЖКХ does not accept the certificate or the login.'],
  AUT011009: [
    'unauthorized',
    'GISZHKH_NOT_GRANTED',
    'The organisation has not granted the information system its rights; grant them in the cabinet.',
  ],
  FMT001300: ['misconfigured', 'GISZHKH_SCHEMA', 'ГИС ЖКХ finds the message malformed.'],
  FMT001301: ['misconfigured', 'GISZHKH_SCHEMA', 'ГИС ЖКХ finds the message or its signature malformed.'],
  FMT001307: ['misconfigured', 'GISZHKH_SCHEMA', 'ГИС ЖКХ finds the message or its signature malformed.'],
  FMT001310: ['misconfigured', 'GISZHKH_SCHEMA', 'ГИС ЖКХ finds the message or its signature malformed.'],
  EXP001000: ['transient', 'GISZHKH_FAILED', 'ГИС ЖКХ failed inside and asks to repeat.'],
  EXP002001: ['transient', 'GISZHKH_FAILED', 'ГИС ЖКХ failed inside and asks to repeat.'],
  EXP002002: ['transient', 'GISZHKH_FAILED', 'ГИС ЖКХ failed inside and asks to repeat.'],
  EXP002003: ['transient', 'GISZHKH_FAILED', 'ГИС ЖКХ failed inside and asks to repeat.'],
  FIL001001: ['rejected', 'GISZHKH_ATTACHMENT', 'ГИС ЖКХ does not accept an attachment; upload it anew.'],
  FIL001002: ['rejected', 'GISZHKH_ATTACHMENT', 'ГИС ЖКХ does not accept an attachment; upload it anew.'],
  FIL001004: ['rejected', 'GISZHKH_ATTACHMENT', 'ГИС ЖКХ does not accept an attachment; upload it anew.'],
  FIL001005: ['rejected', 'GISZHKH_ATTACHMENT', 'ГИС ЖКХ does not accept an attachment; upload it anew.'],
  SRV007079: [
    'rejected',
    'GISZHKH_DIRECTORY',
    'An element of a reference directory belongs to another contour; the directory is read anew.',
  ],
  SRV008070: ['conflict', 'GISZHKH_WITHDRAWN', 'The payment document is withdrawn already.'],
  SRV008076: ['rejected', 'GISZHKH_BILL', 'The services or requisites of the payment document do not fit.'],
  INT004170: ['unauthorized', 'GISZHKH_NO_FUNCTION', 'The organisation does not have the function at ГИС ЖКХ.'],
  INT004171: ['rejected', 'GISZHKH_NOT_OURS', 'The organisation has no ground for the house at ГИС ЖКХ.'],
  INT004013: ['rejected', 'GISZHKH_NOT_IN_HOUSE', 'The object is not tied to the house.'],
  INT004014: ['rejected', 'GISZHKH_NOT_IN_HOUSE', 'The object is not tied to the house.'],
  INT004015: ['rejected', 'GISZHKH_NOT_IN_HOUSE', 'The object is not tied to the house.'],
  INT004086: ['rejected', 'GISZHKH_NOT_IN_HOUSE', 'The object is not tied to the house.'],
  INT004123: ['rejected', 'GISZHKH_OBJECT_INACTIVE', 'The house is being annulled or demolished.'],
  INT004127: ['rejected', 'GISZHKH_OBJECT_INACTIVE', 'The object is not current.'],
  INT004025: ['rejected', 'GISZHKH_WRONG_BLOCK', 'The data stand in a block for another kind of object.'],
  INT004026: ['rejected', 'GISZHKH_WRONG_BLOCK', 'The data stand in a block for another kind of object.'],
  INT004027: ['rejected', 'GISZHKH_WRONG_BLOCK', 'The data stand in a block for another kind of object.'],
  INT004028: ['rejected', 'GISZHKH_WRONG_BLOCK', 'The data stand in a block for another kind of object.'],
  INT004093: ['rejected', 'GISZHKH_WRONG_BLOCK', 'The data stand in a block for another kind of object.'],
  INT004057: ['rejected', 'GISZHKH_NUMBER_DOUBLED', 'The number of the premises or room is there already.'],
  INT004059: ['rejected', 'GISZHKH_NUMBER_DOUBLED', 'The number of the premises or room is there already.'],
  INT004065: ['rejected', 'GISZHKH_NUMBER_DOUBLED', 'The number of the premises or room is there already.'],
  INT008255: ['rejected', 'GISZHKH_CONTROL', 'A control of ГИС ЖКХ refuses the data.'],
  SRV008203: ['rejected', 'GISZHKH_CONTROL', 'A control of ГИС ЖКХ refuses the data.'],
};

/** Codes that no table knows, by their family; families that are not here are `unexpected`. */
export const families: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  AUT: ['unauthorized', 'GISZHKH_AUTHENTICATION', 'ГИС ЖКХ refuses access.'],
  FMT: ['misconfigured', 'GISZHKH_SCHEMA', 'ГИС ЖКХ finds the message malformed.'],
  EXP: ['transient', 'GISZHKH_FAILED', 'ГИС ЖКХ failed inside and asks to repeat.'],
  FIL: ['rejected', 'GISZHKH_ATTACHMENT', 'ГИС ЖКХ does not accept an attachment; upload it anew.'],
  INT: ['rejected', 'GISZHKH_CONTROL', 'A control of ГИС ЖКХ refuses the data.'],
  SRV: ['rejected', 'GISZHKH_CONTROL', 'A control of ГИС ЖКХ refuses the data.'],
};

/** EXP001000 has looped for clients who came back at once. */
const FLOOD_PAUSE_MS = 120_000;
const MAINTENANCE_PAUSE_MS = 10 * 60_000;

/** Nothing that fits the question: an empty answer, not a fault. */
export function isNothing(code: string): boolean {
  return codes[code]?.[1] === 'GISZHKH_NOTHING';
}

/**
 * A code of ГИС ЖКХ as an error of the hub. Its own words are kept for support only where they can hold no personal data; they can, so only
 * the code is.
 */
export function gisError(code: string, facts: Omit<UpstreamFacts, 'system' | 'code'> = {}): HubError {
  const upstream = { system: 'giszhkh', code, ...facts };
  const known = Object.hasOwn(codes, code) ? codes[code] : families[code.slice(0, 3)];
  if (!known || !/^[A-Z]{3}\d{6}$/.test(code))
    return new HubError('unexpected', 'GISZHKH_UNKNOWN', 'ГИС ЖКХ answered with a code that no table knows.', {
      upstream,
    });
  const [kind, ours, message] = known;
  const retryAfterMs =
    code === 'INT002029' ? MAINTENANCE_PAUSE_MS : ours === 'GISZHKH_FAILED' ? FLOOD_PAUSE_MS : undefined;
  return new HubError(kind, ours, `${message} (${code})`, { upstream, ...(retryAfterMs ? { retryAfterMs } : {}) });
}
