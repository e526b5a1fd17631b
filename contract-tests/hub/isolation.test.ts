import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { entities } from '../../canonical/registry.ts';
import { encodeCursor } from '../../routes/cursor.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { type Answer, eventually, startTestHub, type TestHub } from './harness.ts';

// Organisation uk has residents A and C (a neighbour); organisation other has its own company. Everything below is asked as
// resident A or as staff of the other organisation, and nothing of the neighbour or of uk may be seen by it.

type Item = Record<string, unknown> & { id: string };
interface Parameter {
  name: string;
  in: string;
}
interface Document {
  paths: Record<string, Record<string, { parameters: Parameter[]; 'x-scope': string }>>;
}

let t: TestHub;
let second: Simulator;
let document: Document;
const keys = { staffUk: '', staffOther: '', residentA: '', residentC: '' };
const data = { uk: new Map<string, Item[]>(), other: new Map<string, Item[]>() };
let accountA: Item;
let accountC: Item;
/** Ids of things that only staff of uk, or resident C, may see; by the name of their path parameter's route. */
const foreign: Record<string, string[]> = {};
/** Texts that must never be in an answer to one of the two. */
const secretOfC = new Set<string>();
const secretOfUk = new Set<string>();
const MISSING = '0192f0c4-7a1b-7c3d-8e4f-791612345670';

