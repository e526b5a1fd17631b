import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { routesOf } from '../routes/app.ts';
import type { RouteDeps } from '../routes/deps.ts';
import { openApiDocument } from '../routes/openapi.ts';
import type { ApiDocument } from './client-types.ts';

/** The API document without a hub: routes are data, and building their list touches none of the services. */
export function apiDocument(): ApiDocument {
  const deps = { entities, commands, version: '0.0.0', filesMaxBytes: 1 } as unknown as RouteDeps;
  return openApiDocument(routesOf(deps), deps) as unknown as ApiDocument;
}
