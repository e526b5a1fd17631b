import type { Traffic } from '../connectors/kit/http.ts';
import { maskText } from '../logging/mask.ts';

/** One call as it may be shown: what no rule calls harmless is hidden. */
export interface MaskedCall {
  method: string;
  url: string;
  status: number | null;
  request: string;
  response: string | null;
}

const HIDDEN = '•••';
/** Signs of a body that are shown. */
const MAX_SHOWN = 16_384;

/**
 * Fields of the protocols whose values tell nothing of a person: states, codes, counters, names of methods. Compared with
 * their case: `Code` of a catalogue in 1C is the number of an account.
 */
const HARMLESS = new Set(
  `id ids status state code error error_code errorcode err message error_message success cnt count total cost balance currency segments parts
   op cmd method type channel fmt charset all del ver version limit sign sender flag encoding set $format $top $skip $select Posted DeletionMark
   DataVersion odata.error odata.metadata odata.nextlink lang value_type event kind`.split(/\s+/),
);
const SAFE_SHAPES = [
  /^$/,
  /^-?\d{1,6}([.,]\d{1,4})?$/,
  /^(true|false|null)$/i,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/,
];

export function maskTraffic(call: Traffic): MaskedCall {
  return {
    method: call.method,
    url: maskUrl(call.url),
    status: call.status ?? null,
    request: maskBody(call.request),
    response: call.response === undefined ? null : maskBody(call.response),
  };
}

function maskUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return HIDDEN;
  }
  const path = decoded(url.pathname).replace(/'([^']*)'/g, (_whole, value: string) => `'${maskValue('', value)}'`);
  const query = [...url.searchParams].map(([name, value]) => `${name}=${maskValue(name, value)}`).join('&');
  return `${url.protocol}//${url.host}${path}${query ? `?${query}` : ''}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** JSON and forms field by field, XML by its texts; anything else is hidden as a whole. */
export function maskBody(body: string): string {
  const text = body.trim();
  if (text === '' || /^<\d+ bytes>$/.test(text)) return text;
  const masked =
    maskJson(text) ?? (text.startsWith('<') ? maskXml(text) : (maskForm(text) ?? `${HIDDEN} (${text.length})`));
  return masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN)}\n… (${masked.length})` : masked;
}

function maskJson(text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(maskTree(JSON.parse(text), ''), null, 2);
  } catch {
    // Cut where recording stopped, or not JSON after all.
    return undefined;
  }
}

function maskTree(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => maskTree(item, name));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, maskTree(inner, field)]));
  if (typeof value === 'string') return maskValue(name, value);
  if (typeof value === 'number') {
    const shown = maskValue(name, String(value));
    return shown === String(value) ? value : shown;
  }
  return value;
}

function maskForm(text: string): string | undefined {
  if (!/^[\w$.%[\]-]{1,60}=/.test(text)) return undefined;
  return [...new URLSearchParams(text)].map(([name, value]) => `${name}=${maskValue(name, value)}`).join('\n');
}

function maskXml(text: string): string {
  return text
    .replace(/>([^<]+)</g, (_whole, value: string) => `>${value.trim() === '' ? value : maskValue('', value.trim())}<`)
    .replace(/([\w:.-]+)="([^"]*)"/g, (_whole, name: string, value: string) =>
      name.startsWith('xmlns') ? `${name}="${value}"` : `${name}="${maskValue(name, value)}"`,
    );
}

function maskValue(name: string, value: string): string {
  if (HARMLESS.has(name)) return maskText(value);
  if (SAFE_SHAPES.some((shape) => shape.test(value))) return value;
  const [, start, end] = /^(\+?[78]\d{3})\d{5}(\d{2})$/.exec(value) ?? [];
  return start && end ? `${start}${HIDDEN}${end}` : HIDDEN;
}
