/** Writes the client's table of operations and their types from the API document. */

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  description?: string;
}
interface Parameter {
  name: string;
  in: string;
  description?: string;
}
interface Operation {
  summary: string;
  operationId: string;
  'x-repeat': string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const HEAD = `// Made from the API document by \`npm run client:generate\`; changes here are lost. A test compares both.

/* biome-ignore-all lint: a generated file */
`;

/** The whole of client/operations.ts. */
export function clientTypes(document: ApiDocument): string {
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema, 0)};\n`,
  );
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const types = operations.map(({ operation }) => entry(operation));
  const table = operations.map(
    ({ path, method, operation }) =>
      `  ${operation.operationId}: [${[method, path, kindOf(operation), operation['x-repeat']].map((t) => JSON.stringify(t)).join(', ')}],\n`,
  );
  return `${HEAD}
${schemas.join('\n')}
/** Every operation: what it takes in its path and query, its body, and what it answers. */
export interface Operations {
${types.join('')}}

/** Of every operation: method, path, kind of answer, and whether it may be sent again when its answer was lost. */
export const operations = {
${table.join('')}} as const satisfies Readonly<
  Record<keyof Operations, readonly [method: string, path: string, answer: 'json' | 'text' | 'bytes' | 'events', repeat: 'safe' | 'keyed' | 'once']>
>;
`;
}

function entry(o: Operation): string {
  const of = (place: string): Parameter[] => o.parameters.filter((p) => p.in === place);
  const fields = (list: Parameter[], mark: string): string =>
    list.length === 0
      ? 'Record<never, never>'
      : `{ ${list.map((p) => `${keyOf(p.name)}${mark}: string${mark ? ' | number | boolean' : ''}`).join('; ')} }`;
  const body = o.requestBody && Object.values(o.requestBody.content)[0]?.schema;
  return `  /** ${o.summary.replaceAll('*/', '* /')} */
  ${o.operationId}: {
    path: ${fields(of('path'), '')};
    query: ${fields(of('query'), '?')};
    body: ${body ? typeOf(body, 2) : 'unknown'};
    answer: ${answerOf(o)};
  };
`;
}

function successOf(o: Operation): [string, Schema] | undefined {
  const [, response] = Object.entries(o.responses).find(([status]) => status.startsWith('2')) ?? [];
  const [type] = Object.entries(response?.content ?? {});
  return type && [type[0], type[1].schema];
}

function kindOf(o: Operation): 'json' | 'text' | 'bytes' | 'events' {
  const [type = 'application/json'] = successOf(o) ?? [];
  if (type === 'application/json') return 'json';
  if (type === 'text/event-stream') return 'events';
  return type.startsWith('text/') ? 'text' : 'bytes';
}

function answerOf(o: Operation): string {
  const [, schema] = successOf(o) ?? [];
  return { json: schema ? typeOf(schema, 2) : 'unknown', text: 'string', bytes: 'Response', events: 'Response' }[
    kindOf(o)
  ];
}

function keyOf(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name);
}

function typeOf(s: Schema, depth: number): string {
  if (s.$ref) return s.$ref.replace('#/components/schemas/', '');
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(' | ');
  const several = s.anyOf ?? s.oneOf;
  if (several) return unique(several.map((x) => typeOf(x, depth))).join(' | ');
  if (s.allOf) return s.allOf.map((x) => typeOf(x, depth)).join(' & ');
  if (Array.isArray(s.type)) return unique(s.type.map((type) => typeOf({ ...s, type }, depth))).join(' | ');
  switch (s.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `(${s.items ? typeOf(s.items, depth) : 'unknown'})[]`;
    case 'object':
      return objectOf(s, depth);
    default:
      return 'unknown';
  }
}

function objectOf(s: Schema, depth: number): string {
  const properties = Object.entries(s.properties ?? {});
  if (properties.length === 0) {
    const values = typeof s.additionalProperties === 'object' ? typeOf(s.additionalProperties, depth) : 'unknown';
    return `Record<string, ${values}>`;
  }
  const space = '  '.repeat(depth + 1);
  const lines = properties.map(([name, field]) => {
    const note = field.description ? `${space}/** ${field.description.replaceAll('*/', '* /')} */\n` : '';
    return `${note}${space}${keyOf(name)}${s.required?.includes(name) ? '' : '?'}: ${typeOf(field, depth + 1)};\n`;
  });
  return `{\n${lines.join('')}${'  '.repeat(depth)}}`;
}

function unique(types: readonly string[]): string[] {
  return [...new Set(types)];
}
