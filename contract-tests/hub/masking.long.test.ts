import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '../../logging/logger.ts';
import { type Answer, eventually, startTestHub, type TestHub } from './harness.ts';

// Planted values that must never come out anywhere but where they were asked for by whoever may see them.
const planted = {
  phone: '+79031112233',
  secondPhone: '+79034445566',
  name: 'Загребайло',
  firstName: 'Евлампия',
  passport: '92 05 771133',
  passportPlain: '9205771133',
  snils: '112-233-445 95',
  email: 'evlampia.zag@example.ru',
  account: '100000777',
  token: 'hub_leakedleakedleakedleaked0123456789',
  secret: 'whsec_planted_secret_value',
  address: 'Потаповский тупик',
};
/** Forms in which a value may show itself. */
const forms = Object.entries(planted).flatMap(([what, value]) => {
  const digits = value.replace(/\D/g, '');
  return [value, encodeURIComponent(value), ...(digits.length >= 9 ? [digits, digits.slice(1)] : [])].map((form) => ({
    what,
    form,
  }));
});
const leaksIn = (text: string): string[] => [
  ...new Set(forms.filter(({ form }) => text.includes(form)).map(({ what }) => what)),
];

let t: TestHub;
let logged = '';
const problems: { path: string; text: string }[] = [];
const call = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const answer = await t.call(method, path, body, headers);
  if (answer.status >= 400)
    problems.push({ path: `${method} ${path.split('?')[0]}`, text: answer.text + JSON.stringify([...answer.headers]) });
  return answer;
};
const sim = (url: string, path: string, method: string, body?: unknown) =>
  fetch(`${url}/__sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const text = `${planted.firstName} ${planted.name}, паспорт ${planted.passport}, счёт ${planted.account}`;
let serial = 0;
const message = (more: object = {}) => ({
  channel: 'sms',
  to: planted.phone,
  text: `${text} № ${++serial}`,
  purpose: 'accident',
  ...more,
});

beforeAll(async () => {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString();
      done();
    },
  });
  t = await startTestHub({ accounts: 10, log: createLogger({ level: 'debug', format: 'json', stream }) });
  await t.hub.sync.run({ instance: 'onec-main' });
}, 90_000);
afterAll(() => t.stop(), 30_000);

/** A representative day: what works, what is refused, what fails upstream in every way, what is malformed. */
async function work(): Promise<void> {
  await call('POST', '/v1/messages', message(), { prefer: 'wait=10' });
  await call('POST', '/v1/messages?dryRun=true', message());
  for (const fault of ['http-500', 'cut-before-commit', 'cut-after-commit', 'throttle', 'latency', 'maintenance']) {
    await sim(t.sms.url, 'faults', 'POST', { fault, times: 2 });
    await call('POST', '/v1/messages', message(), { prefer: 'wait=2' });
    await sim(t.sms.url, 'faults', 'DELETE');
  }
  await call('POST', '/v1/messages', message({ sender: 'NoSuchName' }), { prefer: 'wait=5' });
  // Faults of callers.
  const bodies = [
    message({ to: planted.name }),
    message({ to: `${planted.phone}0` }),
    message({ text: planted.name.repeat(200) }),
    message({ text: undefined, template: planted.name }),
    message({
      text: undefined,
      template: 'payment-due',
      variables: { account: planted.account, unknown: planted.name },
    }),
    message({ account: planted.account }),
    message({ purpose: planted.name }),
    message({ nonsense: planted.passport }),
    message({ reference: planted.name.repeat(50) }),
    message({ notBefore: planted.phone }),
    [planted.name],
    `{"to":"${planted.phone}","text":"${planted.name}`,
    `${planted.name} ${planted.passport}`,
  ];
  for (const body of bodies) await call('POST', '/v1/messages', body);
  await call(
    'POST',
    '/v1/messages/bulk',
    bodies.filter((b) => typeof b === 'object'),
  );
  await call(
    'POST',
    '/v1/messages/bulk',
    bodies.map((b) => (typeof b === 'string' ? b : JSON.stringify(b))).join('\n'),
    { 'content-type': 'application/x-ndjson' },
  );
  await call('POST', '/v1/meter-readings', { meter: planted.name, readAt: planted.phone, values: [planted.passport] });
  await call('POST', '/v1/messages', message(), { 'idempotency-key': 'same' });
  await call('POST', '/v1/messages', message(), { 'idempotency-key': 'same' });
  await call('POST', '/v1/messages', message(), {
    'idempotency-key': `${encodeURIComponent(planted.name)} ${planted.phone}`,
  });
  // Filters, ids, headers, tokens.
  for (const [resource, filter] of [
    ['customers', 'phone'],
    ['customers', 'email'],
    ['accounts', 'number'],
    ['messages', 'to'],
    ['opt-outs', 'phone'],
    ['accounts', 'state'],
    ['accounts', 'holder'],
    ['accounts', 'nonsense'],
    ['operations', 'status'],
    ['operations', 'since'],
    ['changes', 'after'],
    ['changes', 'entity'],
    ['changes', 'type'],
    ['audit', 'before'],
  ] as const)
    for (const value of [planted.phone, planted.name, planted.email, planted.account])
      await call('GET', `/v1/${resource}?${encodeURIComponent(filter)}=${encodeURIComponent(value)}`);
  await call('GET', `/v1/customers/${encodeURIComponent(planted.name)}`);
  await call('GET', `/v1/${encodeURIComponent(planted.name)}`);
  await call('GET', `/v1/${planted.account}/${encodeURIComponent(planted.phone)}`);
  await call('POST', `/v1/connectors/${encodeURIComponent(planted.name)}/pause`, { reason: text });
  await call('GET', '/v1/customers', undefined, { authorization: `Bearer ${planted.token}` });
  await call('GET', '/v1/customers', undefined, {
    authorization: `Basic ${Buffer.from(`hub:${planted.secret}`).toString('base64')}`,
  });
  await call('GET', '/v1/customers', undefined, { 'x-purpose': encodeURIComponent(text) });
  await call('GET', `/v1/customers?cursor=${Buffer.from(planted.name).toString('base64url')}`);
  // Everything else that takes words of people.
  const optOut = await call('POST', '/v1/opt-outs', { phone: planted.secondPhone, scope: 'service', reason: text });
  await call('POST', '/v1/messages', message({ to: planted.secondPhone, purpose: 'service' }));
  await call('POST', '/v1/opt-outs', { phone: planted.name, scope: planted.name, reason: '' });
  await call('DELETE', `/v1/opt-outs/${optOut.body.id}`);
  await call('POST', '/v1/files', text, {
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(`${planted.name}.pdf`)}`,
    'content-type': 'text/plain',
  });
  await call('POST', '/v1/files', text, { 'repr-digest': planted.name.length > 0 ? 'sha-256=:AAAA:' : '' });
  const hook = await call('POST', '/v1/webhooks', {
    url: `https://hook.invalid/in?token=${planted.secret}`,
    description: text,
  });
  await call('POST', `/v1/webhooks/${hook.body.id}/test`, {});
  await call('POST', '/v1/webhooks', { url: `http://user:${planted.secret}@127.0.0.1/` });
  await call('POST', '/v1/mappings/preview', { instance: 'onec-main', entity: planted.name });
  await call('POST', '/v1/mappings/diff', {
    instance: 'onec-main',
    yaml: `mapping: x\n# ${text}\nfields: [${planted.name}`,
  });
  await call('POST', '/v1/pause', { reason: text });
  await call('POST', '/v1/resume');
  await call('POST', '/v1/keys', { name: text, scopes: [planted.name] });
  await fetch(`${t.hub.url}/hooks/sms-main`, {
    method: 'POST',
    body: `id=1&phone=${planted.phone}&mes=${encodeURIComponent(text)}&md5=0`,
  });
}

