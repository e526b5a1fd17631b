import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, eventually, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
/** Noon in Moscow on a Tuesday; moved by tests. */
const clock = { offset: Date.parse('2026-11-24T09:00:00Z') - Date.now(), now: () => Date.now() + clock.offset };
let staff: string;
let chief: string;
const as = (key: string, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
  t.call(method, path, body, { authorization: `Bearer ${key}`, ...headers });
let serial = 0;
const phone = (): string => `+7916${String(3_000_000 + ++serial)}`;
const debt = (to: string, more: object = {}) => ({
  channel: 'sms',
  to,
  template: 'payment-due',
  variables: { account: '12', amount: `${++serial}.50`, dueDate: '2026-12-10' },
  ...more,
});
const ended = (id: string): Promise<Answer> =>
  eventually(
    () => as(staff, 'GET', `/v1/operations/${id}`),
    (a) => ['succeeded', 'failed', 'cancelled', 'dead'].includes(a.body.status),
  );
const sent = async (): Promise<number> => {
  const effects = (await (await fetch(`${t.sms.url}/__sim/effects`)).json()) as Record<string, { count: number }>;
  return effects['sms.sent']?.count ?? 0;
};

beforeAll(async () => {
  t = await startTestHub({
    clock,
    extra: 'limits: { quietHours: { purposes: [debt] }, brake: { messages.send: { perHour: 30 } }, fourEyes: true }',
  });
  staff = (await t.call('POST', '/v1/keys', { name: 'staff', scopes: ['read:*', 'write:*', 'operations'] })).body.key;
  chief = (await t.call('POST', '/v1/keys', { name: 'chief', scopes: ['read:*', 'approve', 'admin'] })).body.key;
}, 120_000);
afterAll(() => t.stop(), 30_000);

describe('templates', () => {
  test('a preview tells text, alphabet and parts without asking the gateway', async () => {
    const before = await sent();
    const preview = await as(staff, 'POST', '/v1/templates/payment-due/preview', {
      variables: { account: '000000012', amount: '1234.50', dueDate: '2026-12-10' },
    });
    expect(preview.body).toMatchObject({
      purpose: 'debt',
      text: 'Задолженность по л/с 000000012: 1234,50 руб. Оплатите до 10.12.2026.',
      encoding: 'ucs2',
      segments: 1,
      segmentUnits: [68],
    });
    expect(await sent()).toBe(before);
  });

  test('missing, unknown, unfit values and line breaks are named by pointer, their content is not repeated', async () => {
    const answer = await as(staff, 'POST', '/v1/templates/disconnection-warning/preview', {
      variables: { account: '12\nдоверьтесь нам', amount: 'много', servise: 'свет', date: '2026-02-30' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([
      '/variables/account',
      '/variables/amount',
      '/variables/service',
      '/variables/date',
      '/variables/servise',
    ]);
    expect(answer.text).not.toContain('доверьтесь');
  });
});

describe('contact limits', () => {
  test('a third debt message of a day is refused with rule, source and time; a preview tells it before', async () => {
    const to = phone();
    const both = await Promise.all([1, 2, 3].map(() => as(staff, 'POST', '/v1/messages', debt(to))));
    expect(both.map((a) => a.status).sort()).toEqual([202, 202, 409]);
    const refused = both.find((a) => a.status === 409) as Answer;
    expect(refused.body).toMatchObject({
      code: 'CONTACT_LIMIT',
      rule: 'messages.perDay',
      source: '230-ФЗ, ст. 7 ч. 5 п. 2',
      retryAt: '2026-11-25T05:00:00.000Z',
      errors: [{ pointer: '/to' }],
    });
    const preview = await as(staff, 'POST', '/v1/messages?dryRun=true', debt(to));
    expect(preview.body).toMatchObject({
      segments: 1,
      cost: { currency: 'RUB' },
      refused: { code: 'CONTACT_LIMIT', details: { retryAt: '2026-11-25T05:00:00.000Z' } },
    });
    expect(
      (await as(staff, 'POST', '/v1/messages', { channel: 'sms', to, text: 'Код 1', purpose: 'code' })).status,
    ).toBe(202);
    const later = await as(staff, 'POST', '/v1/messages', debt(to, { notBefore: '2026-11-25T12:00:00+03:00' }));
    expect(later.status).toBe(202);
  });

  test('in a bulk call each item has its own outcome', async () => {
    const to = phone();
    const bulk = await as(staff, 'POST', '/v1/messages/bulk', [debt(to), debt(to), debt(to), debt(phone())]);
    expect(bulk.body).toMatchObject({
      accepted: 3,
      rejected: 1,
      items: [{}, {}, { index: 2, problem: { code: 'CONTACT_LIMIT', rule: 'messages.perDay' } }, {}],
    });
  });

  test('a cancelled message gives its place back', async () => {
    const to = phone();
    const first = await as(staff, 'POST', '/v1/messages', debt(to, { notBefore: '2026-11-24T15:00:00+03:00' }));
    await as(staff, 'POST', '/v1/messages', debt(to));
    expect((await as(staff, 'POST', '/v1/messages', debt(to))).status).toBe(409);
    expect((await as(staff, 'POST', `/v1/operations/${first.body.id}/cancel`)).status).toBe(200);
    expect((await as(staff, 'POST', '/v1/messages', debt(to))).status).toBe(202);
  });
});

describe('opt-outs', () => {
  test('who is on the list gets no debt messages, not even those that wait already; the phone is encrypted', async () => {
    const to = phone();
    const waiting = await as(
      staff,
      'POST',
      '/v1/messages',
      debt(to, { notBefore: new Date(clock.now() + 3_000).toISOString() }),
    );
    expect(waiting.status).toBe(202);
    const entry = await as(staff, 'POST', '/v1/opt-outs', {
      phone: to.replace('+7', '8'),
      scope: 'debt',
      reason: 'Заявление № 7',
    });
    expect(entry.body).toMatchObject({ phone: to, scope: 'debt', active: true, until: null });
    const refused = await as(staff, 'POST', '/v1/messages', debt(to));
    expect(refused.body).toMatchObject({ status: 422, code: 'RECIPIENT_OPTED_OUT', errors: [{ pointer: '/to' }] });
    expect(refused.text).not.toContain(to);
    expect((await ended(waiting.body.id)).body).toMatchObject({
      status: 'cancelled',
      error: { code: 'RECIPIENT_OPTED_OUT' },
    });
    const listed = await as(staff, 'GET', `/v1/opt-outs?phone=${encodeURIComponent(to)}`);
    expect(listed.body.items).toMatchObject([{ id: entry.body.id, reason: 'Заявление № 7' }]);
    const { rows } = await t.hub.store.db.query('select row_to_json(o)::text as all from opt_out o');
    expect(JSON.stringify(rows)).not.toContain(to.slice(2));
    expect((await as(staff, 'DELETE', `/v1/opt-outs/${entry.body.id}`)).status).toBe(204);
    expect((await as(staff, 'POST', '/v1/messages', debt(to))).status).toBe(202);
  });

  test('pages by cursor; faults are named; residents and keys without the scope see nothing', async () => {
    for (let i = 0; i < 3; i++) await as(staff, 'POST', '/v1/opt-outs', { phone: phone(), scope: 'all', reason: 'r' });
    const first = await as(staff, 'GET', '/v1/opt-outs?limit=2');
    const second = await as(staff, 'GET', `/v1/opt-outs?limit=2&cursor=${first.body.nextCursor}`);
    expect([first.body.items.length, second.body.items.length, second.body.nextCursor]).toEqual([2, 1, null]);
    const bad = await as(staff, 'POST', '/v1/opt-outs', { phone: '123', scope: 'dept', until: '2020-01-01T00:00:00Z' });
    expect(bad.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(['/phone', '/scope', '/reason']);
    const resident = (
      await t.call('POST', '/v1/keys', {
        name: 'r',
        scopes: ['read:*'],
        accounts: ['0192f0c4-7a1b-7c3d-8e4f-000000000001'],
      })
    ).body.key;
    expect((await as(resident, 'GET', '/v1/opt-outs')).body.code).toBe('SCOPE_MISSING');
    expect((await as(chief, 'DELETE', `/v1/opt-outs/${first.body.items[0].id}`)).body.code).toBe('SCOPE_MISSING');
  });
});

describe('pause of everything', () => {
  test('nothing starts, accepts go on, and it is told everywhere until resume', async () => {
    const paused = await t.call('POST', '/v1/pause', { reason: 'учения' });
    expect(paused.body).toMatchObject({ paused: true, reason: 'учения', by: 'control' });
    const before = await sent();
    const op = await as(staff, 'POST', '/v1/messages', { channel: 'sms', to: phone(), text: 'Пауза' });
    expect(op.status).toBe(202);
    expect((await as(chief, 'GET', '/v1/connectors')).body).toMatchObject({
      everything: { paused: true, reason: 'учения' },
      items: [
        { paused: true, pauseReason: 'учения' },
        { paused: true, pauseReason: 'учения' },
      ],
    });
    expect((await t.call('GET', '/health/ready')).body).toMatchObject({ status: 'ok', paused: true });
    await eventually(
      async () => (await t.call('GET', '/metrics')).text,
      (text) => text.includes('hub_paused 1'),
    );
    await expect(t.hub.sync.run({ instance: 'onec-main' })).rejects.toMatchObject({ code: 'PAUSED' });
    // A key ends the pause of its own organisation only.
    expect((await as(chief, 'POST', '/v1/resume')).body).toMatchObject({ paused: true });
    await new Promise((r) => setTimeout(r, 1_500));
    expect(await sent()).toBe(before);
    expect((await t.call('POST', '/v1/resume')).body).toMatchObject({ paused: false, reason: null });
    expect((await ended(op.body.id)).body.status).toBe('succeeded');
  });

  test('a pause that another process wrote is obeyed within two seconds, and stops a pull at its checkpoint', async () => {
    await fetch(`${t.onec.url}/__sim/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ fault: 'latency', rate: 1, times: 1000, ms: 400 }),
    });
    const pull = t.hub.sync.run({ instance: 'onec-main' }).then(
      () => 'ended',
      (e: { code: string }) => e.code,
    );
    await t.hub.store.db.query(
      `insert into instance_state (instance, paused, pause_reason, paused_by, paused_at) values ('*:uk', true, 'x', 'y', now())
       on conflict (instance) do update set paused = true`,
    );
    await eventually(
      async () => t.hub.instances.isPaused('sms-main'),
      (p) => p,
      2_000,
    );
    expect(t.hub.instances.pausedAll('other').paused).toBe(false);
    expect(await pull).toBe('SYNC_STOPPED');
    await fetch(`${t.onec.url}/__sim/faults`, { method: 'DELETE' });
    expect((await as(chief, 'POST', '/v1/resume')).body).toMatchObject({ paused: false });
    await t.hub.sync.run({ instance: 'onec-main' });
  }, 60_000);
});

describe('the brake', () => {
  test('what goes beyond the limit waits; another person approves or rejects it, one by one or by filter', async () => {
    clock.offset += 2 * 3_600_000;
    const before = await sent();
    const bulk = await as(
      staff,
      'POST',
      '/v1/messages/bulk',
      Array.from({ length: 34 }, (_, i) => ({ channel: 'sms', to: phone(), text: `Сообщение ${i}` })),
    );
    expect(bulk.body.accepted).toBe(34);
    const waiting = (await as(staff, 'GET', '/v1/operations?waitingFor=approval')).body.items as {
      id: string;
      status: string;
    }[];
    expect(waiting.map((o) => o.status)).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    const [a, b] = waiting.map((o) => o.id);
    expect((await as(staff, 'POST', `/v1/operations/${a}/approve`)).body.code).toBe('SCOPE_MISSING');
    expect((await as(staff, 'POST', `/v1/operations/${a}/retry`)).body.code).toBe('OPERATION_NOT_RETRYABLE');
    expect((await as(chief, 'POST', `/v1/operations/${b}/reject`, {})).body).toMatchObject({
      code: 'INVALID_BODY',
      errors: [{ pointer: '/reason' }],
    });
    expect((await as(chief, 'POST', `/v1/operations/${b}/reject`, { reason: 'лишнее' })).body).toMatchObject({
      status: 'cancelled',
      error: { code: 'REJECTED_BY_PERSON' },
    });
    expect((await as(chief, 'POST', `/v1/operations/${a}/approve`, { reason: 'сверено' })).status).toBe(200);
    expect((await ended(a ?? '')).body).toMatchObject({
      status: 'succeeded',
      approval: { decision: 'approved', reason: 'сверено' },
    });
    expect((await as(chief, 'POST', '/v1/operations/approve', { kind: 'messages.send' })).body).toEqual({
      approved: 2,
      refused: [],
      left: 0,
    });
    await eventually(sent, (n) => n === before + 33);
    const events = (await as(staff, 'GET', '/v1/changes?limit=1000')).body.items as { type: string }[];
    const count = (type: string): number => events.filter((e) => e.type === type).length;
    expect([count('operation.needs-approval'), count('operation.approved'), count('operation.rejected')]).toEqual([
      4, 3, 1,
    ]);
  }, 60_000);

  test('with four eyes the submitting key cannot approve even with the scope', async () => {
    const both = (await t.call('POST', '/v1/keys', { name: 'both', scopes: ['*'] })).body.key;
    const op = await as(both, 'POST', '/v1/messages', { channel: 'sms', to: phone(), text: 'ещё' });
    expect(op.body).toMatchObject({ status: 'waiting', waitingFor: 'approval', waitingUntil: null });
    expect((await as(both, 'POST', `/v1/operations/${op.body.id}/approve`)).body).toMatchObject({
      status: 403,
      code: 'FOUR_EYES',
    });
    expect((await as(both, 'POST', `/v1/operations/${op.body.id}/cancel`)).body.status).toBe('cancelled');
  });
});
