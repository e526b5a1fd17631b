import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putInquiry, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
const INQUIRY = '0192f0c4-7a1b-7c3d-8e4f-791612345679';

beforeAll(async () => {
  t = await startTestHub({ accounts: 200 });
  await putInquiry(t, INQUIRY);
  await t.hub.sync.run({ instance: 'onec-main' });
}, 120_000);
afterAll(() => t.stop());

test('court cases come from 1C with what they lack left unknown, and without the content of their documents', async () => {
  const all = (await t.call('GET', '/v1/court-cases?limit=500')).body.items as Record<string, unknown>[];
  expect(all.length).toBeGreaterThan(10);
  const stages = new Set(all.map((c) => c.stage));
  for (const stage of ['ordered', 'enforcement', 'pretrial']) expect(stages).toContain(stage);
  const acts = all.filter((c) => (c.files as unknown[]).length > 0);
  expect(acts.length).toBeGreaterThan(3);
  expect(acts[0]).toMatchObject({
    account: expect.any(String),
    debtor: { lastName: expect.any(String), firstName: expect.any(String) },
    amount: { amount: expect.stringMatching(/^\d+\.\d{2}$/), currency: 'RUB' },
    act: { kind: 'order', pronouncedOn: expect.any(String) },
    files: [{ key: 'Файл', name: expect.stringMatching(/^akt-\d+\.pdf$/), contentType: 'application/octet-stream' }],
  });
  const { rows } = await t.hub.store.db.query(
    `select count(*) as n from record where entity = 'CourtCase' and (native::text like '%Base64%' or canonical::text like '%JVBERi%')`,
  );
  expect(Number(rows[0]?.n)).toBe(0);
  const [one] = acts;
  const by = await t.call('GET', `/v1/court-cases?account=${String(one?.account)}`);
  expect(by.body.items.map((c: { id: string }) => c.id)).toContain(one?.id);
});

test('a document is fetched when it is needed, within its limit, and of nothing but an attribute of one object', async () => {
  const all = (await t.call('GET', '/v1/court-cases?limit=500')).body.items as {
    source: { key: string };
    files: unknown[];
  }[];
  const withFile = all.find((c) => c.files.length > 0);
  const instance = t.hub.instances.find('onec-main');
  const run = (more: Record<string, unknown> = {}): Promise<Readonly<Record<string, unknown>>> =>
    instance?.connector.queries?.attachment?.run(instance.context({ signal: AbortSignal.timeout(10_000) }), {
      source: { set: 'Catalog_УПЖКХ_СудебныеДела' },
      key: withFile?.source.key,
      attribute: 'Файл',
      ...more,
    }) as Promise<Readonly<Record<string, unknown>>>;
  const { content, contentType } = await run();
  expect(Buffer.from(content as Uint8Array).toString('utf8')).toMatch(/^%PDF-1\.4\n% Судебный акт/);
  expect(contentType).toBe('application/octet-stream');
  await expect(run({ maxBytes: 10 })).rejects.toMatchObject({ code: 'ONEC_ATTACHMENT_TOO_LARGE' });
  await expect(run({ key: "x' or 1 eq 1" })).rejects.toMatchObject({ code: 'ONEC_ATTACHMENT_NAME' });
  await expect(run({ attribute: 'Файл,Код' })).rejects.toMatchObject({ code: 'ONEC_ATTACHMENT_NAME' });
  await expect(run({ key: crypto.randomUUID() })).rejects.toMatchObject({ code: 'ONEC_NOT_FOUND' });
});

test('an answer names its inquiry by the path, needs a key, and has no faults', async () => {
  const path = `/v1/debt-inquiries/${INQUIRY}/answer`;
  const key = { 'Idempotency-Key': 'a-1' };
  const code = async (...args: Parameters<TestHub['call']>): Promise<[number, string]> => {
    const { status, body } = await t.call(...args);
    return [status, body.code];
  };
  const body = { action: 'send', hasDebt: false };
  expect(await code('POST', path, body)).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
  expect(await code('POST', `/v1/debt-inquiries/${crypto.randomUUID()}/answer`, body, key)).toEqual([404, 'NOT_FOUND']);
  // No connector of this hub answers inquiries: everything else was right.
  expect(await code('POST', path, body, key)).toEqual([422, 'NO_ROUTE']);
  for (const [wrong, pointer] of [
    [{ action: 'send' }, '/hasDebt'],
    [{ action: 'send', hasDebt: true }, '/debtors'],
    [{ action: 'revoke', hasDebt: false }, '/action'],
    [{ action: 'send', hasDebt: false, inquiry: INQUIRY }, '/inquiry'],
    [{ action: 'send', hasDebt: false, description: 'a\u0000' }, '/description'],
  ] as const) {
    const answer = await t.call('POST', path, wrong, key);
    expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([400, 'INVALID_BODY', pointer]);
  }
  expect((await t.call('POST', '/v1/debt-inquiries', body, key)).status).toBe(405);
  expect((await t.call('POST', '/v1/debt-inquiries/bulk', [body], key)).status).toBe(405);
});

test('a resident sees neither cases nor inquiries, and flows are for the staff', async () => {
  const account = (await t.call('GET', '/v1/accounts?limit=1')).body.items[0].id as string;
  const made = await t.call('POST', '/v1/keys', { name: 'r', scopes: ['read:*', 'write:*'], accounts: [account] });
  const resident = { authorization: `Bearer ${made.body.key}` };
  expect((await t.call('GET', '/v1/court-cases?limit=500', undefined, resident)).body.items).toEqual([]);
  expect((await t.call('GET', '/v1/debt-inquiries', undefined, resident)).body.items).toEqual([]);
  expect((await t.call('GET', `/v1/debt-inquiries/${INQUIRY}`, undefined, resident)).status).toBe(404);
  expect((await t.call('GET', '/v1/flows', undefined, resident)).status).toBe(403);
  expect((await t.call('GET', `/v1/debt-inquiries/${INQUIRY}/decision`, undefined, resident)).status).toBe(403);
  const answer = await t.call(
    'POST',
    `/v1/debt-inquiries/${INQUIRY}/answer`,
    { action: 'send', hasDebt: false },
    { ...resident, 'Idempotency-Key': 'r-1' },
  );
  expect(answer.status).toBe(404);
  expect((await t.call('GET', '/v1/debt-inquiries?responseStatus=notSent&dueBy=2026-12-01')).body.items).toHaveLength(
    1,
  );
  expect((await t.call('GET', '/v1/debt-inquiries?dueBy=2026-11-30')).body.items).toEqual([]);
  expect((await t.call('GET', '/v1/flows')).body).toEqual({ items: [] });
});
