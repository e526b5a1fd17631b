import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, CONTROL_KEY, eventually, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
let key: string;
let meter: { id: string };
let account: { id: string; number: string };
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  t.call(method, path, body, { authorization: `Bearer ${key}`, ...headers });
const text = { channel: 'sms', to: '+79160000001', text: 'Здравствуйте' };
let serial = 0;
const message = (more: object = {}) => ({
  channel: 'sms',
  to: `+7916${String(5_000_000 + ++serial)}`,
  text: `Текст ${serial}`,
  ...more,
});

beforeAll(async () => {
  t = await startTestHub();
  key = (await t.call('POST', '/v1/keys', { name: 'test', scopes: ['*'] })).body.key;
  await t.hub.sync.run({ instance: 'onec-main' });
  meter = (await call('GET', '/v1/meters?limit=1')).body.items[0];
  account = (await call('GET', '/v1/accounts?limit=1')).body.items[0];
}, 90_000);
afterAll(() => t.stop(), 30_000);

describe('reading', () => {
  test('the whole company came in, nothing in quarantine', async () => {
    const counts: Record<string, number> = {};
    for (const resource of [
      'complexes',
      'buildings',
      'premises',
      'accounts',
      'customers',
      'residences',
      'meters',
      'meter-readings',
      'charges',
      'payments',
      'debts',
    ])
      counts[resource] = (await call('GET', `/v1/${resource}?count=true&limit=1`)).body.total;
    expect(counts).toMatchObject({ complexes: 1, buildings: 2, premises: 40, accounts: 40, charges: 960, debts: 40 });
    expect(Object.values(counts).every((n) => n > 0)).toBe(true);
    expect((await call('GET', '/v1/quarantine')).body.items).toEqual([]);
  });

  test('pages by cursor give every record once', async () => {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await call('GET', `/v1/accounts?limit=7${cursor}`)).body;
      ids.push(...page.items.map((i: { id: string }) => i.id));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(new Set(ids).size).toBe(40);
    expect(ids.length).toBe(40);
  });

  test('an account is found by its number, a customer by a phone in any form, though both are encrypted', async () => {
    expect(
      (await call('GET', `/v1/accounts?number=${account.number}`)).body.items.map((a: { id: string }) => a.id),
    ).toEqual([account.id]);
    const customers = (await call('GET', '/v1/customers?limit=100')).body.items as { id: string; phones: string[] }[];
    const known = customers.find((c) => c.phones.length > 0) as { id: string; phones: [string] };
    const spelled = known.phones[0].replace('+7', '8 (').replace(/^(8 \(\d{3})/, '$1) ');
    expect(
      (await call('GET', `/v1/customers?phone=${encodeURIComponent(spelled)}`)).body.items.map(
        (c: { id: string }) => c.id,
      ),
    ).toContain(known.id);
    const { rows } = await t.hub.store.db.query(
      `select canonical::text || coalesce(native::text, '') as open from record where entity in ('Customer', 'PersonalAccount')`,
    );
    const open = JSON.stringify(rows);
    expect(open).not.toContain(known.phones[0].slice(2));
    expect(open).not.toContain(account.number);
  });

  test('an ETag saves the answer, an unknown id is not there', async () => {
    const first = await call('GET', `/v1/accounts/${account.id}`);
    expect(
      (await call('GET', `/v1/accounts/${account.id}`, undefined, { 'if-none-match': first.headers.get('etag') ?? '' }))
        .status,
    ).toBe(304);
    expect((await call('GET', '/v1/accounts/0192f0c4-7a1b-7c3d-8e4f-791612345670')).status).toBe(404);
    expect((await call('GET', '/v1/accounts/nonsense')).status).toBe(404);
  });

  test.each([
    ['/v1/accounts?limit=0', 'INVALID_QUERY', '?limit'],
    ['/v1/accounts?cursor=bm9uc2Vuc2U', 'BAD_CURSOR', '?cursor'],
    ['/v1/accounts?stat=open', 'INVALID_QUERY', '?stat'],
    ['/v1/accounts?state=perhaps', 'INVALID_QUERY', '?state'],
    ['/v1/operations?status=gone', 'INVALID_QUERY', '?status'],
    ['/v1/changes?after=x', 'INVALID_QUERY', '?after'],
  ])('%s is %s and names the parameter', async (path, code, pointer) => {
    const { status, body, headers } = await call('GET', path);
    expect([status, body.code, body.errors[0].pointer]).toEqual([400, code, pointer]);
    expect(headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('a text message', () => {
  test('goes out once, is waited for, and its delivery comes back', async () => {
    const sent = await call('POST', '/v1/messages', message({ account: account.id }), { prefer: 'wait=20' });
    expect(sent.status).toBe(200);
    expect(sent.body).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      result: { segments: 1, cost: { amount: '4.50' } },
    });
    expect(sent.headers.get('preference-applied')).toBe('wait=20');
    t.sms.clock.advance(10_000);
    const delivered = await eventually(
      () => call('GET', `/v1/messages/${sent.body.id}`),
      (m) => m.body.status === 'delivered',
    );
    expect(delivered.body).toMatchObject({ segments: 1, account: account.id, deliveredAt: expect.any(String) });
  }, 40_000);

  test('a delivery report is believed by its hash, and the same one twice is one event', async () => {
    const sent = await call('POST', '/v1/messages', message(), { prefer: 'wait=20' });
    const form = (hash: string) =>
      new URLSearchParams({
        id: String(sent.body.result.upstreamId),
        phone: sent.body.payload.to.slice(1),
        status: '20',
        ts: '1790000000',
        md5: hash,
      }).toString();
    const hash = createHash('md5')
      .update(`${sent.body.payload.to.slice(1)}:${sent.body.result.upstreamId}:20:callback-secret`)
      .digest('hex');
    const post = (body: string) =>
      fetch(`${t.hub.url}/hooks/sms-main`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await post(form('0'.repeat(32)))).status).toBe(401);
    expect((await call('GET', `/v1/messages/${sent.body.id}`)).body.status).toBe('accepted');
    expect(await (await post(form(hash))).text()).toBe('OK');
    expect((await post(form(hash))).status).toBe(200);
    expect((await call('GET', `/v1/messages/${sent.body.id}`)).body.status).toBe('undelivered');
    const changes = await eventually(
      () => call('GET', '/v1/changes?limit=1000'),
      (c) => c.body.items.some((e: { entityId: string }) => e.entityId === sent.body.id),
    );
    expect(
      changes.body.items.filter(
        (e: { entityId: string; type: string }) => e.entityId === sent.body.id && e.type === 'message.undelivered',
      ),
    ).toHaveLength(1);
  }, 40_000);

  test('is shown with parts and price before it is sent, and nothing is sent', async () => {
    const before = t.sms.effects.report();
    expect((await call('POST', '/v1/messages?dryRun=true', message({ text: 'я'.repeat(71) }))).body).toMatchObject({
      encoding: 'ucs2',
      segments: 2,
      cost: { amount: '9.00' },
    });
    expect(t.sms.effects.report()).toEqual(before);
  });

  test('from a template is found again by the document of the caller', async () => {
    const reference = 'c0ffee00-0000-4000-8000-000000000001';
    const items = [1, 2].map((n) => ({
      ...message(),
      text: undefined,
      template: 'payment-due',
      variables: { account: String(n), amount: '10,00', dueDate: '10.12.2026' },
      reference,
      idempotencyKey: `doc-${n}`,
    }));
    const first = await call('POST', '/v1/messages/bulk', items);
    expect(first.body).toMatchObject({ accepted: 2, rejected: 0 });
    expect((await call('POST', '/v1/messages/bulk', items)).body.items).toEqual(
      first.body.items.map((i: object) => ({ ...i, replayed: true })),
    );
    const found = (await call('GET', `/v1/messages?reference=${reference}`)).body.items;
    expect(
      found.map((m: { variables: { account: string }; purpose: string }) => [m.variables.account, m.purpose]).sort(),
    ).toEqual([
      ['1', 'debt'],
      ['2', 'debt'],
    ]);
  });
});

describe('a meter reading', () => {
  test('lands in 1C as a posted document that carries the operation id, and comes back with the next pull', async () => {
    const value = '95000.125';
    const sent = await call(
      'POST',
      '/v1/meter-readings',
      { meter: meter.id, readAt: new Date().toISOString(), values: [value] },
      { prefer: 'wait=20' },
    );
    expect(sent.body).toMatchObject({ status: 'succeeded', subject: `meter:${meter.id}` });
    expect(t.onec.effects.report()['readings.posted']).toEqual({ count: 1, distinct: 1 });
    await t.hub.sync.run({ instance: 'onec-main', entity: 'MeterReading' });
    const readings = (await call('GET', `/v1/meter-readings?meter=${meter.id}`)).body.items as { values: string[] }[];
    expect(readings.map((r) => r.values[0])).toContain(value);
  }, 40_000);

  test('below the previous one is refused by 1C in its own words', async () => {
    const sent = await call(
      'POST',
      '/v1/meter-readings',
      { meter: meter.id, readAt: '2026-11-24', values: ['0.001'] },
      { prefer: 'wait=20' },
    );
    expect(sent.body).toMatchObject({
      status: 'failed',
      error: { kind: 'rejected', message: expect.stringContaining('Показание меньше предыдущего'), retryable: false },
    });
  }, 40_000);

  test('of a meter that 1C does not know is refused and says so', async () => {
    const sent = await call(
      'POST',
      '/v1/meter-readings',
      { meter: '0192f0c4-7a1b-7c3d-8e4f-791612345670', readAt: '2026-11-24', values: ['1'] },
      { prefer: 'wait=20' },
    );
    expect(sent.body.error).toMatchObject({ code: 'MAPPING_VALUE', message: expect.stringContaining('Meter') });
  }, 40_000);
});

describe('bad input', () => {
  test.each([
    ['an unknown field', { ...text, txt: 1 }, '/txt', "did you mean 'text'"],
    ['a wrong type', { ...text, to: 5 }, '/to', 'string'],
    ['a missing field', { channel: 'sms', text: 'a' }, '/to', 'required'],
    ['a landline', { ...text, to: '+74951234567' }, '/to', 'landline'],
    ['text and template', { ...text, template: 'payment-due' }, '/text', 'either'],
    ['an instant without zone', { ...text, notBefore: '2026-11-24T10:00:00' }, '/notBefore', 'zone'],
  ])('%s is refused by name', async (_what, body, pointer, part) => {
    const answer = await call('POST', '/v1/messages', body);
    expect([answer.status >= 400 && answer.status < 500, answer.body.errors[0].pointer]).toEqual([true, pointer]);
    expect(answer.body.errors[0].message).toContain(part);
  });

  test('broken JSON tells its place, deep nesting and 11 MB are refused', async () => {
    expect((await call('POST', '/v1/messages', '{"channel": sms}')).body).toMatchObject({
      code: 'BROKEN_JSON',
      status: 400,
    });
    expect((await call('POST', '/v1/messages', `${'['.repeat(100)}${']'.repeat(100)}`)).body.code).toBe(
      'BODY_TOO_DEEP',
    );
    expect(
      await call('POST', '/v1/messages', JSON.stringify({ ...text, text: 'a'.repeat(11 * 1024 * 1024) })),
    ).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
  });

  test('10,001 items are refused whole, one bad item among 1,000 holds nobody back', async () => {
    const before = (await t.hub.store.db.query('select 1 from operation')).count;
    const many = Array.from({ length: 10_001 }, () => ({ channel: 'sms', to: '+79160000001', text: 'a' }));
    expect(await call('POST', '/v1/messages/bulk', many)).toMatchObject({
      status: 413,
      body: { code: 'TOO_MANY_ITEMS' },
    });
    expect((await t.hub.store.db.query('select 1 from operation')).count).toBe(before);
    const items = Array.from({ length: 1_000 }, () => message({ notBefore: '2099-01-01T00:00:00Z' }));
    (items[500] as { to: string }).to = 'nobody';
    const { body, status } = await call('POST', '/v1/messages/bulk', items);
    expect([status, body.accepted, body.rejected]).toEqual([207, 999, 1]);
    expect(body.items[500].problem.errors[0].pointer).toBe('/500/to');
    expect(body.items.map((i: { index: number }) => i.index)).toEqual(items.map((_, i) => i));
  }, 60_000);

  test('NDJSON is taken line by line', async () => {
    const lines = [
      JSON.stringify(message({ notBefore: '2099-01-01T00:00:00Z' })),
      '{broken',
      JSON.stringify(message({ notBefore: '2099-01-01T00:00:00Z' })),
    ].join('\n');
    const { body } = await call('POST', '/v1/messages/bulk', lines, { 'content-type': 'application/x-ndjson' });
    expect(body.items.map((i: { problem?: { code: string } }) => i.problem?.code ?? 'ok')).toEqual([
      'ok',
      'BROKEN_JSON',
      'ok',
    ]);
  });

  test('the same key gives the first answer, with another body it is a conflict, from another client it is another operation', async () => {
    const body = message({ notBefore: '2099-01-01T00:00:00Z' });
    const first = await call('POST', '/v1/messages', body, { 'idempotency-key': 'k-1' });
    const again = await call('POST', '/v1/messages', body, { 'idempotency-key': 'k-1' });
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.body.id,
      'true',
    ]);
    expect(await call('POST', '/v1/messages', { ...body, text: 'other' }, { 'idempotency-key': 'k-1' })).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_CONFLICT' },
    });
    const other = await t.call('POST', '/v1/messages', body, { 'idempotency-key': 'k-1' });
    expect(other.body.id).not.toBe(first.body.id);
    expect((await call('POST', '/v1/messages', body, { 'idempotency-key': 'a b' })).body.code).toBe(
      'IDEMPOTENCY_KEY_INVALID',
    );
  });

  test('an operation that waits can be cancelled, one that is over cannot', async () => {
    const waiting = await call('POST', '/v1/messages', message({ notBefore: '2099-01-01T00:00:00Z' }));
    expect(waiting.body).toMatchObject({
      status: 'waiting',
      waitingFor: 'time',
      waitingUntil: '2099-01-01T00:00:00.000Z',
    });
    expect((await call('POST', `/v1/operations/${waiting.body.id}/cancel`)).body.status).toBe('cancelled');
    expect((await call('GET', `/v1/messages/${waiting.body.id}`)).body.status).toBe('cancelled');
    expect((await call('POST', `/v1/operations/${waiting.body.id}/cancel`)).body).toMatchObject({
      status: 409,
      code: 'OPERATION_NOT_CANCELLABLE',
    });
  });
});

