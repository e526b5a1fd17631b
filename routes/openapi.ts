import { z } from 'zod';
import type { RouteDeps } from './deps.ts';
import { problemTitles } from './problems.ts';
import type { Route } from './route.ts';

/** OpenAPI 3.1 from the list of routes and the zod schemas; nothing is written by hand. */
export function openApiDocument(routes: readonly Route[], deps: RouteDeps): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Record<string, unknown> = {};
  for (const definition of deps.entities.values()) schemas[definition.name] = schemaOf(definition.schema, 'output');
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]+)/gi, '{$1}');
    const names = [...route.path.matchAll(/:([a-z]+)/gi)].map((m) => m[1] ?? '');
    paths[path] ??= {};
    paths[path][route.method] = {
      summary: route.summary,
      operationId: `${route.method}${route.path.replace(/[^a-z]+(.)?/gi, (_m, c: string | undefined) => (c ?? '').toUpperCase())}`,
      'x-scope': route.scope,
      ...(route.audit ? { 'x-audit': 'view' in route.audit ? route.audit.view : route.audit.act } : {}),
      ...(route.scope === 'public' ? { security: [] } : {}),
      parameters: [
        ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
        ...Object.entries(route.query ?? {}).map(([name, description]) => ({
          name,
          in: 'query',
          required: false,
          description,
          schema: { type: 'string' },
        })),
      ],
      ...(route.body
        ? {
            requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } },
          }
        : {}),
      responses: {
        ...Object.fromEntries(
          Object.entries(route.responses).map(([status, description]) => [status, { description }]),
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
  const { $ref, $defs: _definitions, id: _id, ...rest } = node as Record<string, unknown>;
  const target = typeof $ref === 'string' && depth < 12 ? definitions[$ref.replace('#/$defs/', '')] : undefined;
  const own = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key === 'personal' ? 'x-personal' : key,
      inlined(value, definitions, depth),
    ]),
  );
  return target === undefined ? own : { ...(inlined(target, definitions, depth + 1) as object), ...own };
}