/** A person of the company whose record can't be read goes to quarantine. */
async function spoil(): Promise<void> {
  const { items } = (await t.call('GET', '/v1/customers?limit=3')).body as { items: { source: { key: string } }[] };
  const bodies = [
    { Description: planted.name, Фамилия: planted.name.repeat(9), СНИЛС: planted.snils.repeat(3) },
    { Description: '', ДатаРождения: `${planted.phone} ${planted.name}` },
    {
      Description: planted.name.repeat(60),
      КонтактнаяИнформация: [{ Тип: planted.name, НомерТелефона: planted.phone }],
      ИНН: planted.passport.repeat(3),
    },
  ];
  for (const [i, body] of bodies.entries())
    await sim(t.onec.url, 'objects', 'POST', {
      set: 'Catalog_ФизическиеЛица',
      action: 'corrupt',
      key: items[i]?.source.key,
      body,
    });
  await t.hub.sync.run({ instance: 'onec-main', full: true });
  await sim(t.onec.url, 'faults', 'POST', { fault: 'http-500', times: 3 });
  await t.hub.sync.run({ instance: 'onec-main' }).catch(() => undefined);
  await sim(t.onec.url, 'faults', 'DELETE');
}

test('the planted values would be found if they were there', () => {
  expect(leaksIn(`x ${planted.phone}`)).toEqual(['phone']);
  expect(leaksIn(`phones=${planted.phone.slice(1)}&`)).toEqual(['phone']);
  expect(leaksIn(encodeURIComponent(planted.name))).toEqual(['name']);
});