const as = (key: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  t.call(method, path, body, { authorization: `Bearer ${key}`, ...headers });
/** What an answer says, without what differs from request to request. */
const said = (a: Answer, id: string): string =>
  JSON.stringify([a.status, a.headers.get('content-type'), a.headers.get('etag'), a.headers.get('location')]) +
  a.text.replaceAll(id, '<id>').replace(/urn:request:[0-9a-f-]{36}/, '<request>');

async function everything(key: string, into: Map<string, Item[]>): Promise<void> {
  for (const { resource } of entities.values()) {
    const items: Item[] = [];
    for (let cursor = ''; ; ) {
      const page = (await as(key, 'GET', `/v1/${resource}?limit=500${cursor}`)).body;
      items.push(...page.items);
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    into.set(resource, items);
  }
}

beforeAll(async () => {
  second = await startOnecSimulator({ port: 0, accounts: 20, buildings: 1, seed: 77 });
  t = await startTestHub({
    accounts: 20,
    extra: `  onec-other: { system: onec, organisation: other, url: "${second.url}/uk", timezone: Europe/Samara, auth: { login: hub, password: hub-sandbox }, settleAfterMs: 500 }\nlimits: { quietHours: off }`,
  });
  const keyOf = async (more: object) =>
    (await t.call('POST', '/v1/keys', { name: 'k', scopes: ['*'], ...more })).body.key as string;
  keys.staffUk = await keyOf({});
  keys.staffOther = await keyOf({ organisation: 'other' });
  await t.hub.sync.run({ instance: 'onec-main' });
  await t.hub.sync.run({ instance: 'onec-other' });
  await everything(keys.staffUk, data.uk);
  [accountA, accountC] = data.uk.get('accounts') as [Item, Item];
  keys.residentA = await keyOf({ accounts: [accountA.id] });
  keys.residentC = await keyOf({ accounts: [accountC.id] });
  // Things that are made by callers, of the neighbour and of staff.
  const file = async (key: string) =>
    (
      await as(key, 'POST', '/v1/files', `secret bytes ${Math.random()}`, {
        'content-disposition': 'attachment; filename="neighbour.pdf"',
      })
    ).body.id;
  const text = (account: Item) => ({ channel: 'sms', to: '+79161112233', text: 'Тайна соседа', account: account.id });
  const ofC = [
    (await as(keys.residentC, 'POST', '/v1/messages', text(accountC), { prefer: 'wait=10' })).body.id,
    (await as(keys.staffUk, 'POST', '/v1/messages', text(accountC), { prefer: 'wait=10' })).body.id,
  ];
  // A refused text makes a task.
  await as(keys.staffUk, 'POST', '/v1/messages', { ...text(accountC), sender: 'NoSuchName' }, { prefer: 'wait=10' });
  const tasks = await eventually(
    () => as(keys.staffUk, 'GET', '/v1/tasks'),
    (a) => a.body.items.length > 0,
    30_000,
  );
  foreign['/v1/tasks'] = (tasks.body.items as Item[]).map((i) => i.id);
  const webhook = await as(keys.staffUk, 'POST', '/v1/webhooks', {
    url: 'https://example.org/hook',
    description: 'тайный адрес',
  });
  const optOut = await as(keys.staffUk, 'POST', '/v1/opt-outs', {
    phone: '+79165554433',
    scope: 'debt',
    reason: 'тайная причина',
  });
  const allKeys = (await as(keys.staffUk, 'GET', '/v1/keys')).body.items as Item[];
  foreign['/v1/operations'] = ofC;
  foreign['/v1/messages'] = ofC;
  foreign['/v1/files'] = [await file(keys.residentC), await file(keys.staffUk)];
  foreign['/v1/webhooks'] = [webhook.body.id];
  foreign['/v1/opt-outs'] = [optOut.body.id];
  foreign['/v1/keys'] = allKeys.map((k) => k.id);
  await everything(keys.staffUk, data.uk);
  await everything(keys.staffOther, data.other);
  // What A's own records refer to (the flat, who lives there) is known to A by its id.
  const known = new Set<unknown>(
    [...data.uk.values()]
      .flat()
      .filter((i) => i.id === accountA.id || i.account === accountA.id)
      .flatMap((i) => Object.values(i)),
  );
  for (const [resource, items] of data.uk)
    for (const item of items) {
      secretOfUk.add(item.id);
      const isOfA = item.id === accountA.id || item.account === accountA.id;
      if (isOfA) continue;
      foreign[`/v1/${resource}`] ??= [];
      if ((foreign[`/v1/${resource}`]?.length ?? 0) < 3) foreign[`/v1/${resource}`]?.push(item.id);
      if (!known.has(item.id)) secretOfC.add(item.id);
      if (resource === 'accounts') secretOfC.add(String(item.number));
      for (const phone of (item.phones as string[] | undefined) ?? []) secretOfC.add(phone);
    }
  for (const text of [
    'Тайна соседа',
    '+79161112233',
    'neighbour.pdf',
    'secret bytes',
    'тайный адрес',
    'тайная причина',
    '79165554433',
  ]) {
    secretOfC.add(text);
    secretOfUk.add(text);
  }
  for (const id of Object.values(foreign).flat()) if (!known.has(id)) secretOfC.add(id);
  for (const item of data.uk.get('accounts') ?? []) secretOfUk.add(String(item.number));
  // The same simulated company has the same people in some places; what both have is no secret of one.
  for (const items of data.other.values())
    for (const item of items)
      for (const value of Object.values(item).flat()) if (typeof value === 'string') secretOfUk.delete(value);
  document = (await t.call('GET', '/openapi.json')).body;
}, 120_000);
afterAll(async () => {
  await t.stop();
  await second.close();
}, 30_000);

const expectNothing = (answer: Answer, secrets: ReadonlySet<string>, sent: string): void => {
  const text = answer.text + JSON.stringify([...answer.headers]);
  // What the caller has sent may come back.
  const seen = [...secrets].filter((secret) => text.includes(secret) && !sent.includes(secret));
  if (seen.length > 0) throw new Error(`${sent} shows ${seen.slice(0, 3).join(', ')}: ${answer.text.slice(0, 300)}`);
};

/** Values of the neighbour and of uk that a filter may be tried with. */
function temptations(resource: string, name: string): string[] {
  const values = new Set<string>();
  for (const item of (data.uk.get(resource) ?? []).filter((i) => i.id !== accountA.id).slice(0, 6)) {
    const value = item[name === 'phone' ? 'phones' : name === 'email' ? 'emails' : name];
    for (const v of [value].flat()) if (typeof v === 'string') values.add(v);
  }
  if (['account', 'accounts'].includes(name)) values.add(accountC.id);
  if (name === 'subject') values.add(`account:${accountC.id}`);
  if (name === 'cursor') values.add(encodeCursor(resource, '00000000-0000-7000-8000-000000000000'));
  if (name === 'after') values.add('0');
  if (name === 'count') values.add('true');
  if (name === 'phone') values.add('+79165554433');
  if (name === 'q') {
    const person = (data.uk.get('customers') ?? []).find((c) => c.id === accountC.holder);
    for (const v of [accountC.number, person?.name, ...((person?.phones as string[] | undefined) ?? [])])
      values.add(String(v));
  }
  // Ways to one thing that stand in the query.
  if (resource === 'lookup' && name === 'id') for (const v of [accountC.id, accountC.holder]) values.add(String(v));
  return [...values];
}

describe.each([
  ['resident A', 'residentA', secretOfC],
  ['staff of the other organisation', 'staffOther', secretOfUk],
] as const)('%s', (_who, keyName, secrets) => {
  test('sees nothing foreign in any list, by any filter, count or cursor', async () => {
    let asked = 0;
    // The audit log comes last: of its own organisation alone, and of that it tells what was asked.
    const paths = Object.entries(document.paths).sort(
      ([a], [b]) => Number(a === '/v1/audit') - Number(b === '/v1/audit'),
    );
    for (const [path, methods] of paths) {
      if (path === '/v1/audit') {
        const log = await as(keys[keyName], 'GET', '/v1/audit?limit=1000');
        const own = (await t.hub.keys.list('other')).map((k) => k.id);
        if (keyName === 'residentA') expect(log.status).toBe(403);
        else
          expect(
            (log.body.items as { actor: string }[]).filter((e) => e.actor !== 'control' && !own.includes(e.actor)),
          ).toEqual([]);
        continue;
      }
      const get = methods.get;
      if (!get || path.includes('{') || ['/v1/events', '/metrics', '/docs', '/openapi.json'].includes(path)) continue;
      const resource = path.replace('/v1/', '');
      const names = get.parameters.filter((p) => p.in === 'query').map((p) => p.name);
      const queries = [
        '',
        ...(names.includes('limit') ? ['?limit=100'] : []),
        ...names.flatMap((name) => temptations(resource, name).map((v) => `?${name}=${encodeURIComponent(v)}`)),
        ...(names.includes('count') && names.includes('account') ? [`?account=${accountC.id}&count=true`] : []),
      ];
      for (const query of queries) {
        const answer = await as(keys[keyName], 'GET', `${path}${query}`);
        asked++;
        expectNothing(answer, secrets, decodeURIComponent(`${path}${query}`));
        if (query.includes(`account=${accountC.id}`) && answer.body.total !== undefined)
          expect(answer.body.total).toBe(0);
      }
    }
    expect(asked).toBeGreaterThan(60);
  }, 60_000);

  test('gets for a foreign id what it gets for one that does not exist, on every route', async () => {
    let compared = 0;
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of Object.keys(methods)) {
        const base = Object.keys(foreign)
          .filter((b) => path.startsWith(`${b}/{id}`))
          .at(0);
        if (!base) continue;
        for (const id of foreign[base] ?? []) {
          for (const [body, headers] of bodiesOf(path, method)) {
            const ask = (which: string) =>
              as(keys[keyName], method.toUpperCase(), path.replace('{id}', which), body, {
                ...headers,
                ...(headers['if-none-match'] ? { 'if-none-match': `"${which}-1"` } : {}),
              });
            const [there, missing] = [await ask(id), await ask(MISSING)];
            compared++;
            if (said(there, id) !== said(missing, MISSING))
              throw new Error(
                `${method} ${path} tells a foreign id from a missing one:\n${said(there, id)}\n${said(missing, MISSING)}`,
              );
            expect(there.status).toBeGreaterThanOrEqual(400);
          }
        }
      }
    expect(compared).toBeGreaterThan(60);
  }, 60_000);

  test('reaches no connector and no mapping of others by its name', async () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of Object.keys(methods)) {
        if (!path.startsWith('/v1/') || !path.includes('{instance}')) continue;
        const ask = (name: string) =>
          as(
            keys[keyName],
            method.toUpperCase(),
            path.replace('{instance}', name).replace('{entity}', 'Customer'),
            method === 'get' ? undefined : {},
          );
        expect(said(await ask('onec-main'), 'onec-main')).toBe(said(await ask('no-such'), 'no-such'));
      }
    for (const path of ['/v1/mappings/preview', '/v1/mappings/diff']) {
      const ask = (instance: string) =>
        as(keys[keyName], 'POST', path, {
          instance,
          yaml: 'mapping: x',
          ...(path.endsWith('preview') ? { entity: 'Customer' } : {}),
        });
      expect(said(await ask('onec-main'), 'onec-main')).toBe(said(await ask('no-such'), 'no-such'));
    }
  });

  test('acts on nothing foreign by a filter', async () => {
    // Deliveries to the webhook go on by themselves; messages have ended.
    const messages = () => as(keys.staffUk, 'GET', '/v1/operations?limit=100&kind=messages.send');
    const before = (await messages()).body.items;
    expect(before.length).toBeGreaterThan(0);
    for (const [path, body] of [
      ['/v1/operations/retry', { status: 'failed' }],
      ['/v1/operations/approve', { kind: 'messages.send' }],
      ['/v1/operations/reject', { kind: 'messages.send', reason: 'x' }],
      ['/v1/quarantine/retry', {}],
      ['/v1/pause', { reason: 'x' }],
      ['/v1/resume', {}],
    ] as const) {
      const answer = await as(keys[keyName], 'POST', path, body);
      expectNothing(answer, secrets, path);
      if (keyName === 'residentA') expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await messages()).body.items.map((o: Item) => [o.id, o.status])).toEqual(
      before.map((o: Item) => [o.id, o.status]),
    );
    expect((await as(keys.staffUk, 'GET', '/v1/connectors')).body.everything.paused).toBe(false);
  });

  test('hears nothing foreign in the feed and in the stream of events', async () => {
    expectNothing(await as(keys[keyName], 'GET', '/v1/changes?after=0&limit=1000'), secrets, '/v1/changes');
    const stop = new AbortController();
    const response = await fetch(`${t.hub.url}/v1/events?after=0`, {
      headers: { authorization: `Bearer ${keys[keyName]}` },
      signal: stop.signal,
    });
    if (keyName === 'residentA') expect(response.status).toBe(403);
    else expect(response.status).toBe(200);
    let text = '';
    setTimeout(() => stop.abort(), 1_500);
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        text += Buffer.from(chunk).toString();
    } catch (error) {
      expect((error as Error).name).toBe('AbortError');
    }
    expect([...secrets].filter((s) => text.includes(s))).toEqual([]);
  });

  test('learns nothing from an idempotency key, a reference or an account of others', async () => {
    const message = { channel: 'sms', to: '+79167778899', text: 'x', reference: 'shared' };
    const first = await as(keys.staffUk, 'POST', '/v1/messages', message, { 'idempotency-key': 'shared-key' });
    const own = await as(
      keys[keyName],
      'POST',
      '/v1/messages',
      { ...message, account: accountA.id },
      { 'idempotency-key': 'shared-key' },
    );
    expect(own.text).not.toContain(first.body.id);
    expect((await as(keys[keyName], 'GET', '/v1/operations?reference=shared')).text).not.toContain(first.body.id);
    const [there, missing] = [accountC.id, MISSING].map((account) =>
      as(keys[keyName], 'POST', '/v1/messages?dryRun=true', { ...message, account }),
    );
    const strip = (a: Answer | undefined, id: string) => said(a as Answer, id).replace(/"upstreamId":\d+/g, '');
    expect(strip(await there, accountC.id)).toBe(strip(await missing, MISSING));
    const meter = data.uk.get('meters')?.find((m) => m.premises !== accountA.premises) as Item;
    if (keyName === 'residentA') {
      const reading = (id: string) =>
        as(keys.residentA, 'POST', '/v1/meter-readings', { meter: id, readAt: '2026-11-24', values: ['1'] });
      expect(said(await reading(meter.id), meter.id)).toBe(said(await reading(MISSING), MISSING));
    }
  });

  test('is answered about as fast for a foreign id as for a missing one', async () => {
    const id = foreign['/v1/accounts']?.[0] as string;
    const times: { there: number[]; missing: number[] } = { there: [], missing: [] };
    for (let n = 0; n < 60; n++)
      for (const [name, which] of [
        ['there', id],
        ['missing', MISSING],
      ] as const) {
        const began = performance.now();
        await as(keys[keyName], 'GET', `/v1/accounts/${which}`);
        times[name].push(performance.now() - began);
      }
    const median = (list: number[]) => list.sort((a, b) => a - b)[30] as number;
    const [there, missing] = [median(times.there), median(times.missing)];
    process.stdout.write(
      `  404 for a foreign id ${there.toFixed(2)} ms, for a missing one ${missing.toFixed(2)} ms (medians of 60)\n`,
    );
    expect(Math.max(there, missing) / Math.min(there, missing)).toBeLessThan(3);
  }, 30_000);
});

