import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InstanceLimiter } from '../connectors/kit/limiter.ts';
import { onServer, openBefore } from '../storage/testing/databases.ts';
import { CallPlaces } from './call-places.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const UPSTREAM = 'giszhkh api 7c9e6679';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

onServer('calls that all processes count together', (open) => {
  const store = openBefore(open, []);
  let processes: CallPlaces[] = [];
  const process = (name: string, leaseMs?: number): CallPlaces => {
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
      const limiter = limiterOf(process(name), 2);
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
    const living = limiterOf(process('living', 600), 2);
    const release = await living.acquire();
    // A killed process renews nothing.
    await store.db.query(
      `insert into call_place (upstream, holder, until) values ($1, 'killed/1', now() + interval '600 milliseconds')`,
      [UPSTREAM],
    );
    const began = Date.now();
    const next = await limiterOf(process('next', 600), 2).acquire();
    expect(Date.now() - began).toBeGreaterThanOrEqual(500);
    expect(Date.now() - began).toBeLessThan(5_000);
    let third = false;
    const waiting = limiterOf(process('third', 600), 2)
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

  test('who gives up waiting leaves the queue', async () => {
    const held = await limiterOf(process('holder'), 1).acquire();
    const cancel = new AbortController();
    const waiting = limiterOf(process('gone'), 1).acquire(cancel.signal);
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
