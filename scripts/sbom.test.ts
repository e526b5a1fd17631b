import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

interface Bom {
  bomFormat: string;
  specVersion: string;
  components: { purl: string; 'bom-ref': string; hashes?: unknown[]; licenses?: unknown[] }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}
const root = fileURLToPath(new URL('../', import.meta.url));
const run = (...args: string[]): string =>
  execFileSync(process.execPath, ['scripts/sbom.mjs', ...args], { cwd: root }).toString();
const own = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

test('the bill of materials holds what runs and nothing else, each with its digest, and is the same every time', () => {
  const text = run();
  expect(run()).toBe(text);
  const bom = JSON.parse(text) as Bom;
  expect([bom.bomFormat, bom.specVersion]).toEqual(['CycloneDX', '1.6']);
  const names = bom.components.map((c) => decodeURIComponent(c.purl.slice('pkg:npm/'.length)).replace(/@[^@]+$/, ''));
  expect(Object.keys(own.dependencies).filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.keys(own.devDependencies).filter((name) => names.includes(name))).toEqual([]);
  expect(bom.components.filter((c) => !c.hashes || !c.licenses).map((c) => c.purl)).toEqual([]);
  const refs = new Set([...bom.components.map((c) => c['bom-ref']), ...bom.dependencies.map((d) => d.ref)]);
  expect(refs.size).toBe(bom.components.length + 1);
  expect(bom.dependencies.flatMap((d) => d.dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
});

test('every licence of what runs is a permissive one', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/sbom.mjs', '--licences'], { cwd: root });
  expect([status, stderr.toString()]).toEqual([0, '']);
});
