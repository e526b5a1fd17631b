type Json = Record<string, unknown>;
interface Parameter {
  name: string;
  in: string;
  example?: string;
}

/** A call of the API as a reader can try it. */
export interface CallExamples {
  /** One command for a shell in which HUB, KEY and, where an id is asked for, ID are set. */
  curl: string;
  /** Statements of a module in which `hub` is the client; the id is `process.env.ID`. */
  client: string;
}

/** A name that is safe in a shell between double quotes and in an address. */
const escaped = (value: string): string => encodeURIComponent(value).replace(/%3A/gi, ':').replace(/%2B/g, '+');

/** Examples of one operation of the API document, out of the examples that its parameters and its body have. */
export function callExamples(method: string, path: string, operation: Json): CallExamples {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const body = bodyOf(operation);
  const query = parameters.filter((p) => p.in === 'query' && p.example !== undefined);
  const values = new Map(parameters.filter((p) => p.in === 'path').map((p) => [p.name, p.example]));
  const call: Call = {
    name: String(operation.operationId),
    method: method.toUpperCase(),
    address: address(path, values, query),
    query,
    values,
    body,
    kind: kindOf(operation),
    isOpen: operation['x-scope'] === 'public',
    isKeyed: operation['x-repeat'] === 'keyed' && !Array.isArray(body),
    takesBytes: operation['x-body'] === 'bytes',
  };
  return { curl: curlOf(call), client: clientOf(call) };
}

interface Call {
  name: string;
  method: string;
  address: string;
  query: readonly Parameter[];
  values: ReadonlyMap<string, string | undefined>;
  body: unknown;
  kind: 'json' | 'text' | 'bytes' | 'events';
  isOpen: boolean;
  isKeyed: boolean;
  takesBytes: boolean;
}

function curlOf(c: Call): string {
  const parts = [
    `curl -s${c.kind === 'events' ? 'N' : ''}${c.method === 'DELETE' ? ' -X DELETE' : ''}`,
    ...(c.isOpen ? [] : ['-H "Authorization: Bearer $KEY"']),
    ...(c.isKeyed ? [`-H 'Idempotency-Key: ${keyOf(c)}'`] : []),
    ...(c.body === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(c.body).replaceAll("'", "'\\''")}'`]),
    ...(c.takesBytes
      ? [
          "-H 'Content-Type: text/plain'",
          `-H 'Content-Disposition: attachment; filename="note.txt"'`,
          "--data-binary 'Акт осмотра'",
        ]
      : []),
    ...(c.method === 'POST' && c.body === undefined && !c.takesBytes ? ['-X POST'] : []),
    ...(c.kind === 'bytes' ? ['-o answer.bin'] : []),
  ];
  return `${parts.join(' ')} "$HUB${c.address}"`;
}

function clientOf(c: Call): string {
  const fields = [
    ...(c.values.size === 0
      ? []
      : [
          `path: { ${[...c.values].map(([n, v]) => `${n}: ${v === undefined ? 'process.env.ID' : text(v)}`).join(', ')} }`,
        ]),
    ...(c.query.length === 0
      ? []
      : [`query: { ${c.query.map((p) => `${p.name}: ${text(p.example ?? '')}`).join(', ')} }`]),
    ...(c.body === undefined ? [] : [`body: ${literal(c.body)}`]),
    ...(c.isKeyed ? [`idempotencyKey: ${text(keyOf(c))}`] : []),
    ...(c.takesBytes
      ? [
          "body: 'Акт осмотра'",
          `headers: { 'content-type': 'text/plain', 'content-disposition': 'attachment; filename="note.txt"' }`,
        ]
      : []),
  ];
  if (c.kind === 'events')
    return 'for await (const change of hub.events({ after: 0 })) {\n  console.log(change);\n  break; // a real reader goes on\n}';
  const given = fields.length === 0 ? '' : `{\n${fields.map((f) => `  ${f.replaceAll('\n', '\n  ')},\n`).join('')}}`;
  const short = fields.length === 0 ? '' : `{ ${fields.join(', ')} }`;
  const call = `hub.${c.name}(${short.length <= 70 && !short.includes('\n') ? short : given})`;
  if (c.kind === 'bytes') return `const answer = await ${call};\nconsole.log((await answer.arrayBuffer()).byteLength);`;
  return `console.log(await ${call});`;
}

/** One of its own for each operation, since a key belongs to one request. */
function keyOf({ name }: Call): string {
  return `${name
    .replace(/^post/, '')
    .replace(/(?!^)[A-Z]/g, '-$&')
    .toLowerCase()}-4711`;
}

function address(path: string, values: ReadonlyMap<string, string | undefined>, query: readonly Parameter[]): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => escaped(values.get(name) ?? '') || '$ID');
  const rest = query.map((p) => `${p.name}=${escaped(p.example ?? '')}`).join('&');
  return rest === '' ? filled : `${filled}?${rest}`;
}

/** The example of the body; one whose fields are all optional is an empty object. */
function bodyOf(operation: Json): unknown {
  const content = (operation.requestBody as { content: Record<string, Json> } | undefined)?.content;
  const shown = content && Object.values(content)[0];
  return shown && (shown.example ?? {});
}

function kindOf(operation: Json): Call['kind'] {
  const success = Object.entries((operation.responses ?? {}) as Record<string, Json>).find(([s]) => s.startsWith('2'));
  const [type = 'application/json'] = Object.keys((success?.[1].content ?? {}) as Json);
  if (type === 'application/json') return 'json';
  if (type === 'text/event-stream') return 'events';
  return type.startsWith('text/') ? 'text' : 'bytes';
}

function text(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** A value as JavaScript is written by hand. */
function literal(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return list('[', value.map(literal), ']');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).map(([n, v]) => `${/^[a-z_$][\w$]*$/i.test(n) ? n : text(n)}: ${literal(v)}`);
  return fields.length === 0 ? '{}' : list('{', fields, '}');
}

function list(open: string, items: readonly string[], close: string): string {
  const gap = open === '{' ? ' ' : '';
  const line = `${open}${gap}${items.join(', ')}${gap}${close}`;
  if (line.length <= 90 && !line.includes('\n')) return line;
  return `${open}\n${items.map((i) => `  ${i.replaceAll('\n', '\n  ')},\n`).join('')}${close}`;
}
