import { expect, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { envelope, SIGNED_ID } from '../../connectors/giszhkh/envelope.ts';
import { isService, operationOf } from '../../connectors/giszhkh/format.ts';
import { randomGuid } from '../../connectors/giszhkh/guid.ts';
import { writeMessage } from '../../connectors/giszhkh/write-message.ts';
import { type CommandMapping, isCommandMapping } from '../../mappings/compile-command.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { examplePayload } from '../../mappings/test-mapping.ts';
import { testWithFacts } from '../facts.ts';
import { contextOf } from './context.ts';
import { saidByXmllint } from './xmllint.ts';

const GUID = '00000042-0000-4000-8000-000000000000';
const set = await loadMappings(builtInFolder('giszhkh'), { entities, commands });

/** What the connector does with a written object before it goes out: elements of directories and attachments get their references. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (value === null || typeof value !== 'object') return value;
  const { $registry: registry, $file: file, ...rest } = value as Record<string, unknown>;
  const out = Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, named(inner)]));
  if (registry !== undefined) return { ...out, GUID };
  return file === undefined ? out : { ...out, Attachment: { AttachmentGUID: GUID }, AttachmentHASH: '0'.repeat(64) };
}

interface Message {
  name: string;
  xml: string;
}

/** A whole message around the object that an example writes. */
function messagesOf(mapping: CommandMapping): Message[] {
  const { service, operation, item } = mapping.source as { service: string; operation: string; item: string };
  if (!isService(service)) throw new Error(`${mapping.name} goes to a service that there is none of: ${service}`);
  const { config } = contextOf({});
  return mapping.examples.flatMap((example) => {
    if (example.refused !== undefined) return [];
    const { payload, scope } = examplePayload(example);
    const given = Object.fromEntries(Object.entries(payload).filter(([name]) => mapping.given.includes(name)));
    const own = Object.fromEntries(Object.entries(payload).filter(([name]) => !(name in given)));
    const written = mapping.write({ ...mapping.schema.parse(own), ...given }, scope);
    const { $request: request = {}, ...element } = named(written) as Record<string, unknown>;
    const content = { ...(request as Record<string, unknown>), [item]: [element] };
    const kind = operationOf(service, operation).header;
    const body = writeMessage(service, operation, content, { id: SIGNED_ID });
    const xml = envelope(config, { kind, at: Date.now(), messageGuid: randomGuid(Math.random) }, body);
    return [{ name: `${mapping.name}: ${example.name ?? ''}`, xml }];
  });
}

test('what every example writes fits the format', () => {
  expect(set.commands().length).toBeGreaterThan(12);
  for (const mapping of set.commands()) {
    expect(isCommandMapping(mapping)).toBe(true);
    expect([mapping.name, messagesOf(mapping).length > 0]).toEqual([mapping.name, true]);
  }
});

testWithFacts('what every example writes is valid by the official schemas', 'giszhkh', (facts) => {
  const messages = set.commands().flatMap(messagesOf);
  const said = saidByXmllint(
    facts,
    messages.map((m) => m.xml),
  );
  expect(messages.map(({ name }, i) => ({ name, said: said[i] })).filter((m) => m.said !== '')).toEqual([]);
});
