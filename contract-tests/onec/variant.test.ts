import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { companyOf } from '../hub/company.ts';
import { startTestHub, type TestHub } from '../hub/harness.ts';

/**
 * Another configuration of 1C (other names, addresses in a catalog of their own, readings in an independent register):
 * the same hub with other YAML files gives the same company.
 */

let standard: TestHub;
let variant: TestHub;
beforeAll(async () => {
  standard = await startTestHub({ accounts: 60 });
  variant = await startTestHub({
    accounts: 60,
    configuration: 'variant',
    mappings: fileURLToPath(new URL('../../mappings/onec-variant', import.meta.url)),
  });
  await standard.hub.sync.run({ instance: 'onec-main' });
  await variant.hub.sync.run({ instance: 'onec-main' });
}, 120_000);
afterAll(async () => {
  await standard.stop();
  await variant.stop();
});

const told = (t: TestHub) => companyOf(async (path) => (await t.call('GET', path)).body);

describe('a renamed and restructured configuration', () => {
  test('publishes none of the names that the standard mappings use', async () => {
    const xml = await (
      await fetch(`${variant.onec.url}/uk/odata/standard.odata/$metadata`, {
        headers: { authorization: `Basic ${Buffer.from('hub:hub-sandbox').toString('base64')}` },
      })
    ).text();
    for (const name of [
      'Catalog_КВП_ЛицевыеСчета',
      'ЗаводскойНомер',
      'Document_УПЖКХ_ВводПоказанийСчетчиков',
      'АдресФИАС',
    ])
      expect(xml).not.toContain(name);
    expect(xml).toContain('Catalog_Абоненты');
    expect((await variant.call('POST', '/v1/mappings/onec-main/check')).body.items).toEqual(
      expect.arrayContaining([expect.objectContaining({ faults: [] })]),
    );
  });

  test('gives the same company through other YAML files', async () => {
    const [a, b] = [await told(standard), await told(variant)];
    expect(Object.keys(b)).toEqual(Object.keys(a));
    // Of ГИС ЖКХ, and what the variant has no file for.
    const others = [
      'debt-inquiries',
      'payment-documents',
      'court-cases',
      'court-debts',
      'management-contracts',
      'payment-notifications',
      'appeals',
      'messages',
    ];
    const compared = Object.keys(a).filter((resource) => !others.includes(resource));
    expect(compared.length).toBeGreaterThan(10);
    for (const resource of compared) {
      expect(a[resource]?.length).toBeGreaterThan(0);
      expect([resource, b[resource]]).toEqual([resource, a[resource]]);
    }
  });

  const submit = async (values: string[], meter: string, readAt: string) =>
    variant.call('POST', '/v1/meter-readings', { meter, readAt, values, source: 'mobile-app' }, { prefer: 'wait=15' });
  const posted = async (): Promise<{ count: number; distinct: number }> =>
    (
      (await (await fetch(`${variant.onec.url}/__sim/effects`)).json()) as Record<
        string,
        { count: number; distinct: number }
      >
    )['readings.posted'] ?? { count: 0, distinct: 0 };

  test('takes a reading as a record of the register, once, though the answer is lost', async () => {
    const [meter] = (await variant.call('GET', '/v1/meters?limit=1')).body.items;
    await fetch(`${variant.onec.url}/__sim/faults`, {
      method: 'POST',
      body: JSON.stringify({
        fault: 'cut-after-commit',
        rate: 1,
        times: 1,
        method: 'POST',
        match: 'InformationRegister',
      }),
    });
    const { body } = await submit(['999999.5'], meter?.id ?? '', '2026-11-21T10:00:00+03:00');
    expect(body).toMatchObject({ status: 'succeeded' });
    const { attempts } = (await variant.call('GET', `/v1/operations/${body.id}`)).body;
    expect(attempts.map((a: { action: string; outcome: string }) => `${a.action} ${a.outcome}`)).toEqual([
      'send uncertain',
      'reconcile happened',
    ]);
    expect(body.result.record).toMatchObject({ Period: '2026-11-21T10:00:00' });
    expect(await posted()).toEqual({ count: 1, distinct: 1 });
    await variant.hub.sync.run({ instance: 'onec-main', entity: 'MeterReading' });
    const { items } = (await variant.call('GET', `/v1/meter-readings?meter=${meter?.id}`)).body;
    expect(items.map((i: { values: string[] }) => i.values)).toContainEqual(['999999.500']);
  });

  test('tells a refusal of 1C and a record that is there already', async () => {
    const [meter] = (await variant.call('GET', '/v1/meters?limit=1')).body.items;
    const lower = await submit(['1'], meter?.id ?? '', '2026-11-22T10:00:00+03:00');
    expect(lower.body).toMatchObject({ status: 'failed', error: { code: 'ONEC_CONFIGURATION' } });
    expect(lower.body.error.message).toContain('меньше предыдущего');
    const twice = await submit(['999999.7'], meter?.id ?? '', '2026-11-21T10:00:00+03:00');
    expect(twice.body).toMatchObject({ status: 'failed' });
    expect(await posted()).toEqual({ count: 1, distinct: 1 });
  });
});
