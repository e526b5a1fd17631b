// Writes the bill of materials of what the package depends on when it runs and of what is bundled into it (CycloneDX 1.6,
// JSON), from package-lock.json alone: no network and no further package is needed. `--licences` lists licences instead, and fails for one that is not
// known to be permissive.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundled } from './bundled.mjs';

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

const { values } = parseArgs({
  options: {
    licences: { type: 'boolean', default: false },
    dev: { type: 'boolean', default: false },
    output: { type: 'string' },
  },
});
const root = new URL('../', import.meta.url);
const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
const own = lock.packages[''];

/** `node_modules/a/node_modules/@b/c` → `@b/c`. */
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const purlOf = (name, version) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
const isBundled = (path) => bundled.includes(nameOf(path)) && path === `node_modules/${nameOf(path)}`;
/** Packages that are installed where the hub runs, those for other machines than this one too, and those that are shipped inside of it. */
const installed = Object.entries(lock.packages)
  .filter(([path, p]) => path !== '' && (values.dev || !p.dev || isBundled(path)))
  .map(([path, p]) => ({ path, name: p.name ?? nameOf(path), alias: nameOf(path), ...p }));
const byPath = new Map(installed.map((p) => [p.path, p]));

/** Node's way of finding a package from a folder: upwards. */
function resolve(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const found = byPath.get(`${folder === '' ? '' : `${folder}/`}node_modules/${name}`);
    if (found || folder === '') return found;
  }
}
const withBundled = (p) => ({
  ...p,
  dependencies: { ...p.dependencies, ...Object.fromEntries(bundled.map((name) => [name, '*'])) },
});
const refsOf = (path, p) =>
  [
    ...new Set(
      Object.keys({ ...p.dependencies, ...p.optionalDependencies, ...p.peerDependencies })
        .map((name) => resolve(path, name))
        .filter(Boolean)
        .map((d) => purlOf(d.name, d.version)),
    ),
  ].sort();

if (values.licences) {
  const list = new Map();
  for (const { name, version, license = '(none told)' } of installed)
    list.set(license, [...(list.get(license) ?? []), `${name}@${version}`]);
  for (const [licence, names] of [...list].sort())
    process.stdout.write(`${licence}: ${[...new Set(names)].sort().join(', ')}\n`);
  const permits = (text) => {
    const parts = text.replace(/[()]/g, '').split(/ OR /);
    return parts.some((part) => part.split(/ AND /).every((one) => PERMISSIVE.has(one.trim())));
  };
  const doubtful = [...list.keys()].filter((licence) => !permits(licence));
  if (doubtful.length > 0) {
    process.stderr.write(`To be looked at by a person: ${doubtful.join(', ')}\n`);
    process.exitCode = 1;
  }
} else {
  const components = new Map();
  for (const { path, name, version, license, integrity, resolved } of installed) {
    const ref = purlOf(name, version);
    const [, group, short] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name);
    const [, algorithm, base64] = /^(sha\d+)-(.+)$/.exec(integrity ?? '') ?? [];
    components.set(ref, {
      type: 'library',
      'bom-ref': ref,
      ...(group ? { group } : {}),
      name: short,
      version,
      purl: ref,
      ...(isBundled(path) ? { properties: [{ name: 'connector-hub:bundled-into', value: 'console' }] } : {}),
      ...(license
        ? { licenses: [/ (OR|AND) /.test(license) ? { expression: license } : { license: { id: license } }] }
        : {}),
      ...(algorithm
        ? {
            hashes: [
              {
                alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
                content: Buffer.from(base64, 'base64').toString('hex'),
              },
            ],
          }
        : {}),
      ...(resolved
        ? {
            externalReferences: [
              { type: 'distribution', url: `https://registry.npmjs.org/${name}/-/${short}-${version}.tgz` },
            ],
          }
        : {}),
    });
  }
  const self = purlOf(own.name, own.version);
  const dependencies = new Map([[self, { ref: self, dependsOn: refsOf('', withBundled(own)) }]]);
  for (const p of installed) {
    const ref = purlOf(p.name, p.version);
    const known = dependencies.get(ref)?.dependsOn ?? [];
    dependencies.set(ref, { ref, dependsOn: [...new Set([...known, ...refsOf(p.path, p)])].sort() });
  }
  const list = [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify(list)).digest('hex');
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    // The same packages give the same document.
    serialNumber: `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`,
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': self,
        name: own.name,
        version: own.version,
        purl: self,
        licenses: [{ license: { id: own.license } }],
      },
    },
    components: list,
    dependencies: [...dependencies.values()].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  };
  const text = `${JSON.stringify(bom, null, 2)}\n`;
  if (values.output) writeFileSync(values.output, text);
  else process.stdout.write(text);
}
