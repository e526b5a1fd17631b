import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventSource } from 'eventsource';
import { numberEvents } from '../../storage/repositories/events.ts';
import { type BareHub, startBareHub } from './bare-hub.ts';
import { eventually } from './harness.ts';

let t: BareHub;
beforeAll(async () => {
  t = await startBareHub('feed: { readersPerKey: 30, readers: 60, stallMs: 8000, heartbeatMs: 300 }');
}, 120_000);
afterAll(() => t.stop(), 30_000);

interface Item {
  no: number;
  type: string;
  data: { n: number };
}
const lastNo = async (): Promise<number> => {
  await numberEvents(t.hub.store.db);
  return Number(
    (await t.hub.store.db.query(`select coalesce(max(last_no), 0) as n from event_counter where org = 'uk'`)).rows[0]
      ?.n,
  );
};
/** Reads a stream by hand until `enough` says so. */
async function readStream(
  path: string,
  headers: Record<string, string>,
  enough: (text: string) => boolean,
): Promise<string> {
  const response = await t.get(path, headers);
  expect(response.status).toBe(200);
  const decoder = new TextDecoder();
  let text = '';
  if (!response.body) throw new Error('no body');
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (enough(text)) break;
  }
  return text;
}
const itemsOf = (text: string): Item[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map((m) => JSON.parse(m[1] ?? '') as Item);
/** A reader that asks and then takes nothing. */
async function deafReader(after: number): Promise<{ socket: Socket; ended(): boolean }> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(t.hub.url).port) });
  let over = false;
  socket.on('error', () => {
    over = true;
  });
  socket.on('close', () => {
    over = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`GET /v1/events?after=${after} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${t.key}\r\n\r\n`);
  socket.pause();
  return { socket, ended: () => over };
}