describe('who may', () => {
  const made = async (body: object): Promise<{ id: string; key: string }> =>
    (await t.call('POST', '/v1/keys', { name: 'x', ...body })).body;
  const as = (k: string, method: string, path: string, body?: unknown) =>
    t.call(method, path, body, { authorization: `Bearer ${k}` });

  test('nobody without a key, with a wrong one, or with a revoked one', async () => {
    expect((await t.call('GET', '/v1/accounts', undefined, { authorization: '' })).body.code).toBe('MISSING_KEY');
    expect((await as('hub_wrongwrongwrong', 'GET', '/v1/accounts')).status).toBe(401);
    const k = await made({ scopes: ['read:accounts'] });
    expect((await as(k.key, 'GET', '/v1/accounts')).status).toBe(200);
    expect((await as(k.key, 'GET', '/v1/customers')).body.code).toBe('SCOPE_MISSING');
    expect((await t.call('DELETE', `/v1/keys/${k.id}`)).status).toBe(204);
    expect((await as(k.key, 'GET', '/v1/accounts')).status).toBe(401);
  });

  test('another organisation sees nothing of ours', async () => {
    const k = await made({ scopes: ['*'], organisation: 'other' });
    expect((await as(k.key, 'GET', '/v1/accounts?count=true')).body).toMatchObject({ items: [], total: 0 });
    expect((await as(k.key, 'GET', `/v1/accounts/${account.id}`)).status).toBe(404);
    expect((await as(k.key, 'GET', '/v1/operations')).body.items).toEqual([]);
    expect((await as(k.key, 'GET', '/v1/changes')).body.items).toEqual([]);
    expect((await as(k.key, 'GET', '/v1/connectors')).body.items).toEqual([]);
    expect((await as(k.key, 'POST', '/v1/connectors/onec-main/sync', {})).body.code).toBe('UNKNOWN_INSTANCE');
    expect((await as(k.key, 'POST', '/v1/messages', text)).body.code).toBe('NO_ROUTE');
    expect((await as(k.key, 'POST', '/v1/keys', { name: 'y', scopes: ['*'], organisation: 'uk' })).body.code).toBe(
      'SCOPE_MISSING',
    );
  });

  test('a resident sees only their own account and what belongs to it', async () => {
    const k = await made({ scopes: ['read:*', 'write:*'], accounts: [account.id] });
    expect((await as(k.key, 'GET', '/v1/accounts')).body.items.map((a: { id: string }) => a.id)).toEqual([account.id]);
    const charges = (await as(k.key, 'GET', '/v1/charges?limit=500')).body.items as { account: string }[];
    expect(new Set(charges.map((c) => c.account))).toEqual(new Set([account.id]));
    for (const hidden of ['customers', 'buildings'])
      expect((await as(k.key, 'GET', `/v1/${hidden}`)).body.items).toEqual([]);
    const neighbour = (await call('GET', '/v1/accounts?limit=2')).body.items[1].id;
    expect((await as(k.key, 'GET', `/v1/accounts/${neighbour}`)).status).toBe(404);
    expect((await as(k.key, 'POST', '/v1/messages', { ...text, account: neighbour })).body.code).toBe('SCOPE_MISSING');
  });

  test('a key has its rate', async () => {
    const k = await made({ scopes: ['read:*'], ratePerMinute: 3 });
    const statuses = [];
    for (let i = 0; i < 8; i++) statuses.push((await as(k.key, 'GET', '/v1/templates')).status);
    expect(statuses).toContain(429);
  });
});

