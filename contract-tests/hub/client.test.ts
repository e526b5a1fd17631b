import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHubClient, type HubClient } from '../../client/index.ts';
import { answers } from '../../routes/answers.ts';
import { CONTROL_KEY, startTestHub, type TestHub } from './harness.ts';

// Between client and hub stands a line that breaks when it is told to.

let t: TestHub;
let line: Line;
let hub: HubClient;

/** What becomes of the next calls, one each; then they pass. */
type Fate =
  | 'pass'
  | 'cut-before'
  | 'cut-after'
  | 'cut-in-answer'
  | { status: number; headers?: Record<string, string>; body?: string };
interface Line {
  url: string;
  fates: Fate[];
  seen: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  /** Breaks every connection that is open. */
  cut(): void;
  close(): Promise<void>;
}

async function startLine(target: string): Promise<Line> {
  const fates: Fate[] = [];
  const seen: Line['seen'] = [];
  const server: Server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const fate = fates.shift() ?? 'pass';
    seen.push({ method: String(req.method), path: String(req.url), headers: req.headers });
    if (fate === 'cut-before') return void req.socket.destroy();
    if (typeof fate === 'object') {
      req.resume();
      return void res.writeHead(fate.status, fate.headers).end(fate.body);
    }
    const up = request(new URL(String(req.url), target), { method: req.method, headers: req.headers }, (answer) => {
      if (fate === 'cut-after') {
        // The hub has answered, so it has committed; nobody hears of it.
        answer.resume().on('end', () => req.socket.destroy());
        return;
      }
      res.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fate === 'cut-in-answer') {
        res.write('{"id":');
        return void setTimeout(() => req.socket.destroy(), 20);
      }
      answer.pipe(res);
    });
    up.on('error', () => req.socket.destroy());
    res.on('close', () => up.destroy());
    req.pipe(up);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fates,
    seen,
    cut: () => server.closeAllConnections(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const text = (n: number) => ({
  channel: 'sms' as const,
  to: `+7916555${String(n).padStart(4, '0')}`,
  text: `№ ${n}`,
  purpose: 'service' as const,
});
const operationsOf = async (reference: string) =>
  (await t.call('GET', `/v1/operations?reference=${reference}`)).body.items as { id: string }[];

beforeAll(async () => {
  t = await startTestHub({ accounts: 30 });
  line = await startLine(t.hub.url);
  hub = createHubClient({ url: line.url, key: () => CONTROL_KEY, retry: { baseMs: 5 } });
  await t.hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount' });
}, 90_000);
afterAll(async () => {
  await line.close();
  await t.stop();
}, 30_000);
beforeEach(() => {
  line.fates.length = 0;
  line.seen.length = 0;
});

describe('a command whose answer is lost', () => {
  test.each(['cut-after', 'cut-before', 'cut-in-answer'] as const)('(%s, twice) takes effect once', async (fate) => {
    line.fates.push(fate, fate);
    const n = 60 + ['cut-after', 'cut-before', 'cut-in-answer'].indexOf(fate);
    const answer = await hub.request('postMessages', { body: { ...text(n), reference: fate }, wait: 15 });
    expect(answer.body.status).toBe('succeeded');
    expect(answer.isReplayed).toBe(fate !== 'cut-before');
    expect(await operationsOf(fate)).toHaveLength(1);
    expect(new Set(line.seen.map((s) => s.headers['idempotency-key'])).size).toBe(1);
    expect(line.seen).toHaveLength(3);
    const { count, distinct } = t.sms.effects.report()['sms.sent'] ?? {};
    expect(count).toBe(distinct);
  });

  test('takes effect once for each item of a bulk call', async () => {
    line.fates.push('cut-after', 'cut-after');
    const items = [10, 11, 12].map((n) => ({ ...text(n), reference: 'bulk' }));
    const outcome = await hub.postMessagesBulk({ body: items });
    expect(outcome).toMatchObject({ accepted: 3, rejected: 0 });
    expect(outcome.items.every((i) => i.replayed)).toBe(true);
    expect(await operationsOf('bulk')).toHaveLength(3);
  });

  test('is given up after the tries, as something nobody knows the outcome of', async () => {
    line.fates.push(...Array.from({ length: 9 }, () => 'cut-before' as const));
    await expect(hub.postMessages({ body: text(2) })).rejects.toMatchObject({ name: 'HubUnreachable' });
    expect(line.seen).toHaveLength(5);
  });
});

describe('what must not be repeated', () => {
  test('is sent once when its answer is lost', async () => {
    line.fates.push('cut-after');
    await expect(hub.postKeys({ body: { name: 'once', scopes: ['read:accounts'] } })).rejects.toMatchObject({
      name: 'HubUnreachable',
    });
    expect(line.seen).toHaveLength(1);
    const keys = (await t.call('GET', '/v1/keys')).body.items as { name: string }[];
    expect(keys.filter((k) => k.name === 'once')).toHaveLength(1);
  });

  test('is sent again when the hub has turned it away for its rate, and not for a fault that stays', async () => {
    const problem = (status: number, more: object) => ({
      status,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '0' },
      body: JSON.stringify(more),
    });
    line.fates.push(problem(429, { code: 'RATE_LIMITED', retryable: true }));
    await hub.postKeys({ body: { name: 'after a rest', scopes: ['read:accounts'] } });
    expect(line.seen).toHaveLength(2);
    line.seen.length = 0;
    await expect(hub.postMessages({ body: { ...text(3), to: 'nobody' } })).rejects.toMatchObject({
      name: 'HubProblem',
      status: 400,
      code: 'INVALID_BODY',
      isRetryable: false,
      errors: [{ pointer: '/to' }],
    });
    expect(line.seen).toHaveLength(1);
  });
});

