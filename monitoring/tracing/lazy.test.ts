import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

test('nothing loads the packages of OpenTelemetry but a hub that traces', () => {
  const root = new URL('../../', import.meta.url);
  const sources = [
    'monitoring',
    'logging',
    'queues',
    'connectors',
    'routes',
    'wiring',
    'sync',
    'tasks',
    'storage',
    'cli',
    'config',
  ]
    .flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true }).map(
        (entry) => `${entry.parentPath}/${entry.name}`,
      ),
    )
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const uses = sources.flatMap((name) =>
    [...readFileSync(name, 'utf8').matchAll(/^.*['"]@opentelemetry\/.*$/gm)].map((m) => m[0].trim()),
  );
  expect(uses.length).toBeGreaterThan(4);
  // Types vanish when the sources are built, and the rest is imported when tracing begins.
  expect(uses.filter((line) => !line.startsWith('import type ') && !line.startsWith("import('"))).toEqual([]);
});