describe('the face of the hub', () => {
  test('every route declares a scope, and the document lists every route', async () => {
    const { body } = await t.call('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const operations = Object.entries(body.paths as Record<string, Record<string, { 'x-scope': string }>>).flatMap(
      ([path, methods]) => Object.entries(methods).map(([m, o]) => [`${m} ${path}`, o['x-scope']] as const),
    );
    expect(operations.length).toBeGreaterThan(40);
    for (const [name, scope] of operations)
      expect([name, scope]).toEqual([
        name,
        expect.stringMatching(
          /^(public|any key|admin|audit|operations|approve|tasks|reconciliations|(read|write):[a-z-]+)$/,
        ),
      ]);
    const open = operations.filter(([, scope]) => scope === 'public').map(([name]) => name);
    expect(open.sort()).toEqual([
      'get /console',
      'get /console/{file}',
      'get /docs',
      'get /docs/pictures/{file}',
      'get /docs/{folder}/{name}',
      'get /docs/{name}',
      'get /health/live',
      'get /health/ready',
      'get /hooks/{instance}',
      'get /metrics',
      'get /openapi.json',
      // Texts of the hub alone; the console explains a refused sign-in by them.
      'get /v1/advice',
      'post /hooks/{instance}',
    ]);
  });

  test('every route but the public ones refuses a caller without a key', async () => {
    const { body } = await t.call('GET', '/openapi.json');
    for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, { 'x-scope': string }>>)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation['x-scope'] === 'public') continue;
        const answer = await t.call(
          method.toUpperCase(),
          path.replace(/\{[a-z]+\}/g, '0192f0c4-7a1b-7c3d-8e4f-791612345670'),
          method === 'post' ? {} : undefined,
          { authorization: '' },
        );
        expect([method, path, answer.status]).toEqual([method, path, 401]);
      }
    }
  });

  test('a wrong address and a wrong method are told apart', async () => {
    expect((await call('GET', '/v1/nothing')).body.code).toBe('NOT_FOUND');
    const wrong = await call('DELETE', '/v1/accounts');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('the change feed is numbered without a gap', async () => {
    const { body } = await call('GET', '/v1/changes?limit=1000');
    expect(body.items.map((e: { no: number }) => e.no)).toEqual(body.items.map((_: unknown, i: number) => i + 1));
    expect(body.items.map((e: { type: string }) => e.type)).toContain('accounts.loaded');
  });

  test('connectors tell their health, and a paused one holds its operations', async () => {
    const { body } = await call('GET', '/v1/connectors');
    expect(body.items.map((c: { instance: string; health: { ok: boolean } }) => [c.instance, c.health.ok])).toEqual([
      ['onec-main', true],
      ['sms-main', true],
    ]);
    await call('POST', '/v1/connectors/sms-main/pause', { reason: 'maintenance' });
    const held = await call('POST', '/v1/messages', message());
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await call('GET', `/v1/operations/${held.body.id}`)).body.status).toBe('accepted');
    await call('POST', '/v1/connectors/sms-main/resume');
    await eventually(
      () => call('GET', `/v1/operations/${held.body.id}`),
      (o) => o.body.status === 'succeeded',
    );
  }, 40_000);

  test('no log line holds a phone, a text or a key', () => {
    const log = t.lines.join('\n');
    expect(log.match(/7916(0000001|50\d{5})/)).toBeNull();
    for (const secret of ['Здравствуйте', key, CONTROL_KEY]) expect(log.includes(secret)).toBe(false);
  });
});

