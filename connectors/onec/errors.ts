import { type ErrorKind, HubError } from '../../canonical/errors.ts';

/** Codes of the standard interface (vendor manual §17.4.10) → what happens next. */
export const codes: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  '-1': ['rejected', 'ONEC_CONFIGURATION', 'The configuration refused the operation'],
  '0': ['misconfigured', 'ONEC_UNSUPPORTED', 'The base does not support an option of the request'],
  '1': ['rejected', 'ONEC_VALUE_TYPE', 'A value cannot be read as the type of its attribute'],
  '2': ['rejected', 'ONEC_FORMAT', 'The request has a wrong format'],
  '3': ['misconfigured', 'ONEC_REPRESENTATION', 'The base does not offer the wanted format'],
  '4': ['rejected', 'ONEC_VALUE', 'A value is not allowed'],
  '5': ['rejected', 'ONEC_VALUE_MISSING', 'A value is missing'],
  '6': ['misconfigured', 'ONEC_ADDRESS', 'The address or the method does not exist in this base'],
  '7': ['misconfigured', 'ONEC_KEY_PART', 'A part of the key is missing'],
  '8': [
    'misconfigured',
    'ONEC_NOT_PUBLISHED',
    'The object is not published or has another name; see the composition of the standard OData interface',
  ],
  '9': ['not-found', 'ONEC_NOT_FOUND', 'There is no such object in the base'],
  '10': ['misconfigured', 'ONEC_PROPERTY', 'An attribute does not exist; correct the mapping'],
  '11': ['misconfigured', 'ONEC_METHOD', 'A method does not exist'],
  '12': ['misconfigured', 'ONEC_ARGUMENT', 'An argument does not exist'],
  '13': ['misconfigured', 'ONEC_TABULAR', 'Rows of a tabular section cannot be written by themselves'],
  '14': ['misconfigured', 'ONEC_OPTION', 'An option of the query cannot be parsed'],
  '15': ['conflict', 'ONEC_EXISTS', 'An object with this key exists already'],
  '16': ['rejected', 'ONEC_READ_ONLY', 'An attribute cannot be written'],
  '17': ['misconfigured', 'ONEC_LOAD_MODE', 'The load mode does not exist for this object'],
  '18': ['misconfigured', 'ONEC_INTERFACE', 'The interface cannot start: two attributes have the same name'],
  '19': ['misconfigured', 'ONEC_HTTP_METHOD', 'The HTTP method is not allowed here'],
  '20': ['misconfigured', 'ONEC_RIGHTS', 'The user of the hub has no right to this object; extend its role in 1C'],
  '21': ['misconfigured', 'ONEC_FUNCTION', 'A function does not exist or has other arguments'],
};

/** Texts of code −1 and of pages that only say "not now". */
const passing = /временн|блокиров|deadlock|device is full|сеанс|лиценз|license|уже выполняется/i;
/** Of those, the ones that last: a ban on sessions during backup or update, or no free licence. */
const longPause = /установка сеанса запрещена|начало сеанса|лиценз|license/i;
const noLicence =
  /(не обнаружен|не найден|нет свободн|недостаточно)[^.]{0,40}лиценз|no (free )?licen[sc]e|licen[sc]e (is )?not found/i;
const LONG_PAUSE_MS = 60_000;

/** An error answer of the interface as a hub error. */
export function odataError(status: number, code: string, text: string): HubError {
  const shown = maskEcho(text);
  const upstream = { system: 'onec', code, text: shown, status };
  if (code === '-1' && passing.test(text)) return busy(status, text, code);
  const known = codes[code];
  if (!known) return new HubError('unexpected', 'ONEC_UNKNOWN', `1C answered with an unknown code.`, { upstream });
  const [kind, ours, message] = known;
  return new HubError(kind, ours, code === '-1' ? `${message}: ${shown}` : `${message}.`, { upstream });
}

/** All client licences are taken: by people, by the hub's own sessions, or because the key is gone. */
export function isNoLicence(status: number, text: string): boolean {
  return status === 402 || (status >= 400 && noLicence.test(text));
}

/** The base cannot serve anybody now. */
export function busy(status: number, text: string, code?: string): HubError {
  const upstream = { system: 'onec', status, text: maskEcho(text).slice(0, 200), ...(code ? { code } : {}) };
  if (isNoLicence(status, text))
    return new HubError(
      'transient',
      'ONEC_NO_LICENCE',
      '1C has no free client licence; add licences, or lower concurrency in hub.yaml.',
      { upstream, retryAfterMs: LONG_PAUSE_MS },
    );
  const retryAfterMs = longPause.test(text) ? LONG_PAUSE_MS : undefined;
  return new HubError('transient', 'ONEC_BUSY', 'The 1C base is busy or closed for maintenance.', {
    upstream,
    ...(retryAfterMs ? { retryAfterMs } : {}),
  });
}

/** Answers without an OData body: the web server, the application server, a login page. */
export function pageError(status: number, text: string): HubError {
  const upstream = { system: 'onec', status };
  if (status === 401 || status === 403)
    return new HubError('unauthorized', 'ONEC_CREDENTIALS', '1C does not accept the login or password of the hub.', {
      upstream,
    });
  if (status === 402 || passing.test(text)) return busy(status, text);
  if (status === 414 || /404\.15|query string too long/i.test(text))
    return new HubError(
      'misconfigured',
      'ONEC_QUERY_TOO_LONG',
      'The web server refuses the length of the query; shorten filter or select of the mapping.',
      { upstream },
    );
  if (status === 404)
    return new HubError(
      'misconfigured',
      'ONEC_NOT_THERE',
      'There is no published base at this address; check url in hub.yaml.',
      { upstream },
    );
  if (status === 406)
    return new HubError('transient', 'ONEC_SESSION', 'The session of 1C was lost or cannot be made.', { upstream });
  if (status >= 500)
    return new HubError('transient', 'ONEC_UNAVAILABLE', `The web server of 1C answered ${status}.`, { upstream });
  return new HubError(
    'transient',
    'ONEC_NOT_ODATA',
    'The answer is a page, not data: a login form, a proxy or the web server.',
    { upstream },
  );
}

/** Error texts repeat what was sent; long numbers and quoted text may be personal data. */
export function maskEcho(text: string): string {
  return text
    .replace(/\+?\d{10,}/g, '***')
    .replace(/'[^']{1,200}'/g, "'***'")
    .slice(0, 300);
}
