import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, eventually, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
let account: { id: string; number: string };
let sent: { id: string; payload: { to: string } };
let refused: { id: string };
let foreign: string;
const keys: Record<string, string> = {};
const PHONE = '+79165550101';
const TEXT = 'Уважаемая Мария Ивановна, завтра не будет воды';

const as = (
  who: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => t.call(method, path, body, { authorization: `Bearer ${keys[who]}`, ...headers });

beforeAll(async () => {
  t = await startTestHub();
  const make = async (name: string, more: object): Promise<void> => {
    keys[name] = (await t.call('POST', '/v1/keys', { name, ...more })).body.key;
  };
  await t.hub.sync.run({ instance: 'onec-main' });
  account = (await t.call('GET', '/v1/accounts?limit=1')).body.items[0];
  await make('all', { scopes: ['*'] });
  await make('watcher', { scopes: ['read:operations'] });
  await make('resident', { scopes: ['*'], accounts: [account.id] });
  await make('other', { scopes: ['*'], organisation: 'other' });
  const message = (more: object) => ({ channel: 'sms', to: PHONE, text: TEXT, ...more });
  sent = (
    await as('all', 'POST', '/v1/messages', message({ account: account.id, reference: 'Д-1' }), { prefer: 'wait=20' })
  ).body;
  refused = (await as('all', 'POST', '/v1/messages', message({ sender: 'NOBODY' }), { prefer: 'wait=20' })).body;
  foreign = '0192f0c4-7a1b-7c3d-8e4f-791612345670';
}, 90_000);
afterAll(() => t.stop(), 30_000);

const search = (who: string, body: object): Promise<Answer> => as(who, 'POST', '/v1/operations/search', body);
const ids = (a: Answer): string[] => a.body.items.map((i: { id: string }) => i.id);

describe('who may', () => {
  test.each([
    ['GET', '/v1/overview', undefined],
    ['GET', '/v1/stats', undefined],
    ['POST', '/v1/operations/search', { q: 'x' }],
    ['GET', '/v1/operations/masked', undefined],
    ['GET', '/v1/operations/causes', undefined],
    ['POST', '/v1/operations/bulk', { action: 'retry', filter: { status: 'dead' } }],
    ['GET', '/v1/operations/bulk', undefined],
    ['GET', '/v1/schedules', undefined],
    ['GET', '/v1/mappings', undefined],
    ['GET', '/v1/operations/SENT/life', undefined],
    ['GET', '/v1/operations/SENT/replay', undefined],
    ['POST', '/v1/operations/SENT/replay', { fingerprint: 'x' }],
  ] as const)('%s %s is refused to a resident, whatever the scopes of the key', async (method, path, body) => {
    const { status, body: problem } = await as('resident', method, path.replace('SENT', sent.id), body);
    expect([status, problem.code]).toEqual([403, 'SCOPE_MISSING']);
  });

  test('another organisation finds nothing, and an id of ours is the same 404 as none', async () => {
    expect((await as('other', 'GET', '/v1/operations/masked')).body.items).toEqual([]);
    expect((await search('other', { q: PHONE })).body.items).toEqual([]);
    expect((await search('other', { q: sent.id })).body.items).toEqual([]);
    expect((await as('other', 'GET', '/v1/operations/causes?status=failed')).body.items).toEqual([]);
    expect((await as('other', 'GET', '/v1/overview')).body.connectors).toEqual([]);
    expect((await as('other', 'GET', '/v1/stats')).body.series).toEqual([]);
    expect((await as('other', 'GET', '/v1/mappings')).body.items).toEqual([]);
    for (const path of ['/v1/operations/ID/life', '/v1/operations/ID/replay']) {
      const [ours, none] = [
        await as('other', 'GET', path.replace('ID', sent.id)),
        await as('other', 'GET', path.replace('ID', foreign)),
      ];
      expect([ours.status, ours.body.code, ours.body.detail]).toEqual([404, none.body.code, none.body.detail]);
    }
    const mappings = await as('other', 'GET', '/v1/mappings/onec-main/Meter');
    const nothing = await as('other', 'GET', '/v1/mappings/no-such/Meter');
    expect([mappings.status, mappings.body.detail]).toEqual([404, nothing.body.detail]);
    expect((await as('other', 'POST', '/v1/mappings/preview', { instance: 'onec-main', entity: 'Meter' })).status).toBe(
      404,
    );
    expect((await as('other', 'POST', '/v1/mappings/diff', { instance: 'onec-main', yaml: 'x' })).status).toBe(404);
  });

  test('a key tells its organisation and scopes to whoever holds it, and no key tells nothing', async () => {
    expect((await as('watcher', 'GET', '/v1/me')).body).toMatchObject({
      organisation: { id: 'uk', name: 'УК' },
      scopes: ['read:operations'],
    });
    expect((await t.call('GET', '/v1/me', undefined, { authorization: 'Bearer hub_not_a_key_at_all' })).status).toBe(
      401,
    );
    expect((await as('watcher', 'GET', '/v1/overview')).body.code).toBe('SCOPE_MISSING');
    expect(
      (await as('watcher', 'POST', '/v1/operations/bulk', { action: 'retry', filter: { status: 'dead' } })).status,
    ).toBe(403);
  });
});

describe('finding', () => {
  test.each([
    ['id', () => sent.id, 'id'],
    ['beginning of the id', () => sent.id.slice(0, 13), 'id'],
    ['reference', () => 'Д-1', 'reference'],
    ['phone in any form', () => '8 (916) 555-01-01', 'phone'],
    ['account number', () => account.number, 'account'],
    ['subject', () => `account:${account.id}`, 'subject'],
  ])('by %s', async (_what, q, by) => {
    const { body } = await search('watcher', { q: q() });
    expect(body.items.find((i: { id: string }) => i.id === sent.id)).toMatchObject({ foundBy: by });
  });

  test('by the id that the gateway knows', async () => {
    const { result } = (await as('all', 'GET', `/v1/operations/${sent.id}`)).body;
    expect(ids(await search('watcher', { q: String(result.upstreamId) }))).toContain(sent.id);
  });

  test('phone and text come masked', async () => {
    const { text } = await search('watcher', { q: PHONE });
    expect(text).not.toContain(PHONE.slice(2, 10));
    expect(text).not.toContain('Мария');
    expect(text).toContain('+7916•••01');
  });

  test('by status, kind and connector, in pages that give each once', async () => {
    const list = (query: string): Promise<Answer> => as('watcher', 'GET', `/v1/operations/masked?${query}`);
    expect(ids(await list('status=failed,dead'))).toEqual([refused.id]);
    expect(ids(await list('kind=messages.send&instance=sms-main'))).toEqual([refused.id, sent.id]);
    expect(ids(await list('instance=onec-main'))).toEqual([]);
    expect(ids(await list('code=SMSC_FORBIDDEN&deliveries=without'))).toEqual([refused.id]);
    const first = await list('kind=messages.send&limit=1');
    const second = await list(`kind=messages.send&limit=1&cursor=${first.body.nextCursor}`);
    expect([...ids(first), ...ids(second), second.body.nextCursor]).toEqual([refused.id, sent.id, null]);
    expect(first.text).not.toContain(PHONE.slice(2, 10));
    for (const [query, pointer] of [
      ['status=gone', '?status'],
      ['since=yesterday', '?since'],
      ['deliveries=no', '?deliveries'],
      ['limit=1000', '?limit'],
      [`phone=${encodeURIComponent(PHONE)}`, '?phone'],
    ] as const)
      expect([(await list(query)).status, (await list(query)).body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test('a search is entered in the audit log, without its words', async () => {
    await search('watcher', { q: PHONE });
    const { body, text } = await as('all', 'GET', '/v1/audit?limit=5');
    expect(body.items[0]).toMatchObject({ action: 'operations.search', details: { by: ['phone'] } });
    expect(text).not.toContain(PHONE.slice(2));
  });

  test('neither the phone nor the words reach the log', async () => {
    await search('watcher', { q: PHONE });
    expect(t.lines.join('\n')).not.toContain(PHONE.slice(2));
  });

  test.each([
    [{ q: 'x', status: ['gone'] }, '/status/0'],
    [{ q: 'x', limit: 1000 }, '/limit'],
    [{ q: '' }, '/q'],
    [{ q: 'x', phone: PHONE }, '/phone'],
  ])('%j is refused with the field at fault', async (body, pointer) => {
    const answer = await search('watcher', body);
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
  });
});

describe('the life of an operation', () => {
  test('tells what was sent and answered, with personal data masked, and that it was delivered', async () => {
    t.sms.clock.advance(60_000);
    const life = await eventually(
      () => as('watcher', 'GET', `/v1/operations/${sent.id}/life`),
      (l) => l.body.message?.status === 'delivered',
    );
    expect(life.body).toMatchObject({
      operation: { status: 'succeeded' },
      actions: [],
      attempts: [{ no: 1, action: 'send', outcome: 'done' }],
    });
    expect(life.body.attempts[0].calls[0]).toMatchObject({ method: 'POST', status: 200 });
    expect(life.body.events.map((e: { type: string }) => e.type)).toEqual(
      expect.arrayContaining(['operation.succeeded', 'message.delivered']),
    );
    for (const secret of [PHONE.slice(2), 'Мария', 'hub-sandbox', encodeURIComponent('Мария')])
      expect(life.text).not.toContain(secret);
  });

  test('tells what a person may do', async () => {
    expect((await as('watcher', 'GET', `/v1/operations/${refused.id}/life`)).body.actions).toEqual(['retry', 'replay']);
  });
});

describe('sending anew', () => {
  test('shows what would be sent, sends what was shown, and only once', async () => {
    const made = (
      await as(
        'all',
        'POST',
        '/v1/messages',
        {
          channel: 'sms',
          to: '+79165550102',
          template: 'payment-due',
          variables: { account: '1', amount: '5.00', dueDate: '2026-12-10' },
          sender: 'NOBODY',
        },
        { prefer: 'wait=20' },
      )
    ).body;
    // The template said something else then, and the sender name has been registered since.
    const { db, cipher } = t.hub.store;
    const context = `operation:uk:${made.id}`;
    const { rows } = await db.query<{ personal: Uint8Array }>('select personal from operation where id = $1', [
      made.id,
    ]);
    const personal = JSON.parse(cipher.openText(rows[0]?.personal as Uint8Array, context));
    await db.query(`update operation set personal = $2, payload = payload - 'sender' where id = $1`, [
      made.id,
      cipher.seal(JSON.stringify({ ...personal, text: 'по-старому' }), context),
    ]);
    const before = t.sms.effects.report()['sms.sent']?.count ?? 0;
    const plan = (await as('all', 'GET', `/v1/operations/${made.id}/replay`)).body;
    expect(plan).toMatchObject({ way: 'resubmit', before: { payload: { text: 'по-старому' } }, refused: null });
    expect(plan.after.payload.text).toContain('Задолженность по л/с 1');
    expect(plan.after.request).toMatchObject({ request: { path: '/sys/send.php' } });
    expect(t.sms.effects.report()['sms.sent']?.count ?? 0).toBe(before);

    expect((await as('all', 'POST', `/v1/operations/${made.id}/replay`, { fingerprint: 'another' })).body.code).toBe(
      'REPLAY_CHANGED',
    );
    const sends = await Promise.all(
      [1, 2].map(() => as('all', 'POST', `/v1/operations/${made.id}/replay`, { fingerprint: plan.fingerprint })),
    );
    expect(sends.map((s) => s.status).sort()).toEqual([202, 409]);
    const anew = sends.find((s) => s.status === 202)?.body as { id: string };
    await eventually(
      () => as('all', 'GET', `/v1/operations/${anew.id}`),
      (o) => o.body.status === 'succeeded',
    );
    expect((t.sms.effects.report()['sms.sent']?.count ?? 0) - before).toBe(1);
    const old = (await as('all', 'GET', `/v1/operations/${made.id}/life`)).body;
    expect(old).toMatchObject({
      operation: { status: 'cancelled', error: { code: 'REPLACED' } },
      children: [{ id: anew.id }],
    });
    expect((await as('all', 'GET', `/v1/operations/${anew.id}/life`)).body.parent).toMatchObject({ id: made.id });
    expect((await as('all', 'POST', `/v1/operations/${made.id}/retry`)).body.code).toBe('OPERATION_NOT_RETRYABLE');
    expect((await as('all', 'GET', `/v1/messages/${anew.id}`)).body.text).toContain('Задолженность');
  }, 40_000);

  test('tells beforehand that the recipient does not want it any more', async () => {
    await as('all', 'POST', '/v1/opt-outs', { phone: PHONE, scope: 'all', reason: 'Заявление' });
    expect((await as('all', 'GET', `/v1/operations/${refused.id}/replay`)).body).toMatchObject({
      way: 'retry',
      refused: { code: 'RECIPIENT_OPTED_OUT' },
    });
  });

  test('is for what failed or died alone', async () => {
    expect((await as('all', 'GET', `/v1/operations/${sent.id}/replay`)).body.code).toBe('OPERATION_NOT_REPLAYABLE');
  });
});

test('a bulk job carries the whole group out and tells how far it is', async () => {
  const job = await as('all', 'POST', '/v1/operations/bulk', {
    action: 'retry',
    filter: { status: 'failed', code: 'SMSC_FORBIDDEN' },
  });
  expect([job.status, job.body.total]).toEqual([202, 1]);
  const done = await eventually(
    () => as('watcher', 'GET', `/v1/operations/bulk/${job.body.id}`),
    (j) => j.body.status === 'done',
  );
  expect(done.body).toMatchObject({ done: 1, refused: 0, refusals: {} });
  expect((await as('other', 'GET', `/v1/operations/bulk/${job.body.id}`)).status).toBe(404);
  expect((await as('other', 'POST', `/v1/operations/bulk/${job.body.id}/stop`)).status).toBe(404);
  const wrong = await as('all', 'POST', '/v1/operations/bulk', { action: 'skip', filter: { status: 'failed' } });
  expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/filter/status']);
});

test('figures come in buckets, and a span that is not kept or too fine is refused', async () => {
  const stats = await eventually(
    () => as('watcher', 'GET', '/v1/stats?step=60'),
    (s) => s.body.series.some((x: { status: string }) => x.status === 'succeeded'),
  );
  expect(stats.body.series[0].counts.length).toBe(1441);
  const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
  for (const query of [
    `step=60&since=${encodeURIComponent(week)}`,
    'step=61',
    'since=yesterday',
    'step=3600&since=1999-01-01',
  ])
    expect((await as('watcher', 'GET', `/v1/stats?${query}`)).body.code).toBe('INVALID_QUERY');
});

test('the console is a page that runs nothing but its own files', async () => {
  const page = await fetch(`${t.hub.url}/console`);
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  const html = await page.text();
  expect(html).not.toMatch(/<script(?![^>]*src)|<style|style="|https?:/);
  for (const [, path] of html.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)) {
    const file = await fetch(`${t.hub.url}${path}`);
    expect([path, file.status, file.headers.get('cache-control')]).toEqual([
      path,
      200,
      'public, max-age=31536000, immutable',
    ]);
  }
  expect((await fetch(`${t.hub.url}/console/..%2Fpackage.json`)).status).toBe(404);
  const licences = await (await fetch(`${t.hub.url}/console/licences.txt`)).text();
  for (const name of ['preact', '@preact/signals', 'uplot']) expect(licences).toContain(`${name} `);
  expect(licences).toContain('Permission is hereby granted, free of charge');
}, 30_000);

test('comparisons come in pages, their findings by house and import; a question that makes no sense says which part of it', async () => {
  const { db } = t.hub.store;
  const house = (await t.call('GET', '/v1/buildings?limit=1')).body.items[0] as { id: string; name: string };
  const id = (n: number): string => `0192f0c4-7a1b-7c3d-8e4f-79161234560${n}`;
  for (const n of [1, 2, 3])
    await db.query(
      `insert into reconciliation (org, id, instance, scope, status, created_by, created_at)
       values ('uk', $1, 'gis', '{"entities":["PersonalAccount"]}', $2, 'tester', now())`,
      [id(n), n === 1 ? 'failed' : 'done'],
    );
  await db.query(
    `insert into reconciliation_item (org, reconciliation, id, entity, kind, record, building)
     values ('uk', $1, $1, 'PersonalAccount', 'missing-there', $2, $3), ('uk', $1, $4, 'PersonalAccount', 'extra-there', null, null)`,
    [id(3), account.id, house.id, id(4)],
  );
  const first = await as('all', 'GET', '/v1/reconciliations?limit=2');
  expect(first.body.items.map((r: { id: string }) => r.id)).toEqual([id(3), id(2)]);
  const second = await as('all', 'GET', `/v1/reconciliations?limit=2&cursor=${first.body.nextCursor}`);
  expect([second.body.items.map((r: { id: string }) => r.id), second.body.nextCursor]).toEqual([[id(1)], null]);

  const run = `/v1/reconciliations/${id(3)}`;
  const found = async (query: string): Promise<string[]> =>
    (await as('all', 'GET', `${run}/items?${query}`)).body.items.map((i: { id: string }) => i.id);
  expect(await found(`building=${house.id}`)).toEqual([id(3)]);
  expect(await found('building=none')).toEqual([id(4)]);
  expect(await found('imports=left')).toEqual([id(3)]);
  expect(await found('imports=succeeded')).toEqual([]);
  for (const [query, pointer] of [
    ['building=first', '?building'],
    ['imports=maybe', '?imports'],
    ['kind=wrong', '?kind'],
  ])
    expect((await as('all', 'GET', `${run}/items?${query}`)).body).toMatchObject({ errors: [{ pointer }] });
  expect((await as('all', 'GET', `${run}/houses`)).body.items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ building: house.id, name: house.name }),
      expect.objectContaining({ building: null, name: null }),
    ]),
  );

  // ГИС ЖКХ knows no premises of this company: what the apply would refuse, a dry run says and does not keep.
  const refusal = { item: id(3), code: 'PREMISES_NOT_THERE' };
  expect((await as('all', 'POST', `${run}/apply?dryRun=true`)).body).toMatchObject({ made: [], refused: [refusal] });
  expect((await as('all', 'GET', `${run}/imports`)).body.imports).toEqual({ PersonalAccount: { left: 1 } });
  expect((await as('all', 'POST', `${run}/apply?dryRun=perhaps`)).status).toBe(400);
  expect((await as('all', 'POST', `/v1/reconciliations/${id(1)}/apply`)).body.code).toBe('RECONCILIATION_RUNNING');

  const one = (await as('all', 'GET', `${run}/items/${id(3)}`)).body;
  expect(one).toMatchObject({ masked: false, subject: { number: `•••${account.number.slice(-2)}` } });
  expect(one.fields).toContainEqual({ field: 'number', ours: account.number, theirs: null, same: null });
  for (const path of ['', '/houses', '/imports', '/items', `/items/${id(3)}`]) {
    expect((await as('other', 'GET', `${run}${path}`)).status).toBe(404);
    expect((await as('watcher', 'GET', `${run}${path}`)).status).toBe(403);
    expect((await as('resident', 'GET', `${run}${path}`)).status).toBe(403);
  }
});
