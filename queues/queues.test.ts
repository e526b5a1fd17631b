import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../canonical/canonical-json.ts';
import { HubError } from '../canonical/errors.ts';
import type { Context, OperationView, Outcome, Reconciled } from '../connectors/port.ts';
import { numberEvents, readEvents } from '../storage/repositories/events.ts';
import { type TestStore, testCipher } from '../storage/testing/databases.ts';
import { lease } from './lease.ts';
import { defaultPolicy, retryDelay } from './policy.ts';
import { applyRetention } from './retention.ts';
import { onEachEngine } from './testing/engines.ts';
import { workbench } from './testing/workbench.ts';

/** An upstream that counts effects and follows a script, one step a call. */
class Upstream {
  readonly effects: string[] = [];
  script: ('ok' | 'cut-after' | 'cut-before' | 'transient' | 'reject' | 'unauthorized' | 'unexpected')[] = [];
  reconcileDown = 0;
  send = async (_ctx: Context<never>, op: OperationView): Promise<Outcome> => {
    const step = this.script.shift() ?? 'ok';
    if (step === 'transient') throw new HubError('transient', 'DOWN', 'down');
    if (step === 'reject') throw new HubError('rejected', 'NO', 'no');
    if (step === 'unauthorized') throw new HubError('unauthorized', 'LOGIN', 'login');
    if (step === 'unexpected') throw new HubError('unexpected', 'ODD', 'odd');
    if (step === 'cut-before') throw new Error('socket hang up');
    this.effects.push(op.id);
    if (step === 'cut-after') throw new Error('socket hang up');
    return { status: 'done', result: { seen: this.effects.length } };
  };
  reconcile = async (_ctx: Context<never>, op: OperationView): Promise<Reconciled> => {
    if (this.reconcileDown-- > 0) return { status: 'unknown', askAfterMs: 1 };
    return this.effects.includes(op.id) ? { status: 'happened', result: {} } : { status: 'absent' };
  };
}

const setUp = (store: TestStore, upstream: Upstream) =>
  workbench(store, {
    effect: 'once',
    send: upstream.send,
    reconcile: upstream.reconcile,
    ownId: { min: 1, max: 1_000_000 },
  });

