// Emits dist/: the TypeScript sources as JavaScript, and the data files that the product reads at run time beside them.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleConsole } from './console-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });

const data = /\.(sql|ya?ml|html|css|svg|json)$|^README\.md$/;
for (const folder of [
  'storage',
  'mappings',
  'connectors',
  'calendars',
  'templates',
  'simulators',
  'routes',
  'cli',
  'config',
])
  copyData(folder);
mkdirSync('dist/console/built', { recursive: true });
for (const [name, body] of await bundleConsole()) writeFileSync(join('dist/console/built', name), body);
chmodSync('dist/cli/main.js', 0o755);

function copyData(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) copyData(path);
    else if (data.test(name)) cpSync(path, join('dist', relative(root, join(root, path))));
  }
}