test('the lookup of the desk is for staff, and knows its own organisation alone', async () => {
  const { holder } = accountC as Item & { holder: string };
  const by = (key: string, body: object) => as(key, 'POST', '/v1/lookup', body);
  expect((await by(keys.staffUk, { id: holder })).body.found.customers.items[0].id).toBe(holder);
  expect((await by(keys.staffUk, { q: accountC.number })).body.found.id).toBe(accountC.id);
  for (const body of [{ id: holder }, { id: accountC.id }, { id: accountA.id }, { q: accountA.number }])
    expect((await by(keys.residentA, body)).body.code).toBe('SCOPE_MISSING');
  for (const id of [holder, accountC.id])
    expect(said(await by(keys.staffOther, { id }), id)).toBe(said(await by(keys.staffOther, { id: MISSING }), MISSING));
});

test('a resident sees what is theirs, and no more of it than of others', async () => {
  const own = await as(keys.residentA, 'GET', '/v1/accounts?count=true');
  expect(own.body).toMatchObject({ total: 1, items: [{ id: accountA.id }] });
  expect((await as(keys.residentA, 'GET', `/v1/accounts/${accountA.id}`)).status).toBe(200);
  const charges = (await as(keys.residentA, 'GET', '/v1/charges?limit=500')).body.items as Item[];
  expect(charges.length).toBeGreaterThan(0);
  expect(new Set(charges.map((c) => c.account))).toEqual(new Set([accountA.id]));
});

