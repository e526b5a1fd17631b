import { callExamples } from './call-examples.ts';
import { framed, escapeHtml as text } from './page-frame.ts';

type Json = Record<string, unknown>;

/** Guides by those they are for; a page of the same name lies in docs/guides. */
const guides = [
  ['App developer: the first call in five minutes', 'app-developer.en', 'app-developer.ru'],
  ['Integration engineer', 'integration-engineer.en', 'integration-engineer.ru'],
  ['Operator: the console', 'operator.en', 'operator.ru'],
] as const;

const SETUP = `import { createHubClient } from 'connector-hub/client';

const hub = createHubClient({ url: process.env.HUB, key: process.env.KEY });`;

/**
 * The API document as a page to read: made on the server, without scripts, so that it works offline and under a strict
 * content policy. Each operation has a call by curl and by the typed client.
 *
 * @param origin where the hub is reached, e.g. `http://127.0.0.1:8080`
 */
export function docsPage(document: Json, origin: string): string {
  const { info, paths } = document as { info: Json; paths: Record<string, Record<string, Json>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ path, method: method.toUpperCase(), route })),
  );
  const anchor = (r: { path: string; method: string }): string => `${r.method}${r.path}`;
  return framed({
    title: `${String(info.title)} API`,
    language: 'en',
    body: `<header><h1>${text(info.title)} <small>${text(info.version)}</small></h1><p>${text(info.description)} The same as a document for machines: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Send your key as <code>Authorization: Bearer hub_…</code>. Errors are <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>: <a href="/docs/problems">all of them</a>.</p>
<h2>Guides</h2><ul>${guides.map(([title, en, ru]) => `<li>${text(title)}: <a href="/docs/guides/${en}">English</a>, <a href="/docs/guides/${ru}" lang="ru" hreflang="ru">по-русски</a></li>`).join('')}</ul>
<h2>Examples</h2><p>Those for curl need <code>HUB</code> and <code>KEY</code>, and <code>ID</code> where an id is asked for; those for the client also a module that begins as on the right.</p>
<div class="pair"><pre><code>export HUB=${text(origin)} KEY=hub_…</code></pre><pre><code>${text(SETUP)}</code></pre></div></header>
<nav aria-label="Operations"><h2>Operations</h2><ul>${routes.map((r) => `<li><a href="#${text(anchor(r))}"><b>${r.method}</b> ${text(r.path)}</a></li>`).join('')}</ul></nav>
<main>${routes.map((r) => section(anchor(r), r.method, r.path, r.route)).join('\n')}</main>`,
  });
}

function section(anchor: string, method: string, path: string, route: Json): string {
  const parameters = (route.parameters ?? []) as Json[];
  const body = route.requestBody as { content: Record<string, { schema: Json }> } | undefined;
  const schema = body && Object.values(body.content)[0]?.schema;
  const responses = Object.entries((route.responses ?? {}) as Record<string, Json>).filter(([s]) => s !== 'default');
  const { curl, client } = callExamples(method, path, route);
  return `<section id="${text(anchor)}"><h2><b>${method}</b> <code>${text(path)}</code></h2><p>${text(route.summary)}</p>
<p class="scope">Scope: <code>${text(route['x-scope'])}</code></p>
<details><summary>Examples</summary><div class="pair"><div><h3>curl</h3><pre><code class="language-sh">${text(curl)}</code></pre></div>
<div><h3>Client</h3><pre><code class="language-js">${text(client)}</code></pre></div></div></details>
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