test('reads are repeated, after the time that the hub asks for', async () => {
  line.fates.push(
    { status: 503, headers: { 'retry-after': '1' }, body: '{"code":"STORE_UNAVAILABLE","retryable":true}' },
    { status: 502, body: '<html>' },
  );
  const began = performance.now();
  expect((await hub.getAccounts({ query: { limit: 1 } })).items).toHaveLength(1);
  expect(line.seen).toHaveLength(3);
  // Not earlier than asked; how much later is the machine's affair.
  expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
});

test('lists are walked to their end, page by page', async () => {
  const numbers: string[] = [];
  for await (const account of hub.items('getAccounts', { query: { limit: 7 } })) numbers.push(account.number);
  expect(new Set(numbers).size).toBe(30);
  expect(line.seen).toHaveLength(5);
  line.seen.length = 0;
  for await (const page of hub.pages('getAccounts', { query: { limit: 7 } })) {
    expect(page.items).toHaveLength(7);
    break;
  }
  expect(line.seen).toHaveLength(1);
});

test('answers are what the document says of them', async () => {
  const sent = await hub.postMessages({ body: text(20), wait: 15 });
  const check = (name: string, value: unknown): void => {
    const result = answers[name]?.safeParse(value);
    expect([name, result?.error?.issues ?? []]).toEqual([name, []]);
  };
  check('Operation', sent);
  check('OperationDetails', await hub.getOperationsById({ path: { id: sent.id } }));
  check('OperationPage', await hub.getOperations());
  check('ChangePage', await hub.getChanges({ query: { after: 0 } }));
  const file = await hub.postFiles({
    body: 'bytes',
    headers: { 'content-disposition': 'attachment; filename="a.txt"', 'content-type': 'text/plain' },
  });
  check('File', file);
  expect(await (await hub.getFilesById({ path: { id: file.id } })).text()).toBe('bytes');
  const [account] = (await hub.getAccounts({ query: { limit: 1 } })).items;
  check('LookupAnswer', await hub.postLookup({ body: { q: account?.number as string } }));
  check('BulkOutcome', await hub.postMessagesBulk({ body: [text(21)] }));
  expect(await hub.finished(sent)).toMatchObject({ id: sent.id, status: 'succeeded' });
});

test('a purpose goes along, in any alphabet', async () => {
  await hub.postLookup({ body: { q: 'Иванова' }, purpose: 'вопрос о долге' }).catch((error: unknown) => {
    if ((error as { code?: string }).code !== 'LOOKUP_TOO_BROAD') throw error;
  });
  expect(decodeURIComponent(String(line.seen[0]?.headers['x-purpose']))).toBe('вопрос о долге');
});

test('a call is given up when its caller wants to, and when its time is over', async () => {
  const stop = new AbortController();
  const waiting = hub.postMessages({
    body: { ...text(30), notBefore: new Date(Date.now() + 3_600_000).toISOString() },
    wait: 20,
    signal: stop.signal,
  });
  setTimeout(() => stop.abort(), 100);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  const hasty = createHubClient({ url: line.url, key: CONTROL_KEY, timeoutMs: 1, retry: { retries: 0 } });
  await expect(hasty.getAccounts()).rejects.toMatchObject({ name: 'HubUnreachable' });
  expect(() => hub.getAccountsById({ path: { id: '' } })).rejects.toThrow('needs path.id');
});

test('the feed goes on after cuts without losing or doubling an event', async () => {
  const stop = new AbortController();
  const numbers: number[] = [];
  const first = (await hub.getChanges({ query: { limit: 1 } })).items[0]?.no as number;
  const reading = (async () => {
    for await (const change of hub.events({ after: first, signal: stop.signal })) {
      numbers.push(change.no);
      if (numbers.length % 5 === 0) line.cut();
    }
  })();
  for (let n = 40; n < 52; n++) await hub.postMessages({ body: text(n), wait: 10 });
  const last = ((await t.call('GET', '/v1/changes?after=0&limit=1000')).body.items as { no: number }[]).at(-1)
    ?.no as number;
  while ((numbers.at(-1) ?? 0) < last) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  await reading;
  // Each message has one event at least; the line was cut at every fifth.
  expect(numbers.length).toBeGreaterThanOrEqual(12);
  expect(numbers).toEqual(Array.from(numbers, (_v, i) => first + 1 + i));
}, 60_000);

test('the feed ends with the reason when it can not go on', async () => {
  const read = async (): Promise<void> => {
    for await (const _change of hub.events({ after: 900_000_000 })) break;
  };
  await expect(read()).rejects.toMatchObject({ code: 'EVENTS_AHEAD' });
});