test('an EventSource sees every event once, in order, while events come and the hub restarts', async () => {
  const start = await lastNo();
  const seen: number[] = [];
  let opened = 0;
  const source = new EventSource(`${t.hub.url}/v1/events?after=${start}`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${t.key}` } }),
  });
  source.onopen = () => {
    opened++;
  };
  source.onmessage = (message) => {
    const item = JSON.parse(message.data) as Item;
    expect(message.lastEventId).toBe(String(item.no));
    seen.push(item.data.n);
  };
  let n = 0;
  const tellFor = async (ms: number): Promise<void> => {
    const until = Date.now() + ms;
    while (Date.now() < until) {
      await t.tell(n + 1, n + 37);
      n += 37;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await tellFor(1_500);
  await eventually(
    async () => seen.length,
    (l) => l > 0,
  );
  await t.restart();
  await tellFor(1_000);
  await t.restart();
  await tellFor(500);
  await eventually(
    async () => seen.length,
    (l) => l >= n,
    60_000,
  );
  source.close();
  expect(seen).toEqual(Array.from({ length: n }, (_v, i) => i + 1));
  expect(opened).toBeGreaterThanOrEqual(2);
}, 180_000);

test('Last-Event-ID goes before ?after, heartbeats come as comments, an idle filtered reader is moved on', async () => {
  const start = await lastNo();
  await t.tell(1, 3, 'meters.changed');
  await t.tell(4, 5, 'message.delivered');
  await t.tell(6, 7, 'meters.changed');
  await lastNo();
  const text = await readStream(
    `/v1/events?after=${start}&type=message.*,operation.dead`,
    { 'last-event-id': String(start + 1) },
    (x) => x.includes(`id: ${start + 7}\n\n`) && x.includes('\n:\n\n'),
  );
  expect(text.startsWith('retry: 3000\n\n')).toBe(true);
  expect(itemsOf(text).map((i) => i.data.n)).toEqual([4, 5]);
  const plain = await readStream(`/v1/events?after=0`, { 'last-event-id': String(start + 2) }, (x) =>
    x.includes(`id: ${start + 7}\n`),
  );
  expect(itemsOf(plain).map((i) => i.data.n)).toEqual([3, 4, 5, 6, 7]);
  const page = await (await t.get(`/v1/changes?after=${start}&type=message.*&entity=PersonalAccount`)).json();
  expect((page as { items: Item[] }).items.map((i) => i.data.n)).toEqual([4, 5]);
  expect((page as { next: number }).next).toBe(start + 7);
});

test('without a number a stream begins now, and hears of what another process publishes', async () => {
  await lastNo();
  const reading = readStream('/v1/events', {}, (x) => x.includes('data:'));
  await new Promise((resolve) => setTimeout(resolve, 700));
  await t.tell(42, 42);
  // Numbered behind the back of the hub's own publisher: only the poll can tell.
  await numberEvents(t.hub.store.db);
  expect(itemsOf(await reading).map((i) => i.data.n)).toEqual([42]);
});

test.each([
  ['/v1/events?after=x', {}, 400, 'INVALID_QUERY'],
  ['/v1/events', { 'last-event-id': '12a' }, 400, 'INVALID_HEADER'],
  ['/v1/events?type=A*', {}, 400, 'INVALID_QUERY'],
  ['/v1/events?entity=Nothing', {}, 400, 'INVALID_QUERY'],
  ['/v1/events?after=999999999', {}, 409, 'EVENTS_AHEAD'],
  ['/v1/changes?after=999999999', {}, 409, 'EVENTS_AHEAD'],
])('%s %j is answered %i %s', async (path, headers, status, code) => {
  const response = await t.get(path, headers as Record<string, string>);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
});

test('a number older than what is kept is answered 410, and 0 means the oldest kept', async () => {
  await t.tell(1, 10);
  const last = await lastNo();
  await t.hub.store.db.query(`delete from event where org = 'uk' and no <= $1`, [last - 5]);
  for (const path of ['/v1/events', '/v1/changes']) {
    const gone = await t.get(`${path}?after=${last - 6}`);
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([410, 'EVENTS_GONE']);
  }
  expect((await t.get(`/v1/changes?after=${last - 5}`)).status).toBe(200);
  const text = await readStream('/v1/events?after=0', {}, (x) => x.includes(`id: ${last}\n`));
  expect(itemsOf(text).map((i) => i.no)).toEqual([last - 4, last - 3, last - 2, last - 1, last]);
});

test('a reader that retention overtakes is told so and ended', async () => {
  const last = await lastNo();
  const reading = readStream(`/v1/events?after=${last}`, {}, () => false);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await t.hub.store.db.transact([
    { sql: `update event_counter set last_no = last_no + 5 where org = 'uk'` },
    {
      sql: `insert into event (org, id, no, type, data, at) values ('uk', gen_random_uuid(), $1, 'a.b', '{}', now())`,
      params: [last + 5],
    },
  ]);
  expect(await reading).toContain(`event: gone\ndata: {"code":"EVENTS_GONE","after":${last},"oldest":${last + 5}}\n\n`);
});

test('a resident key has no feed, another organisation sees nothing of this one, a revoked key loses its stream', async () => {
  const create = async (body: object) => (await t.send('POST', '/v1/keys', body)).body as { key: string; id: string };
  const resident = await create({
    name: 'r',
    scopes: ['read:*'],
    accounts: ['0192f0c4-7a1b-7c3d-8e4f-791612345670'],
  });
  expect((await t.get('/v1/events', { authorization: `Bearer ${resident.key}` })).status).toBe(403);
  const foreign = await create({ name: 'o', scopes: ['read:*'], organisation: 'other' });
  const own = await create({ name: 'u', scopes: ['read:changes'] });
  const readAs = async (key: string): Promise<string> => {
    const response = await t.get('/v1/events?after=0', { authorization: `Bearer ${key}` });
    return response.text();
  };
  const foreignRead = readAs(foreign.key);
  const ownRead = readAs(own.key);
  await t.tell(1, 2);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const revoked = Date.now();
  await t.hub.keys.revoke('uk', own.id);
  await t.hub.keys.revoke('other', foreign.id);
  expect(itemsOf(await ownRead).length).toBeGreaterThan(1);
  expect(itemsOf(await foreignRead)).toEqual([]);
  expect(Date.now() - revoked).toBeLessThan(5_000);
}, 60_000);

test('a key holds so many streams and no more, and a closed one makes room', async () => {
  const abort = new AbortController();
  const open = await Promise.all(
    Array.from({ length: 30 }, () =>
      fetch(`${t.hub.url}/v1/events`, { headers: { authorization: `Bearer ${t.key}` }, signal: abort.signal }),
    ),
  );
  expect(open.every((r) => r.status === 200)).toBe(true);
  const more = await t.get('/v1/events');
  expect([more.status, more.headers.get('retry-after')]).toEqual([429, '10']);
  abort.abort();
  await eventually(
    async () => {
      const again = await t.get('/v1/events');
      await again.body?.cancel();
      return again.status;
    },
    (s) => s === 200,
  );
});

test('open streams don’t keep the hub from stopping', async () => {
  const ended = readStream('/v1/events?after=0', {}, () => false);
  const deaf = await deafReader(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const asked = Date.now();
  const stopping = t.restart();
  await ended;
  // Sockets that still talk are cut by the hub after five seconds: streams must not need that.
  expect(Date.now() - asked).toBeLessThan(4_000);
  await stopping;
  deaf.socket.destroy();
}, 60_000);
