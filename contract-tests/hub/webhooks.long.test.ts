import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { type BareHub, startBareHub } from './bare-hub.ts';
import { eventually } from './harness.ts';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  n: number;
}

let t: BareHub;
let server: Server;
let base: string;
const received: Received[] = [];
/** What the receiver answers, by path; a function sees how often this id came to this path before. */
const scripts = new Map<string, (before: number, r: Received) => number>();

beforeAll(async () => {
  server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8');
    req.on('data', (chunk: string) => {
      body += chunk;
    });
    req.on('end', () => {
      const path = req.url ?? '';
      const id = req.headers['webhook-id'];
      const before = received.filter((r) => r.path === path && r.headers['webhook-id'] === id).length;
      const item: Received = { path, headers: req.headers, body, n: Number(JSON.parse(body).data.details.n) };
      received.push(item);
      const status = scripts.get(path)?.(before, item) ?? 204;
      if (status > 0) res.writeHead(status, status === 302 ? { location: `${base}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t = await startBareHub(
    `webhooks: { allowAddresses: [127.0.0.1/32], timeoutMs: 500, retryDelaysMs: [50, 100, 200, 400], disableAfterHours: 72, endpoints: 20 }`,
  );
}, 120_000);
afterAll(async () => {
  await t.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}, 60_000);
beforeEach(() => {
  received.length = 0;
});

let paths = 0;
async function endpoint(script: (before: number, r: Received) => number, more: object = {}) {
  const path = `/in/${++paths}`;
  scripts.set(path, script);
  const { status, body } = await t.send('POST', '/v1/webhooks', { url: `${base}${path}`, ...more });
  expect(status).toBe(201);
  return { path, id: body.id as string, secret: body.secret as string };
}
const at = (path: string): Received[] => received.filter((r) => r.path === path);
const remove = (id: string) => t.send('DELETE', `/v1/webhooks/${id}`);
const deliveries = async (id: string) =>
  (await t.send('GET', `/v1/webhooks/${id}/deliveries?limit=500`)).body.items as {
    no: number;
    status: string;
    attempts: number;
    lastStatus: number | null;
    waitingFor: string | null;
    error: { code: string } | null;
  }[];

test('events arrive signed, as CloudEvents, and only those asked for; the hub tells the feed nothing about it', async () => {
  const hook = await endpoint(() => 204, { types: ['message.*', 'operation.dead'], description: 'desk' });
  await t.tell(1, 2, 'meters.changed');
  await t.tell(3, 4, 'message.delivered');
  await eventually(
    async () => at(hook.path).length,
    (n) => n === 2,
  );
  for (const item of at(hook.path)) {
    const headers = item.headers as Record<string, string>;
    const parsed = new Webhook(hook.secret).verify(item.body, headers) as { id: string };
    const cloud = HTTP.toEvent({ headers: item.headers, body: item.body });
    expect(cloud).toMatchObject({
      id: headers['webhook-id'],
      type: 'message.delivered',
      source: 'urn:connector-hub:uk',
    });
    expect(parsed.id).toBe(headers['webhook-id']);
  }
  await eventually(
    () => deliveries(hook.id),
    (d) => d.length === 2 && d.every((x) => x.status === 'succeeded' && x.lastStatus === 204),
  );
  await t.restart();
  const { rows } = await t.hub.store.db.query(
    `select count(*) as n from event where type like 'operation.%' or type like 'webhook%'`,
  );
  expect(Number(rows[0]?.n)).toBe(0);
  const shown = await t.send('GET', `/v1/webhooks/${hook.id}`);
  expect(shown.body).toMatchObject({ status: 'active', description: 'desk' });
  expect(JSON.stringify(shown.body)).not.toContain('whsec_');
  expect(t.lines.join('\n')).not.toContain('whsec_');
  await remove(hook.id);
}, 120_000);

test('a failed delivery comes again under the same id with the same body, and a slow one is not waited for', async () => {
  const hook = await endpoint((before) => [503, 302, 0, 200][before] ?? 500);
  await t.tell(1, 1);
  await eventually(
    () => deliveries(hook.id),
    (d) => d[0]?.status === 'succeeded',
    60_000,
  );
  const all = at(hook.path);
  expect(all).toHaveLength(4);
  expect(new Set(all.map((r) => r.headers['webhook-id'])).size).toBe(1);
  expect(new Set(all.map((r) => r.body)).size).toBe(1);
  expect(received.some((r) => r.path === '/elsewhere')).toBe(false);
  expect(await deliveries(hook.id)).toMatchObject([{ attempts: 4, lastStatus: 200, error: null }]);
  await remove(hook.id);
}, 120_000);

test('an ordered endpoint gets its events in order through failures; another one is not held up by it', async () => {
  const inOrder = await endpoint((before, r) => (r.n % 3 === 0 && before === 0 ? 500 : 204), { ordered: true });
  const other = await endpoint(() => 204);
  await t.tell(1, 9);
  await eventually(
    () => deliveries(inOrder.id),
    (d) => d.length === 9 && d.every((x) => x.status === 'succeeded'),
    60_000,
  );
  expect(at(inOrder.path).map((r) => r.n)).toEqual([1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9]);
  expect(new Set(at(other.path).map((r) => r.n)).size).toBe(9);
  await remove(inOrder.id);
  await remove(other.id);
}, 120_000);

test('in the time after a rotation both secrets verify, then only the new one', async () => {
  const hook = await endpoint(() => 204);
  const rotated = await t.send('POST', `/v1/webhooks/${hook.id}/secret`, { graceHours: 1 });
  expect(rotated.body.secret).toMatch(/^whsec_/);
  expect(rotated.body.secret).not.toBe(hook.secret);
  const send = async (): Promise<Received> => {
    received.length = 0;
    expect((await t.send('POST', `/v1/webhooks/${hook.id}/test`)).body).toMatchObject({
      status: 'succeeded',
      lastStatus: 204,
    });
    return at(hook.path)[0] as Received;
  };
  const verifies = (r: Received, secret: string): boolean => {
    try {
      // The hub's clock is moved below; the verifier looks at the real one.
      const headers = r.headers as Record<string, string>;
      const own = new Webhook(secret).sign(
        headers['webhook-id'] ?? '',
        new Date(Number(headers['webhook-timestamp']) * 1000),
        r.body,
      );
      return (headers['webhook-signature'] ?? '').split(' ').includes(own);
    } catch {
      return false;
    }
  };
  const first = await send();
  expect([verifies(first, hook.secret), verifies(first, rotated.body.secret)]).toEqual([true, true]);
  new Webhook(hook.secret).verify(first.body, first.headers as Record<string, string>);
  t.clock.offset += 3_700_000;
  const second = await send();
  expect([verifies(second, hook.secret), verifies(second, rotated.body.secret)]).toEqual([false, true]);
  await remove(hook.id);
}, 120_000);

test('410 disables an endpoint with an event; enabling goes on where it stopped', async () => {
  let answer = 410;
  const hook = await endpoint(() => answer, { types: ['accounts.*'] });
  await t.tell(1, 1);
  const disabled = await eventually(
    async () => (await t.send('GET', `/v1/webhooks/${hook.id}`)).body,
    (w) => w.status === 'disabled',
  );
  expect(disabled.disabledReason).toContain('410');
  await t.tell(2, 4);
  await eventually(
    async () =>
      (await t.send('GET', '/v1/changes?type=webhook.*&limit=1000')).body.items as { data: { webhook: string } }[],
    (items) => items.some((i) => i.data.webhook === hook.id),
  );
  expect(at(hook.path)).toHaveLength(1);
  answer = 204;
  expect((await t.send('POST', `/v1/webhooks/${hook.id}/enable`)).body.status).toBe('active');
  await eventually(
    async () =>
      at(hook.path)
        .map((r) => r.n)
        .slice(1)
        .sort(),
    (n) => n.join() === '2,3,4',
  );
  await remove(hook.id);
}, 120_000);

test('an ordered endpoint that uses up its attempts is disabled, and enabling delivers all of it, in order', async () => {
  let answer = 500;
  const hook = await endpoint(() => answer, { ordered: true });
  await t.tell(1, 3);
  await eventually(
    async () => (await t.send('GET', `/v1/webhooks/${hook.id}`)).body.status,
    (s) => s === 'disabled',
    60_000,
  );
  await eventually(
    () => deliveries(hook.id),
    (d) => d.some((x) => x.status === 'dead' && x.lastStatus === 500),
  );
  expect(at(hook.path).every((r) => r.n === 1)).toBe(true);
  answer = 204;
  received.length = 0;
  await t.send('POST', `/v1/webhooks/${hook.id}/enable`);
  // Events of the disabling itself follow.
  await eventually(
    async () =>
      at(hook.path)
        .map((r) => r.n)
        .filter((n) => !Number.isNaN(n)),
    (n) => n.join() === '1,2,3',
    60_000,
  );
  await remove(hook.id);
}, 120_000);

test('a span of time is sent again under the old ids', async () => {
  const hook = await endpoint(() => 204);
  const from = new Date(t.clock.now()).toISOString();
  await t.tell(1, 3, 'accounts.changed');
  await t.tell(4, 5, 'meters.changed');
  await eventually(
    async () => at(hook.path).length,
    (n) => n === 5,
  );
  const ids = at(hook.path)
    .filter((r) => r.n <= 3)
    .map((r) => String(r.headers['webhook-id']))
    .sort();
  received.length = 0;
  const to = new Date(t.clock.now() + 1_000).toISOString();
  const again = await t.send('POST', `/v1/webhooks/${hook.id}/replay`, { from, to, types: ['accounts.*'] });
  expect([again.status, again.body]).toEqual([202, { deliveries: 3 }]);
  await eventually(
    async () => at(hook.path).length,
    (n) => n === 3,
  );
  expect(
    at(hook.path)
      .map((r) => String(r.headers['webhook-id']))
      .sort(),
  ).toEqual(ids);
  const wrong = await t.send('POST', `/v1/webhooks/${hook.id}/replay`, { from: to, to: from });
  expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/to']);
  await remove(hook.id);
}, 120_000);

test('a receiver that is down holds back nobody else', async () => {
  const down = await endpoint(() => 0);
  const well = await endpoint(() => 204);
  await t.tell(1, 100);
  await eventually(
    async () => new Set(at(well.path).map((r) => r.n)).size,
    (n) => n === 100,
    60_000,
  );
  expect(at(down.path).length).toBeLessThan(100);
  await remove(down.id);
  await remove(well.id);
}, 120_000);

test('a restart in the middle loses nothing and repeats only under the same id', async () => {
  const hook = await endpoint(() => 204);
  await t.tell(1, 200);
  await eventually(
    async () => at(hook.path).length,
    (n) => n > 0,
    60_000,
  );
  await t.restart();
  await eventually(
    async () => new Set(at(hook.path).map((r) => r.n)).size,
    (n) => n === 200,
    60_000,
  );
  const ids = new Map<number, Set<unknown>>();
  for (const r of at(hook.path)) ids.set(r.n, (ids.get(r.n) ?? new Set()).add(r.headers['webhook-id']));
  expect([...ids.values()].every((s) => s.size === 1)).toBe(true);
  await remove(hook.id);
}, 120_000);

test.each([
  ['an address of the network', { url: 'https://10.0.0.1/x' }, 422, 'WEBHOOK_ADDRESS_REFUSED', '/url'],
  ['plain http to the world', { url: 'http://example.org/' }, 422, 'WEBHOOK_ADDRESS_REFUSED', '/url'],
  ['a password in the address', { url: 'https://a:b@example.org/' }, 422, 'WEBHOOK_ADDRESS_REFUSED', '/url'],
  ['a wrong type', { url: 'https://example.org/', types: ['A.*'] }, 400, 'INVALID_BODY', '/types/0'],
  ['an unknown field', { url: 'https://example.org/', orderd: true }, 400, 'INVALID_BODY', '/orderd'],
])('%s is refused and the field named', async (_title, body, status, code, pointer) => {
  const answer = await t.send('POST', '/v1/webhooks', body);
  expect([answer.status, answer.body.code, answer.body.errors[0].pointer]).toEqual([status, code, pointer]);
});

test('another organisation sees no endpoints of this one, and only admins see any', async () => {
  const hook = await endpoint(() => 204);
  const key = async (organisation: string, scopes: string[]) =>
    (await t.send('POST', '/v1/keys', { name: 'k', organisation, scopes })).body.key as string;
  const foreign = { authorization: `Bearer ${await key('other', ['admin'])}` };
  expect(((await (await t.get('/v1/webhooks', foreign)).json()) as { items: unknown[] }).items).toEqual([]);
  for (const path of ['', '/deliveries'])
    expect((await t.get(`/v1/webhooks/${hook.id}${path}`, foreign)).status).toBe(404);
  expect((await t.get('/v1/webhooks', { authorization: `Bearer ${await key('uk', ['read:*'])}` })).status).toBe(403);
  await remove(hook.id);
  expect((await t.get(`/v1/webhooks/${hook.id}`)).status).toBe(404);
});