describe('sync', () => {
  test('a record that breaks the mapping goes to quarantine and comes back when it is mended', async () => {
    const control = (body: object) =>
      fetch(`${t.onec.url}/__sim/objects`, {
        method: 'POST',
        body: JSON.stringify({ set: 'Catalog_КВП_ЛицевыеСчета', ...body }),
      }).then((r) => r.json());
    const source = (await call('GET', `/v1/accounts/${account.id}`)).body.source.key as string;
    await control({ action: 'corrupt', key: source, body: { Закрыт: 'возможно' } });
    await t.hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount' });
    const [entry] = (await call('GET', '/v1/quarantine')).body.items;
    expect(entry).toMatchObject({
      entity: 'PersonalAccount',
      nativeKey: source,
      field: 'state',
      reason: expect.stringContaining('возможно'),
    });
    expect((await call('GET', `/v1/accounts/${account.id}`)).status).toBe(200);
    await control({ action: 'corrupt', key: source, body: { Закрыт: true } });
    await t.hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount' });
    expect((await call('GET', '/v1/quarantine')).body.items).toEqual([]);
    expect((await call('GET', `/v1/accounts/${account.id}`)).body.state).toBe('closed');
  }, 40_000);

  test('when many accounts are suddenly hidden nothing is removed and a person is asked', async () => {
    await fetch(`${t.onec.url}/__sim/hide`, {
      method: 'POST',
      body: JSON.stringify({ set: 'Catalog_КВП_ЛицевыеСчета', share: 0.5 }),
    });
    const [progress] = await t.hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount', full: true });
    expect(progress?.held?.of).toBe(40);
    expect((await call('GET', '/v1/accounts?count=true&limit=1')).body.total).toBe(40);
    await fetch(`${t.onec.url}/__sim/hide`, {
      method: 'POST',
      body: JSON.stringify({ set: 'Catalog_КВП_ЛицевыеСчета', share: 0 }),
    });
  }, 40_000);
});
