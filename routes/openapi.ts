import { z } from 'zod';
import { answers } from './answers.ts';
import type { RouteDeps } from './deps.ts';
import { bodyExamples, parameterExample } from './examples.ts';
import { problemTitles } from './problems.ts';
import type { Route } from './route.ts';

const PURPOSE = { 'X-Purpose': 'Why personal data are looked at; percent-encoded UTF-8. Kept in the audit log' };
const isView = (route: Route): boolean => route.audit !== undefined && 'view' in route.audit;

/** OpenAPI 3.1 from the list of routes and the zod schemas; nothing is written by hand. */
export function openApiDocument(routes: readonly Route[], deps: RouteDeps): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Record<string, unknown> = {};
  for (const definition of deps.entities.values()) {
    schemas[definition.name] = schemaOf(definition.schema, 'output');
    Object.assign(schemas, recordSchemas(definition.name));
  }
  for (const [name, schema] of Object.entries(answers)) schemas[name] = schemaOf(schema, 'output');
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]+)/gi, '{$1}');
    const names = [...route.path.matchAll(/:([a-z]+)/gi)].map((m) => m[1] ?? '');
    const operationId = operationIdOf(route);
    paths[path] ??= {};
    paths[path][route.method] = {
      summary: route.summary,
      operationId,
      'x-scope': route.scope,
      ...(route.audit ? { 'x-audit': 'view' in route.audit ? route.audit.view : route.audit.act } : {}),
      'x-repeat': repeatOf(route),
      ...(route.bodyKind === 'stream' ? { 'x-body': 'bytes' } : {}),
      ...(route.scope === 'public' ? { security: [] } : {}),
      parameters: [
        ...names.map((name) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
          ...shown(parameterExample(operationId, 'path', name)),
        })),
        ...Object.entries(route.query ?? {}).map(([name, description]) => ({
          name,
          in: 'query',
          required: false,
          description,
          schema: { type: 'string' },
          ...shown(parameterExample(operationId, 'query', name)),
        })),
        ...Object.entries({ ...route.headers, ...(isView(route) ? PURPOSE : {}) }).map(([name, description]) => ({
          name,
          in: 'header',
          required: false,
          description,
          schema: { type: 'string' },
        })),
      ],
      ...(route.body
        ? {
            requestBody: {
              required: true,
              content: {
                'application/json': { schema: schemaOf(route.body, 'input'), ...shown(bodyExamples[operationId]) },
              },
            },
          }
        : {}),
      responses: {
        ...Object.fromEntries(
          Object.entries(route.responses).map(([status, description]) => [
            status,
            { description, ...(status.startsWith('2') ? contentOf(route.answer) : {}) },
          ]),
        ),
        default: {
          description: 'A problem',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Connector Hub',
      version: deps.version,
      description: 'One API over the outside systems of a housing-management company.',
    },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'API key (hub_…)' } },
      schemas: {
        ...schemas,
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code', 'detail', 'retryable'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string', examples: Object.keys(problemTitles) },
            detail: { type: 'string' },
            retryable: { type: 'boolean' },
            errors: {
              type: 'array',
              items: { type: 'object', properties: { pointer: { type: 'string' }, message: { type: 'string' } } },
            },
            upstream: { type: 'object' },
          },
        },
      },
    },
  };
}

/** Name of a route for programs: method and path, `getAccountsById`. */
export function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path
    .replace(/^\/v1(?=\/)/, '')
    .replace(/\/:([a-z]+)/gi, '/by-$1')
    .match(/[a-z]+/gi);
  return method + (words ?? []).map((word) => (word[0] ?? '').toUpperCase() + word.slice(1)).join('');
}

/** Whether a client may send a call again whose answer was lost: always, under its key, or not. */
function repeatOf(route: Route): 'safe' | 'keyed' | 'once' {
  if (route.method !== 'post' || isView(route)) return 'safe';
  return route.headers?.['Idempotency-Key'] !== undefined || route.bodyKind === 'bulk' ? 'keyed' : 'once';
}

function shown(example: unknown): { example?: unknown } {
  return example === undefined ? {} : { example };
}

/** What a success holds. */
function contentOf(answer: string | undefined): { content: Record<string, unknown> } {
  if (answer?.includes('/')) return { content: { [answer]: { schema: { type: 'string' } } } };
  const schema = answer === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${answer}` };
  return { content: { 'application/json': { schema } } };
}

/** A record as the API shows it, and a page of them. */
function recordSchemas(name: string): Record<string, unknown> {
  const instant = { type: 'string', format: 'date-time' };
  return {
    [`${name}Record`]: {
      allOf: [
        { $ref: `#/components/schemas/${name}` },
        {
          type: 'object',
          required: ['id', 'organisation', 'source', 'asOf', 'changedAt'],
          properties: {
            id: { type: 'string', format: 'uuid' },
            organisation: { type: 'string' },
            source: {
              description: 'Where it comes from; null for what the hub made itself',
              anyOf: [
                {
                  type: 'object',
                  required: ['instance', 'key'],
                  properties: { instance: { type: 'string' }, key: { type: 'string' } },
                },
                { type: 'null' },
              ],
            },
            asOf: { ...instant, description: 'When its system last confirmed it' },
            changedAt: instant,
            deletedAt: instant,
          },
        },
      ],
    },
    [`${name}Page`]: {
      type: 'object',
      required: ['items', 'nextCursor', 'asOf'],
      properties: {
        items: { type: 'array', items: { $ref: `#/components/schemas/${name}Record` } },
        nextCursor: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        asOf: { anyOf: [instant, { type: 'null' }] },
        total: { type: 'integer' },
      },
    },
  };
}

/** A schema that stands alone: shared parts are written out, so that no reference points outside of it. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return inlined(rest, (rest.$defs ?? {}) as Record<string, unknown>, 0);
}

function inlined(node: unknown, definitions: Record<string, unknown>, depth: number): unknown {
  if (Array.isArray(node)) return node.map((n) => inlined(n, definitions, depth));
  if (node === null || typeof node !== 'object') return node;
  const { $ref, $defs: _definitions, ...rest } = node as Record<string, unknown>;
  // The name of a schema; a property called so is an object.
  if (typeof rest.id === 'string') delete rest.id;
  const target = typeof $ref === 'string' && depth < 12 ? definitions[$ref.replace('#/$defs/', '')] : undefined;
  const own = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key === 'personal' ? 'x-personal' : key,
      inlined(value, definitions, depth),
    ]),
  );
  return target === undefined ? own : { ...(inlined(target, definitions, depth + 1) as object), ...own };
}
