import { expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { routesOf } from './app.ts';
import { callExamples } from './call-examples.ts';
import type { RouteDeps } from './deps.ts';
import { bodyExamples, parameterExamples } from './examples.ts';
import { operationIdOf } from './openapi.ts';

const deps = { entities, commands, version: '0.0.0', filesMaxBytes: 1 } as unknown as RouteDeps;
const routes = routesOf(deps);

test('every body that an operation takes has an example, and the operation takes it', () => {
  const refused = routes.flatMap((route) => {
    const parsed = route.body?.safeParse(bodyExamples[operationIdOf(route)] ?? {});
    return parsed && !parsed.success ? [[operationIdOf(route), parsed.error.issues]] : [];
  });
  expect(refused).toEqual([]);
});

test('no example is of an operation or a parameter that there is not', () => {
  const byId = new Map(routes.map((route) => [operationIdOf(route), route]));
  expect(Object.keys(bodyExamples).filter((id) => byId.get(id)?.body === undefined)).toEqual([]);
  const unknown = Object.entries(parameterExamples).flatMap(([id, values]) =>
    Object.keys(values).filter((name) => byId.get(id)?.query?.[name] === undefined),
  );
  expect(unknown).toEqual([]);
});

test('what a shell or a program would read otherwise is quoted', () => {
  const operation = {
    operationId: 'postThings',
    'x-scope': 'write:things',
    'x-repeat': 'keyed',
    parameters: [
      { name: 'id', in: 'path' },
      { name: 'q', in: 'query', example: "a b'c" },
    ],
    requestBody: { content: { 'application/json': { example: { name: "it's \\ $HOME" } } } },
    responses: { 200: { content: { 'application/json': {} } } },
  };
  expect(callExamples('post', '/v1/things/{id}', operation)).toEqual({
    curl: `curl -s -H "Authorization: Bearer $KEY" -H 'Idempotency-Key: things-4711' -H 'Content-Type: application/json' -d '{"name":"it'\\''s \\\\ $HOME"}' "$HUB/v1/things/$ID?q=a%20b'c"`,
    client: `console.log(await hub.postThings({
  path: { id: process.env.ID },
  query: { q: 'a b\\'c' },
  body: { name: 'it\\'s \\\\ $HOME' },
  idempotencyKey: 'things-4711',
}));`,
  });
});
