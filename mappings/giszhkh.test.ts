import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { compileFile, isCommandMapping } from './compile-command.ts';
import { builtInFolder, loadMappings } from './load.ts';
import { testMapping } from './test-mapping.ts';

const vocabulary = { entities, commands };
const folder = builtInFolder('giszhkh');

test.each(readdirSync(folder))('%s keeps its examples', async (name) => {
  const mapping = compileFile(readFileSync(`${folder}/${name}`, 'utf8'), name, vocabulary);
  const outcomes = await testMapping(mapping);
  expect(outcomes.flatMap((o) => o.differences)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(0);
});

test('all of them load together, and every command is written but the one whose content comes ready', async () => {
  const set = await loadMappings(folder, vocabulary);
  const own = ['messages.send', 'meter-readings.submit', 'registry.import'];
  const kinds = set.commands().map((m) => m.kind);
  expect([...commands.keys()].filter((kind) => !own.includes(kind) && !kinds.includes(kind))).toEqual([]);
  expect(set.command('payment-documents.withdraw')?.source).toMatchObject({ service: 'bills' });
  expect(set.get('payment-documents.withdraw')).toBeUndefined();
  expect(set.all().every((m) => !isCommandMapping(m))).toBe(true);
});