describe('after a day of work', () => {
  beforeAll(async () => {
    await work();
    await spoil();
    await eventually(
      () => t.hub.store.db.query<{ n: number }>(`select count(*) as n from attempt`),
      (r) => Number(r.rows[0]?.n) > 8,
    );
  }, 120_000);

  test('no log line of any level holds them', () => {
    expect(logged.split('\n').length).toBeGreaterThan(100);
    const bad = logged.split('\n').filter((line) => leaksIn(line).length > 0);
    expect(bad.slice(0, 5)).toEqual([]);
  });

  test('no answer about a fault holds them', () => {
    expect(problems.length).toBeGreaterThan(50);
    expect(
      problems
        .filter((p) => leaksIn(p.text).length > 0)
        .map((p) => `${p.path}: ${leaksIn(p.text)} in ${p.text.slice(0, 400)}`),
    ).toEqual([]);
  });

  test('no metric, event, reason, attempt or entry of the audit log holds them', async () => {
    expect(leaksIn(await (await fetch(`${t.hub.url}/metrics`)).text())).toEqual([]);
    await t.call('GET', '/v1/audit/head');
    for (const sql of [
      `select coalesce(error::text, '') || coalesce(result::text, '') || coalesce(trace::text, '') || payload::text as v from operation`,
      `select coalesce(message, '') || coalesce(code, '') as v from attempt`,
      'select data::text as v from event',
      'select reason as v from quarantine',
      `select coalesce(error::text, '') || coalesce(held::text, '') as v from sync_state`,
      `select canonical::text || coalesce(native::text, '') as v from record where entity in ('Message', 'Customer', 'PersonalAccount')`,
      `select a.*::text as v from (select actor, action, subject, details from audit) a`.replace(
        'a.*::text',
        'row_to_json(a)::text',
      ),
    ]) {
      const { rows } = await t.hub.store.db.query<{ v: string }>(sql);
      expect([
        sql.slice(0, 60),
        rows
          .map((r) => r.v)
          .filter((v) => leaksIn(String(v)).length > 0)
          .slice(0, 3),
      ]).toEqual([sql.slice(0, 60), []]);
    }
  });

  test('and in the whole store they are sealed, but for what an operator writes for other operators', async () => {
    const { rows } = await t.hub.store.db.query<{ table_name: string }>(
      `select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name not like 'record_%'`,
    );
    const found: string[] = [];
    for (const { table_name } of rows) {
      const all = await t.hub.store.db.query<{ v: string }>(`select to_jsonb(x)::text as v from "${table_name}" x`);
      for (const { v } of all.rows) if (leaksIn(v).length > 0) found.push(`${table_name}: ${leaksIn(v)}`);
    }
    expect(
      [...new Set(found.map((f) => f.split(':')[0]))].filter(
        (table) => !['webhook', 'instance_state'].includes(table as string),
      ),
    ).toEqual([]);
  });
});
