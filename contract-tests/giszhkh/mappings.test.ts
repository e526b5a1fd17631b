import { expect, test } from '@jest/globals';
import { answerDebtInquiry } from '../../canonical/commands/answer-debt-inquiry.ts';
import { commands } from '../../canonical/commands/registry.ts';
import { CourtCase, courtActKinds } from '../../canonical/entities/court.ts';
import { entities } from '../../canonical/registry.ts';
import { envelope, SIGNED_ID } from '../../connectors/giszhkh/envelope.ts';
import { isService, operationOf } from '../../connectors/giszhkh/format.ts';
import { randomGuid } from '../../connectors/giszhkh/guid.ts';
import { writeMessage } from '../../connectors/giszhkh/write-message.ts';
import { answerPayload } from '../../flows/debt-inquiries/answer.ts';
import type { DebtInquiryOptions } from '../../flows/debt-inquiries/settings.ts';
import { type CommandMapping, isCommandMapping } from '../../mappings/compile-command.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { examplePayload } from '../../mappings/test-mapping.ts';
import type { WriteScope } from '../../mappings/types.ts';
import type { StoredRecord } from '../../storage/repositories/records.ts';
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

/** A whole message around the object that a mapping writes. */
function messageOf(mapping: CommandMapping, payload: Record<string, unknown>, scope: WriteScope): string {
  const { service, operation, item } = mapping.source as { service: string; operation: string; item: string };
  if (!isService(service)) throw new Error(`${mapping.name} goes to a service that there is none of: ${service}`);
  const { config } = contextOf({});
  const given = Object.fromEntries(Object.entries(payload).filter(([name]) => mapping.given.includes(name)));
  const own = Object.fromEntries(Object.entries(payload).filter(([name]) => !(name in given)));
  const written = mapping.write({ ...mapping.schema.parse(own), ...given }, scope);
  const { $request: request = {}, ...element } = named(written) as Record<string, unknown>;
  const content = { ...(request as Record<string, unknown>), [item]: [element] };
  const kind = operationOf(service, operation).header;
  const body = writeMessage(service, operation, content, { id: SIGNED_ID });
  return envelope(config, { kind, at: Date.now(), messageGuid: randomGuid(Math.random) }, body);
}

function messagesOf(mapping: CommandMapping): Message[] {
  return mapping.examples.flatMap((example) => {
    if (example.refused !== undefined) return [];
    const { payload, scope } = examplePayload(example);
    return [{ name: `${mapping.name}: ${example.name ?? ''}`, xml: messageOf(mapping, payload, scope) }];
  });
}

test('what every example writes fits the format', () => {
  expect(set.commands().length).toBeGreaterThan(12);
  for (const mapping of set.commands()) {
    expect(isCommandMapping(mapping)).toBe(true);
    expect([mapping.name, messagesOf(mapping).length > 0]).toEqual([mapping.name, true]);
  }
});

test.each(courtActKinds)('the answer that the flow makes of a case (%s) fits the format', async (kind) => {
  const mapping = set.commands().find((m) => m.kind === answerDebtInquiry.kind) as CommandMapping;
  const documents = { fetch: async () => '0192f0c4-7a1b-7c3d-8e4f-791612345670' };
  const courtCase = CourtCase.parse({
    account: '0192f0c4-7a1b-7c3d-8e4f-000000000001',
    debtor: { lastName: 'Тестов', firstName: 'Тест' },
    stage: 'ordered',
    amount: { amount: '5000.00', currency: 'RUB' },
    act: { kind, number: '2-17/2026', pronouncedOn: '2026-03-01', inForceOn: '2026-04-01' },
    files: [{ key: 'Файл', name: 'act.pdf' }],
  });
  const found = { record: {} as StoredRecord, courtCase };
  const answer = { hasDebt: true, executor: '000000b0-0000-4000-8000-000000000000', found };
  const inquiry = '0192f0c4-7a1b-7c3d-8e4f-000000000002';
  const payload = await answerPayload({ documents } as unknown as DebtInquiryOptions, 'uk', inquiry, answer);
  const scope = { timezone: 'Europe/Moscow', nativeKey: () => GUID };
  expect(messageOf(mapping, { ...payload, transportGuid: GUID }, scope)).toMatch(/type>\s*<[^>]*Code>[123]</);
});

testWithFacts('what every example writes is valid by the official schemas', 'giszhkh', (facts) => {
  const messages = set.commands().flatMap(messagesOf);
  const said = saidByXmllint(
    facts,
    messages.map((m) => m.xml),
  );
  expect(messages.map(({ name }, i) => ({ name, said: said[i] })).filter((m) => m.said !== '')).toEqual([]);
});
