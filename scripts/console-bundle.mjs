// Builds the operators' console in memory: one script, one style sheet, one page. `npm run build` writes the result into
// the package; a hub that runs from a checkout serves it as it is.
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundled } from './bundled.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const web = join(root, 'console', 'web');

/** @returns {Promise<Map<string, Uint8Array>>} files by name; names bear the digest of the content, but for index.html */
export async function bundleConsole() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [{ in: join(web, 'main.tsx'), out: 'console' }],
    outdir: join(root, 'console', 'built'),
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'file' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {},
    logLevel: 'silent',
  });
  expectListed(Object.keys(result.metafile.inputs));
  const files = new Map(result.outputFiles.map((f) => [basename(f.path), f.contents]));
  const named = (ending) => [...files.keys()].find((name) => name.startsWith('console-') && name.endsWith(ending));
  const page = (await readFile(join(web, 'index.html'), 'utf8'))
    .replace('{{script}}', named('.js'))
    .replace('{{style}}', named('.css'));
  files.set('index.html', new TextEncoder().encode(page));
  const icon = await readFile(join(web, 'icon.svg'));
  files.set('icon.svg', icon);
  files.set('licences.txt', new TextEncoder().encode(await licences()));
  return files;
}

/** Licences and the bill of materials name what is shipped from the list, so it has to be what the bundle is made of. */
function expectListed(inputs) {
  const found = inputs.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1] ?? [],
  );
  const names = [...new Set(found)].sort();
  if (names.join() !== bundled.join())
    throw new Error(`The console is made of ${names.join(', ')}: write that into scripts/bundled.mjs.`);
}

/** Their licences want their text to travel along. */
async function licences() {
  const texts = bundled.map(async (name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${await readFile(join(folder, 'LICENSE'), 'utf8')}`;
  });
  return (await Promise.all(texts)).join('\n\n----\n\n');
}
