import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startTestHub, type TestHub } from './harness.ts';

interface Schema {
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
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
}
interface Operation {
  method: string;
  path: string;
  query: string[];
  body: Schema | undefined;
}

let t: TestHub;
let key: string;
let operations: Operation[];
const ids: string[] = [];
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => {
  rejections.push(reason);
};

/** Streams, waits of ten seconds, and the one document that is large. */
const leftOut = ['/v1/events', '/v1/webhooks/{id}/test', '/docs', '/openapi.json'];

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  t = await startTestHub({ accounts: 5 });
  key = (await t.call('POST', '/v1/keys', { name: 'fuzz', scopes: ['*'] })).body.key;
  await t.hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount' });
  const sent = await t.call('POST', '/v1/messages', { channel: 'sms', to: '+79161234567', text: 'x' });
  ids.push(sent.body.id, (await t.call('GET', '/v1/accounts?limit=1')).body.items[0].id);
  const document = (await t.call('GET', '/openapi.json')).body as {
    paths: Record<
      string,
      Record<
        string,
        { parameters: { name: string; in: string }[]; requestBody?: { content: Record<string, { schema: Schema }> } }
      >
    >;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    leftOut.includes(path)
      ? []
      : Object.entries(methods).map(([method, o]) => ({
          method: method.toUpperCase(),
          path,
          query: o.parameters.filter((p) => p.in === 'query').map((p) => p.name),
          body: o.requestBody && Object.values(o.requestBody.content)[0]?.schema,
        })),
  );
}, 90_000);
afterAll(async () => {
  await t.stop();
  process.off('unhandledRejection', onRejection);
}, 30_000);

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    '\0',
    'a\0b',
    "' or 1=1 --",
    '${jndi:ldap://x}',
    '../../etc/passwd',
    '%00',
    '__proto__',
    'constructor',
    '\ud800',
    '\u202e',
    '9'.repeat(400),
    '-1',
    '1e309',
    'NaN',
    '0001-01-01',
    '9999-12-31T23:59:59+14:00',
    '+275760-09-13T00:00:00.001Z',
    'true',
    'null',
    '[]',
    '{}',
    'я'.repeat(2_000),
  ),
);
const anything = fc.oneof(
  hostile,
  fc.anything({
    maxDepth: 3,
    maxKeys: 4,
    withNullPrototype: false,
    values: [fc.string({ maxLength: 20 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
  }),
);

/** Values that fit a schema, nearly always. */
function fits(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const options = schema.anyOf ?? schema.oneOf;
  if (options && depth < 5) return fc.oneof(...options.map((o) => fits(o, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1e9), max: Math.min(schema.maximum ?? 1_000, 1e9) });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fits(schema.items ?? {}, depth + 1), { maxLength: 4 });
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      if (properties.length === 0)
        return fc.dictionary(
          fc.string({ maxLength: 8 }),
          typeof schema.additionalProperties === 'object'
            ? fits(schema.additionalProperties, depth + 1)
            : fc.string({ maxLength: 8 }),
          { maxKeys: 3 },
        );
      return fc.record(Object.fromEntries(properties.map(([name, s]) => [name, fits(s, depth + 1)])), {
        requiredKeys: (schema.required ?? []).filter((name) => schema.properties?.[name]),
      });
    }
    case 'string': {
      if (schema.format === 'uuid') return fc.constantFrom(...ids, '0192f0c4-7a1b-7c3d-8e4f-791612345670');
      if (schema.format?.startsWith('date'))
        return fc.constantFrom('2026-11-24', '2026-11-24T10:00:00Z', '2027-01-01T00:00:00+03:00');
      const { minLength = 0 } = schema;
      return fc.oneof(
        fc.string({ minLength, maxLength: Math.max(minLength, Math.min(schema.maxLength ?? 30, 30)) }),
        fc.constantFrom('+79161234567', 'sms', 'x'),
      );
    }
    default:
      return anything;
  }
}

