import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

interface ConsoleFile {
  type: string;
  body: Uint8Array;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Where `npm run build` puts the console of a package; a checkout has none. */
const BUILT = new URL('./built/', import.meta.url);
const BUNDLER = new URL('../scripts/console-bundle.mjs', import.meta.url);

/**
 * The files of the console: those of the package, or, from a checkout, built in memory when the first of them is asked
 * for. That takes less than a second, needs no step of its own, and can't be older than its sources at the start.
 */
export function consoleFiles(): { file(name: string): Promise<ConsoleFile | undefined> } {
  let files: Promise<ReadonlyMap<string, ConsoleFile>> | undefined;
  return {
    file: async (name) => {
      files ??= (existsSync(BUILT) ? readBuilt() : bundle()).catch((error: unknown) => {
        // The next who asks tries again, with sources that may have been mended.
        files = undefined;
        throw error;
      });
      return (await files).get(name);
    },
  };
}

async function readBuilt(): Promise<ReadonlyMap<string, ConsoleFile>> {
  const folder = fileURLToPath(BUILT);
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, of(name, await readFile(`${folder}${name}`))] as const)),
  );
}

async function bundle(): Promise<ReadonlyMap<string, ConsoleFile>> {
  const { bundleConsole } = (await import(BUNDLER.href)) as {
    bundleConsole(): Promise<ReadonlyMap<string, Uint8Array>>;
  };
  return new Map([...(await bundleConsole())].map(([name, body]) => [name, of(name, body)]));
}

function of(name: string, body: Uint8Array): ConsoleFile {
  return { type: types[extname(name)] ?? 'application/octet-stream', body };
}
