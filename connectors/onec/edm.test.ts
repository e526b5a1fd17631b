import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseEdm } from './edm.ts';

const PRODUCT = [
  'canonical',
  'certs',
  'connectors',
  'mappings',
  'queues',
  'storage',
  'sync',
  'routes',
  'flows',
  'wiring',
];

test.each([
  ['entities of its own', '<!DOCTYPE e [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]><e>&c;</e>'],
  ['an external entity', '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><e>&x;</e>'],
  ['a document type elsewhere', '<!DOCTYPE e SYSTEM "http://127.0.0.1/evil.dtd"><e/>'],
  ['the same in small letters', '<!doctype e><e/>'],
])('$metadata with %s is refused', (_what, xml) => {
  expect(() => parseEdm(xml)).toThrow(expect.objectContaining({ code: 'ONEC_METADATA' }));
});

test('every file of the product that reads XML refuses document types and resolves no entities', () => {
  const root = new URL('../../', import.meta.url);
  const files = PRODUCT.flatMap((folder) => {
    try {
      return readdirSync(new URL(`${folder}/`, root), { recursive: true }).map((name) => `${folder}/${String(name)}`);
    } catch {
      return [];
    }
  }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const readers = files.filter((name) =>
    /from '(fast-xml-parser|xml2js|@xmldom\/xmldom|sax|libxmljs2?)'/.test(readFileSync(new URL(name, root), 'utf8')),
  );
  expect(readers.length).toBeGreaterThanOrEqual(2);
  for (const name of readers) {
    const text = readFileSync(new URL(name, root), 'utf8');
    expect([name, text.includes('processEntities: false'), /<!DOCTYPE/.test(text)]).toEqual([name, true, true]);
  }
});
