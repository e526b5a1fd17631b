import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

interface Bom {
  bomFormat: string;
  specVersion: string;
  components: { purl: string; 'bom-ref': string; hashes?: unknown[]; licenses?: unknown[]; properties?: unknown[] }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}
const { bundled } = (await import(new URL('./bundled.mjs', import.meta.url).href)) as { bundled: string[] };
const root = fileURLToPath(new URL('../', import.meta.url));
const run = (...args: string[]): string =>
  execFileSync(process.execPath, ['scripts/sbom.mjs', ...args], { cwd: root }).toString();
const own = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

test('the bill of materials holds what runs or is shipped and nothing else, each with its digest, and is the same every time', () => {
  const text = run();
  expect(run()).toBe(text);
  const bom = JSON.parse(text) as Bom;
  expect([bom.bomFormat, bom.specVersion]).toEqual(['CycloneDX', '1.6']);
  const names = bom.components.map((c) => decodeURIComponent(c.purl.slice('pkg:npm/'.length)).replace(/@[^@]+$/, ''));
  expect(Object.keys(own.dependencies).filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.keys(own.devDependencies).filter((name) => !bundled.includes(name) && names.includes(name))).toEqual(
    [],
  );
  expect(bundled.filter((name) => !names.includes(name))).toEqual([]);
  const [self] = bom.dependencies.filter((d) => d.ref.startsWith('pkg:npm/connector-hub@'));
  for (const c of bom.components.filter((c) => c.properties)) expect(self?.dependsOn).toContain(c['bom-ref']);
  expect(bom.components.filter((c) => c.properties).length).toBe(bundled.length);
  expect(bom.components.filter((c) => !c.hashes || !c.licenses).map((c) => c.purl)).toEqual([]);
  const refs = new Set([...bom.components.map((c) => c['bom-ref']), ...bom.dependencies.map((d) => d.ref)]);
  expect(refs.size).toBe(bom.components.length + 1);
  expect(bom.dependencies.flatMap((d) => d.dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
});

test('what the console is made of is what the list says, and its licences are listed and travel along', async () => {
  const { bundleConsole } = (await import(new URL('./console-bundle.mjs', import.meta.url).href)) as {
    bundleConsole(): Promise<ReadonlyMap<string, Uint8Array>>;
  };
  // Refuses to build from anything that is not listed.
  const shipped = Buffer.from((await bundleConsole()).get('licences.txt') ?? '').toString();
  const listed = run('--licences');
  for (const name of bundled)
    expect([name, shipped.includes(`${name} `), listed.includes(`${name}@`)]).toEqual([name, true, true]);
});

test('every licence of what runs is a permissive one', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/sbom.mjs', '--licences'], { cwd: root });
  expect([status, stderr.toString()]).toEqual([0, '']);
});