test('pages of operations of a resident are whole, whatever others do in between', async () => {
  const send = (key: string, account: Item) =>
    as(key, 'POST', '/v1/messages', { channel: 'sms', to: '+79167770011', text: 'x', account: account.id });
  const mine: string[] = [];
  for (let n = 0; n < 6; n++) {
    mine.push((await send(keys.residentA, accountA)).body.id);
    for (let m = 0; m < 4; m++) await send(keys.residentC, accountC);
  }
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const page = (await as(keys.residentA, 'GET', `/v1/operations?limit=2${cursor}`)).body;
    seen.push(...page.items.map((i: Item) => i.id));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(mine.filter((id) => !seen.includes(id))).toEqual([]);
});

/** Bodies and headers to try a route with; the first is what it takes. */
function bodiesOf(path: string, method: string): [unknown, Record<string, string>][] {
  if (method === 'get')
    return [
      [undefined, {}],
      ...(path.startsWith('/v1/operations') || path.startsWith('/v1/files') || path.startsWith('/v1/webhooks')
        ? []
        : ([[undefined, { 'if-none-match': 'own' }]] as [unknown, Record<string, string>][])),
    ];
  if (method === 'delete') return [[undefined, {}]];
  if (path.endsWith('/resolve')) return [[{ answer: 'happened' }, {}]];
  if (path.endsWith('/reject') || path.endsWith('/approve')) return [[{ reason: 'x' }, {}]];
  if (path.endsWith('/answer')) return [[{ answer: 'retry', version: 1 }, {}]];
  if (path.endsWith('/assign')) return [[{ assignee: null, version: 1 }, {}]];
  if (path.endsWith('/erase')) return [[{ reason: 'x' }, {}]];
  if (path.endsWith('/replay')) return [[{ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }, {}]];
  return [[{}, {}]];
}
