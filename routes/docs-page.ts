import { createHash } from 'node:crypto';

type Json = Record<string, unknown>;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function text(value: unknown): string {
  return String(value ?? '').replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
}

/**
 * The API document as a page to read: made on the server, without scripts, so that it works offline and under a strict
 * content policy.
 */
export function docsPage(document: Json): string {
  const { info, paths } = document as { info: Json; paths: Record<string, Record<string, Json>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ path, method: method.toUpperCase(), route })),
  );
  const anchor = (r: { path: string; method: string }): string => `${r.method}${r.path}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} API</title><style>${STYLE}</style></head><body>
<header><h1>${text(info.title)} <small>${text(info.version)}</small></h1><p>${text(info.description)} The same as a document for machines: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Send your key as <code>Authorization: Bearer hub_…</code>. Errors are <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>.</p></header>
<nav><ul>${routes.map((r) => `<li><a href="#${text(anchor(r))}"><b>${r.method}</b> ${text(r.path)}</a></li>`).join('')}</ul></nav>
<main>${routes.map((r) => section(anchor(r), r.method, r.path, r.route)).join('\n')}</main>
</body></html>`;
}

function section(anchor: string, method: string, path: string, route: Json): string {
  const parameters = (route.parameters ?? []) as Json[];
  const body = route.requestBody as { content: Record<string, { schema: Json }> } | undefined;
  const schema = body && Object.values(body.content)[0]?.schema;
  const responses = Object.entries((route.responses ?? {}) as Record<string, Json>).filter(([s]) => s !== 'default');
  return `<section id="${text(anchor)}"><h2><b>${method}</b> <code>${text(path)}</code></h2><p>${text(route.summary)}</p>
<p class="scope">Scope: <code>${text(route['x-scope'])}</code></p>
${
  parameters.length > 0
    ? table(
        ['Parameter', 'In', 'Meaning'],
        parameters.map((p) => [p.name, p.in, p.description ?? '']),
        'Parameters',
      )
    : ''
}
${schema ? fields(schema) : ''}
${table(
  ['Status', 'Meaning'],
  responses.map(([status, r]) => [status, r.description]),
  'Answers',
)}</section>`;
}

/** Fields of a body, one row each; lists of objects show the fields of their items. */
function fields(schema: Json): string {
  const shape = (schema.type === 'array' ? schema.items : schema) as Json;
  const properties = Object.entries((shape.properties ?? {}) as Record<string, Json>);
  const required = (shape.required ?? []) as string[];
  const rows = properties.map(([name, field]) => [
    required.includes(name) ? `${name} (required)` : name,
    typeOf(field),
    [field.description, field['x-personal'] ? 'Personal data: encrypted at rest.' : ''].filter(Boolean).join(' '),
  ]);
  return rows.length > 0 ? table(['Field', 'Type', 'Meaning'], rows, schema.type === 'array' ? 'Items' : 'Body') : '';
}

function typeOf(field: Json): string {
  if (Array.isArray(field.enum)) return field.enum.join(' | ');
  if (Array.isArray(field.anyOf)) return field.anyOf.map((f) => typeOf(f as Json)).join(' | ');
  if (field.const !== undefined) return String(field.const);
  return [field.type, field.format && `(${String(field.format)})`].filter(Boolean).join(' ') || 'any';
}

function table(heads: readonly string[], rows: readonly (readonly unknown[])[], caption: string): string {
  const cells = (tag: string, row: readonly unknown[]) => row.map((c) => `<${tag}>${text(c)}</${tag}>`).join('');
  return `<table><caption>${caption}</caption><thead><tr>${cells('th', heads)}</tr></thead><tbody>${rows.map((r) => `<tr>${cells('td', r)}</tr>`).join('')}</tbody></table>`;
}

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1rem}
nav ul{columns:18rem;padding:0;list-style:none}nav b,h2 b{font-size:.75em;padding:.1em .4em;border:1px solid;border-radius:.3em}
section{border-top:1px solid #8884;padding:.5rem 0 1rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}caption{text-align:left;font-weight:600}
th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #8883;vertical-align:top;overflow-wrap:anywhere}.scope{opacity:.8}h2{font-size:1.1rem}`;

/** What a content policy must name for the page to have its style. */
export const docsStyleHash = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
