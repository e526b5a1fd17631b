import type { SimRequest, SimResponse } from '../kit/server.ts';
import { fault, type ODataFault } from './errors.ts';
import type { FilterSchema, WireObject } from './filter.ts';
import type { SetModel } from './model.ts';

export function countAnswer(count: number): SimResponse {
  return { status: 200, headers: { 'content-type': 'text/plain;charset=utf-8' }, body: `\ufeff${count}` };
}

/** Arguments in brackets; inner apostrophes of a condition may be doubled or single, so the names part them. */
export function argumentsOf(inner: string): Map<string, string> {
  const out = new Map<string, string>();
  const names = [...inner.matchAll(/(?:^|,)\s*(Condition|Dimensions|Period|StartPeriod|EndPeriod)\s*=/g)];
  names.forEach((match, i) => {
    const end = names[i + 1]?.index ?? inner.length;
    out.set(match[1] ?? '', inner.slice(match.index + match[0].length, end).trim());
  });
  return out;
}

/** Attributes of a set, for checks of names in options. */
export function schemaOfSet(set: SetModel): FilterSchema {
  const standard = [
    'Ref_Key',
    'DataVersion',
    'DeletionMark',
    'Code',
    'Description',
    'Parent_Key',
    'Owner_Key',
    'IsFolder',
    'Predefined',
    'PredefinedDataName',
    'Number',
    'Date',
    'Posted',
    'Period',
    'Recorder',
    'Recorder_Type',
    'Recorder_Key',
    'LineNumber',
    'Active',
    'RecordType',
    'Presentation',
  ];
  const fields = [...set.fields, ...set.dimensions, ...set.resources];
  const names = new Set([
    ...standard,
    ...set.parts.keys(),
    ...fields.flatMap((f) => [
      f.wire,
      f.name,
      `${f.wire}_Type`,
      ...(f.type.kind === 'storage' ? [`${f.wire}_Base64Data`] : []),
    ]),
  ]);
  const composite = new Set([...fields.filter((f) => f.type.kind === 'composite').map((f) => f.wire), 'Recorder']);
  return { has: (name) => names.has(name), isComposite: (name) => composite.has(name) };
}

export function schemaOf(example: WireObject): FilterSchema {
  return { has: (name) => name in example, isComposite: () => false };
}

export function parseBody(request: SimRequest): WireObject {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw fault.format();
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw fault.format();
  return body as WireObject;
}

export function errorAnswer(request: SimRequest, error: ODataFault): SimResponse {
  const wantsJson =
    /format=(?:application%2F|application\/)?json/i.test(request.rawQuery) ||
    String(request.headers.accept ?? '').includes('json');
  if (wantsJson)
    return {
      status: error.status,
      headers: { 'content-type': 'application/json;charset=utf-8' },
      body: JSON.stringify({ 'odata.error': { code: error.code, message: { lang: 'ru', value: error.message } } }),
    };
  const escaped = error.message.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c);
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml;charset=utf-8' },
    body: `<m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><m:code>${error.code}</m:code><m:message>${escaped}</m:message></m:error>`,
  };
}

export function html(status: number, title: string): SimResponse {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
  };
}

export function text(status: number, body: string): SimResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
