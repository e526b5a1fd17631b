import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { OperationView, Outcome } from '../../connectors/port.ts';
import type { TestStore } from '../../storage/testing/databases.ts';
import { onRedis, removeKeys, withBullmq } from '../testing/engines.ts';
import { workbench } from '../testing/workbench.ts';
import { BullDispatcher } from './dispatcher.ts';

/** A Redis of the test's own, which may be killed. */
class OwnRedis {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hub-redis-'));
  #process: ChildProcess | undefined;
  port = 0;

  async start(): Promise<void> {
    if (this.port === 0) {
      const probe = createServer().listen(0, '127.0.0.1');
      await once(probe, 'listening');
      this.port = (probe.address() as { port: number }).port;
      probe.close();
    }
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder];
    this.#process = spawn('redis-server', args, { stdio: 'ignore' });
    const client = new Redis(this.port, { retryStrategy: () => 100, maxRetriesPerRequest: null });
    client.on('error', () => {});
    await client.ping();
    client.disconnect();
  }

  async kill(): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

onRedis('the BullMQ dispatcher', (open) => {
  const pair = withBullmq(open, []);
  const own = new OwnRedis();
  afterAll(() => own.remove());
  const setUp = (store: Parameters<typeof workbench>[0]) => {
    const effects: string[] = [];
    const send = async (_ctx: unknown, op: OperationView): Promise<Outcome> => {
      effects.push(op.id);
      return { status: 'done', result: {} };
    };
    return { effects, ...workbench(store, { effect: 'once', send, reconcile: async () => ({ status: 'absent' }) }) };
  };

  test('operations are brought by jobs that say nothing but which they are, and no job remains', async () => {
    const t = setUp(pair);
    t.worker.start();
    // The first look takes what it finds without leaving time to jobs.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const ids = (await Promise.all(Array.from({ length: 20 }, (_, n) => t.journal.accept(t.request(n))))).map(
      (a) => a.id,
    );
    for (const id of ids) expect((await t.settled(id)).status).toBe('succeeded');
    expect([...t.effects].sort()).toEqual([...ids].sort());
    await t.worker.stop();
    const redis = new Redis(pair.redis.url);
    const key = (name: string) => `{${pair.redis.prefix}:${t.name}}:due:${name}`;
    const events = await redis.xrange(key('events'), '-', '+');
    const completed = events.filter(([, fields]) => fields.includes('completed')).map(([, fields]) => fields.join(' '));
    // Every operation was named by a job that came through.
    expect(ids.filter((id) => completed.some((line) => line.includes(id)))).toHaveLength(ids.length);
    expect(await Promise.all(['wait', 'active'].map((list) => redis.llen(key(list))))).toEqual([0, 0]);
    expect(await Promise.all(['completed', 'failed', 'delayed'].map((set) => redis.zcard(key(set))))).toEqual([
      0, 0, 0,
    ]);
    redis.disconnect();
  });

  test('an operation whose job was lost is found in the journal', async () => {
    const t = setUp(pair);
    t.worker.start();
    const silent = setUp({
      db: pair.db,
      dispatcher: () => ({ start() {}, announce() {}, notify() {}, stop: async () => {} }),
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const { id } = await silent.journal.accept(t.request(1));
    expect((await t.settled(id)).status).toBe('succeeded');
    await t.worker.stop();
  });

  test('a worker without a place at an instance leaves its jobs, and takes them when it has one', async () => {
    const { redis } = pair;
    let places = 0;
    const share = { ofConcurrency: () => places, ofRate: () => 1 };
    const t = setUp({ db: pair.db, dispatcher: (options) => new BullDispatcher({ ...options, redis, share }) });
    t.worker.start();
    const ids = (await Promise.all([1, 2, 3].map((n) => t.journal.accept(t.request(n))))).map((a) => a.id);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(t.effects).toEqual([]);
    places = 2;
    for (const id of ids) expect((await t.settled(id)).status).toBe('succeeded');
    await t.worker.stop();
  });

  test('no operation is lost or repeated when Redis is killed, stays away, and comes back empty', async () => {
    await own.start();
    const redis = { url: `redis://127.0.0.1:${own.port}`, prefix: 'hub' };
    const store: TestStore = pair;
    const t = setUp({ db: store.db, dispatcher: (options) => new BullDispatcher({ ...options, redis }) });
    t.worker.start();
    const accept = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, n) => t.journal.accept(t.request(n))));
    const ids = (await accept(50)).map((a) => a.id);
    await own.kill();
    ids.push(...(await accept(50)).map((a) => a.id));
    for (const id of ids) expect((await t.settled(id)).status).toBe('succeeded');
    await own.start();
    ids.push(...(await accept(50)).map((a) => a.id));
    for (const id of ids) expect((await t.settled(id)).status).toBe('succeeded');
    expect([...t.effects].sort()).toEqual([...ids].sort());
    await t.worker.stop();
  }, 60_000);

  test('workers started while Redis is away carry out everything, and stop in time', async () => {
    const redis = { url: 'redis://127.0.0.1:1', prefix: 'hub' };
    const t = setUp({ db: pair.db, dispatcher: (options) => new BullDispatcher({ ...options, redis }) });
    const { id } = await t.journal.accept(t.request(1));
    t.worker.start();
    expect((await t.settled(id)).status).toBe('succeeded');
    const next = await t.journal.accept(t.request(2));
    expect((await t.settled(next.id)).status).toBe('succeeded');
    const began = Date.now();
    await t.worker.stop();
    expect(Date.now() - began).toBeLessThan(15_000);
    await removeKeys(pair.redis);
  });
});
