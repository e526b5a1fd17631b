import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import type { Appeal } from '../../canonical/entities/appeal.ts';
import { entities } from '../../canonical/registry.ts';
import { giszhkh } from '../../connectors/giszhkh/connector.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { exampleId } from '../../mappings/test-mapping.ts';
import { DAY, everyOperation } from './every-operation.ts';
import { type RecordedRun, recordedRun } from './recorded-run.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const withFacts = facts ? test : test.skip;
const set = await loadMappings(builtInFolder('giszhkh'), { entities, commands });
let run: RecordedRun;

beforeAll(async () => {
  if (!facts) return;
  run = await recordedRun(facts);
  await everyOperation(run);
}, 60_000);
afterAll(() => run?.close());

/** Records as the hub keeps them, of what the stand-in has after every operation was done once. */
async function pulled(name: string): Promise<Record<string, unknown>[]> {
  const mapping = set.get(name);
  if (!mapping) throw new Error(`Nothing reads ${name}.`);
  const scope = {
    timezone: 'Europe/Moscow',
    asOf: new Date(),
    resolve: (entity: string, key: string) => exampleId(entity, key),
    lookup: () => undefined,
  };
  const records: Record<string, unknown>[] = [];
  for await (const page of giszhkh.pull?.pages(run.ctx, mapping.source, null, {}) ?? [])
    for (const { key, data } of page.records)
      for (const part of mapping.parts(key, data)) {
        if (mapping.asynchronous) await mapping.prepare(part.native);
        records.push(entities.get(name)?.schema.parse(mapping.read(part.native, scope)) as Record<string, unknown>);
      }
  return records;
}

withFacts('an appeal is read with all that was done with it', async () => {
  const [appeal] = (await pulled('Appeal')) as unknown as Appeal[];
  expect(appeal).toMatchObject({
    status: 'executed',
    applicant: { lastName: 'Тестов' },
    apartment: '1',
    text: 'В подъезде не горит свет.',
    redirected: true,
    prolonged: true,
    answerBy: '2026-12-20',
  });
  expect(appeal?.history.map((h) => [h.prolongedUntil, h.redirectedTo !== null, h.answer])).toEqual([
    ['2026-12-20', false, null],
    [null, true, null],
    [null, false, 'Лампа заменена.'],
  ]);
});

withFacts('payments are read week by week, with how far they are matched', async () => {
  const before = run.log.length;
  const payments = await pulled('PaymentNotification');
  expect(payments).toMatchObject([
    { paidOn: DAY, amount: { amount: '1540.20' }, status: 'cancelled', settled: { amount: '0.00' } },
  ]);
  const asked = run.log.slice(before).flatMap(({ request }) => {
    const [, from] = /<[a-z]+:DateFrom>([\d-]+)</.exec(request ?? '') ?? [];
    return from ? [Date.parse(from)] : [];
  });
  // Nine weeks without a gap, today in the last of them.
  expect(asked.length).toBe(9);
  for (const [i, from] of asked.entries()) if (i > 0) expect(from - (asked[i - 1] ?? 0)).toBe(7 * 86_400_000);
  const today = Date.parse(new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10));
  expect(today - (asked.at(-1) ?? 0)).toBe(6 * 86_400_000);
});

withFacts('debts of the register and management contracts are read', async () => {
  expect(await pulled('CourtDebt')).toMatchObject([
    { actNumber: '2-1043/2026', debtor: { lastName: 'Тестов' }, status: 'published', repaid: true },
  ]);
  const contracts = await pulled('ManagementContract');
  expect(contracts).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        number: '12-У',
        status: 'terminated',
        objects: [expect.objectContaining({ from: '2026-02-01' })],
      }),
      expect.objectContaining({ status: 'approved' }),
    ]),
  );
});