onEachEngine('the journal', [{ name: 'Message', filters: [] }], (store) => {
  test('an accepted operation is carried out once and its result is kept', async () => {
    const upstream = new Upstream();
    const t = setUp(store, upstream);
    const { id } = await t.journal.accept(t.request(1));
    t.worker.start();
    expect(await t.settled(id)).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      result: { seen: 1 },
      ownId: expect.any(Number),
    });
    expect((await t.journal.attempts('uk', id)).map((a) => [a.action, a.outcome])).toEqual([['send', 'done']]);
    await t.worker.stop();
  });

  test('the same key gives the first operation, with another body it is refused, and for another client it is another operation', async () => {
    const t = setUp(store, new Upstream());
    const key = `k-${Math.random()}`;
    const first = await t.journal.accept(t.request(1, { idempotencyKey: key }));
    expect(first.replayed).toBe(false);
    expect(await t.journal.accept(t.request(1, { idempotencyKey: key }))).toEqual({ id: first.id, replayed: true });
    await expect(t.journal.accept(t.request(2, { idempotencyKey: key }))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'IDEMPOTENCY_CONFLICT',
    });
    expect((await t.journal.accept(t.request(2, { idempotencyKey: key, client: 'other' }))).replayed).toBe(false);
    const crowd = await Promise.all(
      Array.from({ length: 50 }, () => t.journal.accept(t.request(7, { idempotencyKey: `${key}-crowd` }))),
    );
    expect(new Set(crowd.map((c) => c.id)).size).toBe(1);
    expect(crowd.filter((c) => !c.replayed)).toHaveLength(1);
  });

  test.each([
    ['cut after the effect', ['cut-after'], 1],
    ['cut before the effect', ['cut-before'], 1],
    ['cut twice', ['cut-before', 'cut-after'], 1],
    ['transient faults', ['transient', 'transient'], 1],
  ] as const)('%s ends in exactly one effect', async (_name, script, effects) => {
    const upstream = new Upstream();
    upstream.script = [...script];
    const t = setUp(store, upstream);
    const { id } = await t.journal.accept(t.request(1));
    t.worker.start();
    expect((await t.settled(id)).status).toBe('succeeded');
    expect(upstream.effects.filter((e) => e === id)).toHaveLength(effects);
    await t.worker.stop();
  });

  test('a refusal is final, an unknown answer is kept without a silent retry', async () => {
    const upstream = new Upstream();
    upstream.script = ['reject', 'unexpected'];
    const t = setUp(store, upstream);
    const refused = await t.journal.accept(t.request(1));
    t.worker.start();
    expect(await t.settled(refused.id)).toMatchObject({ status: 'failed', error: { code: 'NO' } });
    const odd = await t.journal.accept(t.request(2));
    expect(await t.settled(odd.id)).toMatchObject({ status: 'dead', attempts: 1 });
    expect(upstream.effects).toEqual([]);
    await t.journal.retry('uk', odd.id);
    expect((await t.settled(odd.id)).status).toBe('succeeded');
    expect((await t.journal.attempts('uk', odd.id)).map((a) => a.action)).toEqual(['send', 'reconcile', 'send']);
    await t.worker.stop();
  });

  test('what cannot be settled waits for a person, and the answer decides', async () => {
    const upstream = new Upstream();
    upstream.script = ['cut-after'];
    upstream.reconcileDown = 1_000;
    const t = setUp(store, upstream);
    const { id } = await t.journal.accept(t.request(1));
    t.worker.start();
    const until = Date.now() + 10_000;
    while ((await t.journal.get('uk', id)).waitingFor !== 'operator' && Date.now() < until)
      await new Promise((r) => setTimeout(r, 20));
    expect(await t.journal.get('uk', id)).toMatchObject({ status: 'uncertain', waitingFor: 'operator', dueAt: null });
    await expect(t.journal.cancel('uk', id, () => [])).rejects.toMatchObject({ code: 'OPERATION_NOT_CANCELLABLE' });
    expect(await t.journal.resolve('uk', id, 'happened', () => [])).toMatchObject({ status: 'succeeded' });
    await t.worker.stop();
    // Whoever waits for the end hears of it, whoever brought it about.
    const { rows } = await store.db.query(`select type from event where operation = $1 and data->>'by' = 'operator'`, [
      id,
    ]);
    expect(rows).toEqual([{ type: 'operation.succeeded' }]);
  });

  test('a refused login pauses the instance, and nothing burns attempts until it is resumed', async () => {
    const upstream = new Upstream();
    upstream.script = ['unauthorized'];
    const t = setUp(store, upstream);
    const { id } = await t.journal.accept(t.request(1));
    t.worker.start();
    const until = Date.now() + 10_000;
    while (!t.instances.isPaused(t.name) && Date.now() < until) await new Promise((r) => setTimeout(r, 20));
    expect(await t.settled(id, ['waiting'])).toMatchObject({ waitingFor: 'pause', attempts: 0 });
    await t.instances.resume(t.name);
    t.worker.notify();
    expect(await t.settled(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    await t.worker.stop();
  });

  test('under fifo a dead operation holds its successors until it is skipped', async () => {
    const upstream = new Upstream();
    upstream.script = ['unexpected'];
    const t = setUp(store, upstream);
    const subject = `s-${Math.random()}`;
    const first = await t.journal.accept(t.request(1, { kind: 'test.fifo', subject }));
    const second = await t.journal.accept(t.request(2, { kind: 'test.fifo', subject }));
    t.worker.start();
    expect((await t.settled(first.id)).status).toBe('dead');
    const other = await t.journal.accept(t.request(3, { kind: 'test.fifo', subject: `${subject}-other` }));
    expect((await t.settled(other.id)).status).toBe('succeeded');
    expect((await t.journal.get('uk', second.id)).status).toBe('accepted');
    await t.journal.skip('uk', first.id);
    expect((await t.settled(second.id)).status).toBe('succeeded');
    await t.worker.stop();
  });

  test('under latestWins a newer request takes the place of older ones that were not sent', async () => {
    const t = setUp(store, new Upstream());
    const subject = `s-${Math.random()}`;
    const ids = [];
    for (let n = 1; n <= 3; n++)
      ids.push((await t.journal.accept(t.request(n, { kind: 'test.latestWins', subject }))).id);
    const states = await Promise.all(ids.map((id) => t.journal.get('uk', id)));
    expect(states.map((s) => s.error?.code ?? s.status)).toEqual(['SUPERSEDED', 'SUPERSEDED', 'accepted']);
    const { rows } = await store.db.query(
      `select operation, type, data->>'code' as code from event where org = 'uk' and operation = any($1::uuid[]) order by ord`,
      [ids],
    );
    expect(rows).toEqual(
      ids.slice(0, 2).map((operation) => ({ operation, type: 'operation.cancelled', code: 'SUPERSEDED' })),
    );
  });

  test('nothing goes out before its time or after it has expired', async () => {
    const upstream = new Upstream();
    const t = setUp(store, upstream);
    const later = await t.journal.accept(t.request(1, { notBefore: new Date(t.clock.now() + 3_600_000) }));
    const expired = await t.journal.accept(
      t.request(2, { notBefore: new Date(t.clock.now() + 3_600_000), expiresAt: new Date(t.clock.now() + 3_700_000) }),
    );
    t.worker.start();
    expect(await t.journal.get('uk', later.id)).toMatchObject({ status: 'waiting', waitingFor: 'time' });
    t.clock.offset = 4_000_000;
    t.worker.notify();
    expect((await t.settled(later.id)).status).toBe('succeeded');
    expect(await t.settled(expired.id)).toMatchObject({ status: 'failed', error: { code: 'EXPIRED' }, attempts: 0 });
    expect(upstream.effects).toEqual([later.id]);
    await t.worker.stop();
  });

  test('an operation whose worker died is uncertain, is asked about, and the old worker cannot write any more', async () => {
    const upstream = new Upstream();
    const t = setUp(store, upstream);
    const { id } = await t.journal.accept(t.request(1));
    const take = () =>
      lease(store.db, testCipher, {
        instance: t.name,
        kinds: [{ kind: 'test.none', version: 1, once: true }],
        limit: 5,
        worker: 'w',
        now: new Date(t.clock.now()),
        attemptMs: 1_000,
        leaseMs: 2_000,
      });
    const [dead] = await take();
    expect(dead).toMatchObject({ action: 'send', op: { id, attempts: 1 } });
    expect(await take()).toEqual([]);
    upstream.effects.push(id);
    t.clock.offset = 10_000;
    const [taken] = await take();
    expect(taken).toMatchObject({ action: 'reconcile', op: { id, status: 'uncertain', attempts: 1 } });
    expect(taken?.op.uncertainSince).not.toBeNull();
    t.clock.offset = 20_000;
    t.worker.start();
    expect((await t.settled(id)).status).toBe('succeeded');
    expect(upstream.effects).toEqual([id]);
    const late = await store.db.query('update operation set status = status where id = $1 and lease_no = $2', [
      id,
      dead?.op.leaseNo ?? 0,
    ]);
    expect(late.count).toBe(0);
    await t.worker.stop();
  });

  test('events are numbered in their order without a gap, and only once', async () => {
    const t = setUp(store, new Upstream());
    t.worker.start();
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => t.journal.accept(t.request(n))));
    for (const { id } of ids) await t.settled(id);
    await Promise.all([numberEvents(store.db), numberEvents(store.db)]);
    const events = await readEvents(store.db, 'uk', 0, 10_000);
    expect(events.map((e) => e.no)).toEqual(events.map((_, i) => i + 1));
    for (const { id } of ids)
      expect(events.filter((e) => e.operation === id && e.type === 'operation.succeeded')).toHaveLength(1);
    await t.worker.stop();
  });

  test('retention removes what is over and old, and keeps keys', async () => {
    const t = setUp(store, new Upstream());
    const key = `keep-${Math.random()}`;
    const { id } = await t.journal.accept(t.request(1, { idempotencyKey: key }));
    t.worker.start();
    await t.settled(id);
    await t.worker.stop();
    const removed = await applyRetention(
      store.db,
      { operationsDays: 1, eventsDays: 9999, idempotencyDays: 9999 },
      new Date(Date.now() + 3 * 24 * 3_600_000),
    );
    expect(removed.operation).toBeGreaterThan(0);
    expect(await t.journal.accept(t.request(1, { idempotencyKey: key }))).toEqual({ id, replayed: true });
  });

  test('workers that compete share the work, and each operation acts once', async () => {
    const upstream = new Upstream();
    const t = setUp(store, upstream);
    const accepted = await Promise.all(Array.from({ length: 200 }, (_, n) => t.journal.accept(t.request(n))));
    const workers = ['a', 'b', 'c'].map((name) => t.newWorker(name));
    for (const worker of workers) worker.start();
    for (const { id } of accepted) expect((await t.settled(id)).status).toBe('succeeded');
    expect([...upstream.effects].sort()).toEqual(accepted.map((a) => a.id).sort());
    for (const worker of workers) await worker.stop();
  }, 30_000);

  test('whatever happens upstream, every operation ends and none acts twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('ok', 'cut-after', 'cut-before', 'transient', 'reject'), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (script, count) => {
          const upstream = new Upstream();
          upstream.script = [...script] as Upstream['script'];
          const t = setUp(store, upstream);
          const accepted = await Promise.all(Array.from({ length: count }, (_, n) => t.journal.accept(t.request(n))));
          t.worker.start();
          for (const { id } of accepted) {
            const op = await t.settled(id);
            const acted = upstream.effects.filter((e) => e === id).length;
            expect([op.status, acted]).toEqual(op.status === 'succeeded' ? ['succeeded', 1] : [op.status, 0]);
          }
          await t.worker.stop();
        },
      ),
      { numRuns: 15 },
    );
  }, 180_000);
});

describe('retry schedule', () => {
  test('delays lie between what the upstream asks for and the doubling bound', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.integer({ min: 0, max: 100_000 }),
        (attempt, random, after) => {
          const delay = retryDelay(defaultPolicy, attempt, () => random, after);
          expect(delay).toBeGreaterThanOrEqual(after);
          expect(delay).toBeLessThanOrEqual(
            Math.max(after, Math.min(defaultPolicy.maxDelayMs, defaultPolicy.baseMs * 2 ** (attempt - 1))),
          );
        },
      ),
    );
  });

  test('the same body in another order of fields is the same body', () => {
    expect(canonicalJson({ b: 1, a: { d: 1, c: [2, { f: 1, e: 2 }] } })).toBe(
      canonicalJson({ a: { c: [2, { e: 2, f: 1 }], d: 1 }, b: 1 }),
    );
    expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
  });
});
