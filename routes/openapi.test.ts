import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { routesOf } from './app.ts';
import type { RouteDeps } from './deps.ts';
import { openApiDocument } from './openapi.ts';

test('the API document is valid OpenAPI 3.1 by a validator that is not ours', async () => {
  // Routes are data: building the list touches none of the services.
  const deps = { entities, commands, version: '0.0.0', filesMaxBytes: 1 } as unknown as RouteDeps;
  const document = openApiDocument(routesOf(deps), deps);
  const result = await new Validator().validate(structuredClone(document));
  expect(result).toMatchObject({ valid: true });
  const broken = structuredClone(document) as { info: Record<string, unknown> };
  delete broken.info.title;
  expect((await new Validator().validate(broken)).valid).toBe(false);
});
