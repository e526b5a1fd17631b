import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceLimiter } from '../connectors/kit/limiter.ts';
import { onServer, openBefore, serverUrl } from '../storage/testing/databases.ts';
import { CallPlaces } from './call-places.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Takes both places of an upstream, says so, and never gives them back. */
const HOLDER = `
  const { openPostgres } = await import('./storage/postgres/database.ts');
  const { CallPlaces } = await import('./queues/call-places.ts');
  const { STORE: url, SCHEMA: schema, UPSTREAM: upstream } = process.env;
  const log = { debug() {}, info() {}, warn: console.error, error: console.error };
  const db = await openPostgres({ url, schema, maxConnections: 2 });
  const places = new CallPlaces({ db, log, process: 'killed', leaseMs: 600 }).of(upstream, 2);
  await Promise.all([places.take(), places.take()]);
  process.stdout.write('held');
  setInterval(() => {}, 1_000);
`;
const UPSTREAM = 'giszhkh api 7c9e6679';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

onServer('calls that all processes count together', (open) => {
  const store = openBefore(open, []);
  let processes: CallPlaces[] = [];
  const processOf = (name: string, leaseMs?: number): CallPlaces => {
    const places = new CallPlaces({ db: store.db, log, process: name, ...(leaseMs ? { leaseMs } : {}) });
    processes.push(places);
    return places;
  };
  const limiterOf = (places: CallPlaces, most: number) =>
    new InstanceLimiter({
      clock: { now: Date.now },
      concurrency: most,
      perSecond: 0,
      places: places.of(UPSTREAM, most),
    });
  beforeEach(() => store.db.query('delete from call_place'));
  afterEach(async () => {
    for (const places of processes) await places.drain();
    processes = [];
  });

  test('never more than two at once, and nobody waits for ever', async () => {
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const work = async (name: string): Promise<void> => {
      const limiter = limiterOf(processOf(name), 2);
      const calls = Array.from({ length: 10 }, async () => {
        const release = await limiter.acquire();
        most = Math.max(most, ++running);
        order.push(name);
        await pause(15);
        running--;
        release();
      });
      await Promise.all(calls);
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(most).toBe(2);
    // First come, first served: none of them is done before each has begun.
    for (const name of ['a', 'b', 'c']) expect(order.indexOf(name)).toBeLessThan(9);
    for (const places of processes) await places.drain();
    const { rows } = await store.db.query('select count(*)::int as left from call_place');
    expect(rows[0]?.left).toBe(0);
  }, 30_000);

  test('what a killed process leaves behind lapses; a living one keeps its places as long as its calls take', async () => {
    const living = limiterOf(processOf('living', 600), 2);
    const release = await living.acquire();
    // A killed process renews nothing.
    await store.db.query(
      `insert into call_place (upstream, holder, until) values ($1, 'killed/1', now() + interval '600 milliseconds')`,
      [UPSTREAM],
    );
    const began = Date.now();
    const next = await limiterOf(processOf('next', 600), 2).acquire();
    expect(Date.now() - began).toBeGreaterThanOrEqual(500);
    expect(Date.now() - began).toBeLessThan(5_000);
    let third = false;
    const waiting = limiterOf(processOf('third', 600), 2)
      .acquire()
      .then((give) => {
        third = true;
        return give;
      });
    await pause(1_500);
    expect(third).toBe(false);
    release();
    (await waiting)();
    next();
  }, 30_000);

  test('kill -9 of a process with calls under way: its places are kept while it lives, and free soon after', async () => {
    const { rows } = await store.db.query<{ schema: string }>('select current_schema() as schema');
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLDER], {
      env: { ...process.env, NODE_OPTIONS: '', STORE: serverUrl, SCHEMA: rows[0]?.schema ?? '', UPSTREAM },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    let isIn = false;
    const next = limiterOf(processOf('next', 600), 2)
      .acquire()
      .then((release) => {
        isIn = true;
        return release;
      });
    // Longer than a lease: it has been renewed.
    await pause(1_500);
    expect(isIn).toBe(false);
    child.kill('SIGKILL');
    await ended;
    (await next)();
  }, 60_000);

  test('who gives up waiting leaves the queue', async () => {
    const held = await limiterOf(processOf('holder'), 1).acquire();
    const cancel = new AbortController();
    const waiting = limiterOf(processOf('gone'), 1).acquire(cancel.signal);
    await pause(100);
    cancel.abort(new Error('The hub stops.'));
    await expect(waiting).rejects.toThrow('The hub stops.');
    await processes[1]?.drain();
    const { rows } = await store.db.query<{ holder: string }>('select holder from call_place');
    expect(rows.map((r) => r.holder)).toEqual(['holder/1']);
    held();
  }, 30_000);
});

test('a store that does not answer stops the call before it goes out', async () => {
  const places = new CallPlaces({
    db: {
      transact: () => Promise.reject(new Error('gone')),
      query: () => Promise.reject(new Error('gone')),
    } as never,
    log,
    process: 'p',
  });
  await expect(limiter(places).acquire()).rejects.toMatchObject({ kind: 'transient', code: 'CALL_PLACE' });
  await places.drain();
});

const limiter = (places: CallPlaces) =>
  new InstanceLimiter({ clock: { now: Date.now }, concurrency: 1, perSecond: 0, places: places.of(UPSTREAM, 1) });