/** Something that fits with one thing in it that doesn't. */
const nearly = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.tuple(fits(schema), hostile, anything).map(([value, name, other]) => {
    if (value === null || typeof value !== 'object') return other;
    const names = Object.keys(value);
    const at = names[name.length % Math.max(1, names.length)] ?? name;
    return Array.isArray(value) ? [...value, other] : { ...value, [at]: other };
  });

/** Halves of surrogate pairs can't be sent in an address. */
const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));

const callOf = (
  o: Operation,
): fc.Arbitrary<{ o: Operation; path: string; body: string | undefined; headers: Record<string, string> }> =>
  fc
    .record({
      parts: fc.array(fc.oneof(fc.constantFrom(...ids, 'onec-main', 'sms-main', 'payment-due'), hostile), {
        minLength: 2,
        maxLength: 2,
      }),
      query: fc.array(
        fc.tuple(
          fc.oneof(
            { weight: 30, arbitrary: fc.constantFrom(...(o.query.length > 0 ? o.query : ['x'])) },
            { weight: 1, arbitrary: hostile },
          ),
          fc.oneof(hostile, fc.constantFrom('1', 'true', '2026-11-24T10:00:00Z', 'open', ...ids)),
        ),
        { maxLength: 2 },
      ),
      body: o.body
        ? fc.oneof(
            { weight: 3, arbitrary: fits(o.body) },
            { weight: 2, arbitrary: nearly(o.body) },
            { weight: 1, arbitrary: anything },
          )
        : fc.constant(undefined),
      broken: fc.integer({ min: 0, max: 9 }),
      headers: fc.dictionary(
        fc.constantFrom(
          'idempotency-key',
          'prefer',
          'traceparent',
          'x-purpose',
          'if-none-match',
          'last-event-id',
          'content-type',
          'repr-digest',
          'content-disposition',
          'accept-encoding',
        ),
        fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
        { maxKeys: 2 },
      ),
    })
    .map(({ parts, query, body, broken, headers }) => {
      let n = 0;
      const path = o.path.replace(/\{[a-z]+\}/gi, () => encoded((parts[n++] ?? 'x').slice(0, 300)));
      const search = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
      let text = o.method === 'GET' || body === undefined ? undefined : (JSON.stringify(body) ?? 'undefined');
      if (text !== undefined && broken === 0) text = text.slice(0, -1);
      return { o, path: `${path}${search ? `?${search}` : ''}`, body: text, headers: { ...headers, prefer: 'wait=0' } };
    });

test('no input makes the hub fail: every answer is a documented one, and soon', async () => {
  const seen: Record<number, number> = {};
  const began = performance.now();
  let slowest = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...operations).chain(callOf), async ({ o, path, body, headers }) => {
      const at = performance.now();
      const answer = await fetch(`${t.hub.url}${path}`, {
        method: o.method,
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.text();
      slowest = Math.max(slowest, performance.now() - at);
      seen[answer.status] = (seen[answer.status] ?? 0) + 1;
      if (answer.status >= 500 && answer.status !== 503) throw new Error(`${answer.status}: ${text.slice(0, 500)}`);
      if (answer.status >= 400 && answer.status !== 431) {
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        const problem = JSON.parse(text) as { code: string; status: number };
        expect(problem.status).toBe(answer.status);
        expect(problem.code).toMatch(/^[A-Z][A-Z0-9_]+$/);
      }
    }),
    {
      numRuns: 6_000,
      interruptAfterTimeLimit: 25_000,
      markInterruptAsFailure: false,
      endOnFailure: true,
      ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}),
    },
  );
  const answers = Object.values(seen).reduce((a, b) => a + b, 0);
  process.stdout.write(
    `  ${answers} calls in ${((performance.now() - began) / 1000).toFixed(1)} s, slowest ${slowest.toFixed(0)} ms: ${JSON.stringify(seen)}\n`,
  );
  expect(answers).toBeGreaterThan(300);
  // The inputs are not all refused at the door.
  expect((seen[200] ?? 0) + (seen[202] ?? 0) + (seen[207] ?? 0)).toBeGreaterThan(answers / 50);
  expect(slowest).toBeLessThan(12_000);
  expect(rejections).toEqual([]);
  expect(t.lines.filter((line) => line.includes('unforeseen'))).toEqual([]);
}, 60_000);
