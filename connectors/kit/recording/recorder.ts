import type { HttpClient, HttpRequest, HttpResponse } from '../../http-port.ts';
import type { Mask } from './mask.ts';
import type { RecordedCall } from './recording.ts';

/** Fields of a form that are credentials, whatever their value. */
const CREDENTIALS = new Set([
  'login',
  'psw',
  'password',
  'apikey',
  'api_id',
  'api_key',
  'token',
  'secret',
  'user',
  'pass',
]);
/** Rows of a list, or of a section of a document, that are kept. */
const ROWS = 50;
/** Sets of this document are named, nothing else. */
const SERVICE_DOCUMENT = /^\/odata\/standard\.odata\/?$/;

/** What a request asks for, without address and credentials. Undefined for one that goes elsewhere. */
export function described(
  request: HttpRequest,
  base: string,
): Pick<RecordedCall, 'method' | 'path' | 'query' | 'form'> | undefined {
  const root = base.replace(/\/$/, '');
  if (!request.url.startsWith(root)) return undefined;
  const [path = '', query = ''] = request.url.slice(root.length).split(/\?(.*)/s);
  const form = request.headers?.['content-type']?.includes('form-urlencoded') ? String(request.body ?? '') : undefined;
  return {
    method: request.method,
    path: decodeURIComponent(path),
    query: Object.fromEntries(
      query
        .split('&')
        .filter((pair) => pair !== '')
        .map((pair): [string, string] => {
          const [name = '', value = ''] = pair.split(/=(.*)/s);
          return [decodeURIComponent(name), decodeURIComponent(value)];
        })
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    ...(form === undefined
      ? {}
      : { form: Object.fromEntries([...new URLSearchParams(form)].filter(([name]) => !CREDENTIALS.has(name)).sort()) }),
  };
}

/** Keeps each call of a client, anonymised; headers are not kept but for the type of the answer. */
export function recording(inner: HttpClient, base: string, mask: Mask, calls: RecordedCall[]): HttpClient {
  return {
    request: async (request) => {
      const response = shortened(await inner.request(request));
      const call = described(request, base);
      if (call)
        keep(calls, {
          ...call,
          path: mask.expression(call.path),
          query: masked(call.query, mask),
          ...(call.form ? { form: masked(call.form, mask) } : {}),
          status: response.status,
          contentType: response.headers['content-type'] ?? '',
          body: bodyOf(response, call.path, mask),
        });
      return response;
    },
  };
}

/** What was asked and answered before is not kept again. */
function keep(calls: RecordedCall[], call: RecordedCall): void {
  const text = JSON.stringify(call);
  if (!calls.some((c) => JSON.stringify(c) === text)) calls.push(call);
}

/** The caller sees what is kept, so that a replay goes the same way. */
function shortened(response: HttpResponse): HttpResponse {
  const text = response.text();
  const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
  let value: unknown;
  try {
    value = JSON.parse(text.slice(bom.length));
  } catch {
    return response;
  }
  const short = bom + JSON.stringify(firstOf(value));
  return { ...response, body: new TextEncoder().encode(short), text: () => short };
}

function firstOf(value: unknown): unknown {
  if (Array.isArray(value)) return (isNamed(value) ? value : value.slice(0, ROWS)).map(firstOf);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, firstOf(inner)]));
}

/** The list of published sets is kept whole. */
function isNamed(list: readonly unknown[]): boolean {
  return typeof (list[0] as { url?: unknown } | undefined)?.url === 'string';
}

function masked(fields: Readonly<Record<string, string>>, mask: Mask): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, mask.expression(value)]));
}

/** Only JSON is understood well enough to be masked; of XML only metadata, which hold names and no data. */
function bodyOf(response: HttpResponse, path: string, mask: Mask): string {
  const text = response.text();
  const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
  if (response.status === 200 && path.endsWith('/$metadata')) return text;
  try {
    const value: unknown = JSON.parse(text.slice(bom.length));
    if (SERVICE_DOCUMENT.test(path) && response.status === 200) return bom + JSON.stringify(setsOf(value));
    return bom + JSON.stringify(mask.json(value));
  } catch {
    // A page of a web server or a cut answer may hold anything: only that it came is kept.
    return '';
  }
}

function setsOf(value: unknown): unknown {
  const { value: sets } = value as { value?: { name: string; url: string }[] };
  return { value: (sets ?? []).map(({ name, url }) => ({ name, url: /^[\p{L}_\d]+$/u.test(url) ? url : name })) };
}
