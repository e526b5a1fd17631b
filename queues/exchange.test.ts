import { describe, expect, test } from '@jest/globals';
import { HubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { BatchOutcome, ElementOutcome, ExchangeView, OperationView, PollOutcome } from '../connectors/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { type TestStore, testCipher } from '../storage/testing/databases.ts';
import { groupBatches } from './batch-groups.ts';
import { exchangeOf, openExchange } from './exchange.ts';
import { lease } from './lease.ts';
import type { AnyCommand } from './ports.ts';
import { onEachEngine } from './testing/engines.ts';
import { workbench } from './testing/workbench.ts';

/** An upstream that takes packages and answers with a ticket; it keeps what each package did. */
class PackageUpstream {
  readonly packages: { id: string; keys: string[]; ticket: string }[] = [];
  readonly effects: string[] = [];
  polls = 0;
  /** Polls that still answer "not ready". */
  notReady = 0;
  sendFault: 'before' | 'after' | undefined;
  pollFault: HubError | undefined;
  readonly refuse = new Set<number>();
  answersAtOnce = false;
  asked: string[] = [];

  command(batch: { max: number; lingerMs: number }): AnyCommand {
    const outcomeOf = (op: OperationView): ElementOutcome =>
      this.refuse.has(op.payload.n as number)
        ? new HubError('rejected', 'ELEMENT_REFUSED', 'The element was refused.')
        : { status: 'done', result: { key: op.id } };
    return {
      effect: 'once',
      send: async () => {
        throw new Error('a batched command is never sent alone');
      },
      batch: {
        ...batch,
        key: (op) => String(op.payload.subject ?? ''),
        prepare: async (_ctx, ops) => ({
          request: JSON.stringify(ops.map((o) => o.payload.n)),
          elementKeys: new Map(ops.map((o) => [o.id, `guid-${o.id}`])),
          refused: new Map(
            ops
              .filter((o) => o.payload.n === -1)
              .map((o) => [o.id, new HubError('rejected', 'UNSENDABLE', 'It can be in no call.')]),
          ),
        }),
        send: async (_ctx, exchange: ExchangeView, ops): Promise<BatchOutcome> => {
          const fault = this.sendFault;
          this.sendFault = undefined;
          if (fault === 'before') throw new Error('socket hang up');
          this.packages.push({
            id: exchange.id,
            keys: ops.map((o) => exchange.elementKeys.get(o.id) ?? ''),
            ticket: `t-${exchange.id}`,
          });
          this.effects.push(...ops.filter((o) => !this.refuse.has(o.payload.n as number)).map((o) => o.id));
          if (fault === 'after') throw new Error('socket hang up');
          if (this.answersAtOnce) return { outcomes: new Map(ops.map((o) => [o.id, outcomeOf(o)])) };
          return { ticket: `t-${exchange.id}`, pollAfterMs: 5 };
        },
      },
      poll: async (_ctx, { ticket }, ops): Promise<PollOutcome> => {
        this.polls++;
        if (this.pollFault) throw this.pollFault;
        if (!this.packages.some((p) => p.ticket === ticket))
          throw new HubError('not-found', 'TICKET_UNKNOWN', 'No such ticket.');
        if (this.notReady-- > 0) return { pollAfterMs: 5, outcomes: new Map() };
        return { outcomes: new Map(ops.map((o) => [o.id, outcomeOf(o)])) };
      },
      reconcile: async (_ctx, op) => {
        this.asked.push(op.exchange?.elementKey ?? 'no key');
        return this.effects.includes(op.id) ? { status: 'happened', result: {} } : { status: 'absent' };
      },
    };
  }
}

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await new Promise((r) => setTimeout(r, 10));
  }
};

onEachEngine('exchanges', [{ name: 'Message', filters: [] }], (store: TestStore) => {
  const setUp = (batch = { max: 3, lingerMs: 0 }) => {
    const upstream = new PackageUpstream();
    return { upstream, ...workbench(store, upstream.command(batch)) };
  };
  const accept = (t: ReturnType<typeof setUp>, numbers: readonly number[], subject = 'house-1') =>
    Promise.all(numbers.map((n) => t.journal.accept(t.request(n, { subject }))));

  test('operations of one key share calls of at most `max`, those of another key do not', async () => {
    const t = setUp({ max: 3, lingerMs: 0 });
    const ids = [...(await accept(t, [1, 2, 3, 4, 5])), ...(await accept(t, [6], 'house-2'))];
    t.worker.start();
    for (const { id } of ids) expect((await t.settled(id)).status).toBe('succeeded');
    expect(t.upstream.packages.map((p) => p.keys.length).sort()).toEqual([1, 2, 3]);
    expect([...t.upstream.effects].sort()).toEqual(ids.map((i) => i.id).sort());
    await t.worker.stop();
  });

  test('the first of a batch waits for company as long as it may, and a full one goes at once', async () => {
    const t = setUp({ max: 3, lingerMs: 3_600_000 });
    t.worker.start();
    const first = await accept(t, [1, 2]);
    const full = await accept(t, [3, 4, 5], 'house-2');
    for (const { id } of full) expect((await t.settled(id)).status).toBe('succeeded');
    expect((await t.journal.get('uk', first[0]?.id ?? '')).status).toBe('accepted');
    t.clock.offset = 3_700_000;
    t.worker.notify();
    for (const { id } of first) expect((await t.settled(id)).status).toBe('succeeded');
    expect(t.upstream.packages).toHaveLength(2);
    await t.worker.stop();
  });

  test('each element gets its own outcome, at once or by ticket', async () => {
    for (const answersAtOnce of [true, false]) {
      const t = setUp({ max: 10, lingerMs: 0 });
      t.upstream.answersAtOnce = answersAtOnce;
      t.upstream.refuse.add(2);
      const ids = await accept(t, [1, 2, 3, -1]);
      t.worker.start();
      const ends = await Promise.all(ids.map(({ id }) => t.settled(id)));
      expect(ends.map((o) => o.error?.code ?? o.status)).toEqual([
        'succeeded',
        'ELEMENT_REFUSED',
        'succeeded',
        'UNSENDABLE',
      ]);
      expect(ends[0]?.result).toEqual({ key: ids[0]?.id });
      await t.worker.stop();
    }
  });

  test('a worker that takes over goes on with the same ticket, and nothing is sent again', async () => {
    const t = setUp({ max: 10, lingerMs: 0 });
    t.upstream.notReady = 1_000_000;
    const ids = await accept(t, [1, 2, 3]);
    t.worker.start();
    await until(() => t.upstream.polls > 1);
    await t.worker.stop();
    const waiting = await t.journal.get('uk', ids[0]?.id ?? '');
    expect(waiting).toMatchObject({ status: 'waiting', waitingFor: 'answer', dueAt: null });
    await expect(t.journal.cancel('uk', waiting.id, () => [])).rejects.toMatchObject({
      code: 'OPERATION_NOT_CANCELLABLE',
    });
    await expect(t.journal.retry('uk', waiting.id)).rejects.toMatchObject({ code: 'OPERATION_NOT_RETRYABLE' });
    const facts = await exchangeOf(store.db, 'uk', waiting.id, waiting.exchange ?? '');
    expect(facts).toMatchObject({ status: 'polling', elements: 3, elementKey: `guid-${waiting.id}` });
    t.upstream.notReady = 0;
    const other = t.newWorker('another');
    other.start();
    for (const { id } of ids) expect((await t.settled(id)).status).toBe('succeeded');
    expect(t.upstream.packages).toHaveLength(1);
    expect(t.upstream.packages[0]?.ticket).toBe(facts?.ticket);
    await other.stop();
  });

  test.each(['before', 'after'] as const)(
    'a call cut %s its effect is asked about by the stored keys; each element acts once',
    async (sendFault) => {
      const t = setUp({ max: 10, lingerMs: 0 });
      t.upstream.sendFault = sendFault;
      const ids = await accept(t, [1, 2, 3]);
      t.worker.start();
      for (const { id } of ids) expect((await t.settled(id)).status).toBe('succeeded');
      expect([...t.upstream.effects].sort()).toEqual(ids.map((i) => i.id).sort());
      expect([...t.upstream.asked].sort()).toEqual(ids.map((i) => `guid-${i.id}`).sort());
      await t.worker.stop();
    },
  );

  test.each([
    ['before its call was stored: nothing can have gone out, so it is sent at once without a question', false],
    ['after its call was stored: it is asked about', true],
  ])('a worker dies %s', async (_what, isStored) => {
    const t = setUp({ max: 10, lingerMs: 0 });
    const [one] = await accept(t, [1]);
    const id = one?.id ?? '';
    const now = new Date(t.clock.now());
    const terms = { instance: t.name, worker: 'dead', now, attemptMs: 60_000, leaseMs: 70_000, limit: 1 };
    const [dead] = await lease(store.db, testCipher, {
      ...terms,
      kinds: [{ kind: 'test.none', version: 1, once: true, batched: true }],
      ids: [id],
    });
    if (!dead) throw new Error('It was not leased.');
    const call = { org: 'uk', id: uuidv7(now.getTime()), instance: t.name, kind: 'test.none', batchKey: 'house-1' };
    const elementKeys = new Map([[id, `guid-${id}`]]);
    const open = openExchange({ ...call, request: '[1]', elementKeys }, [dead.op], testCipher, now);
    if (isStored) await store.db.transact(open);
    t.clock.offset = 71_000;
    t.worker.start();
    expect(await t.settled(id)).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(t.upstream.asked).toEqual(isStored ? [`guid-${id}`] : []);
    expect(t.upstream.effects).toEqual([id]);
    // Had it only been slow, it could not go on.
    if (!isStored) await expect(store.db.transact(open)).rejects.toMatchObject({ expectation: 'lease' });
    await t.worker.stop();
  });

  test('a ticket that the upstream has lost makes its elements uncertain, and they are asked about', async () => {
    const t = setUp({ max: 10, lingerMs: 0 });
    t.upstream.pollFault = new HubError('not-found', 'TICKET_UNKNOWN', 'No such ticket.');
    const ids = await accept(t, [1, 2]);
    t.worker.start();
    for (const { id } of ids) expect((await t.settled(id)).status).toBe('succeeded');
    expect(t.upstream.asked).toHaveLength(2);
    expect(t.upstream.effects).toHaveLength(2);
    expect((await t.journal.attempts('uk', ids[0]?.id ?? '')).map((a) => a.action)).toEqual([
      'send',
      'poll',
      'reconcile',
    ]);
    await t.worker.stop();
  });

  test('polls that fail are repeated; a refused login pauses the instance and the ticket waits', async () => {
    const t = setUp({ max: 10, lingerMs: 0 });
    t.upstream.pollFault = new HubError('unauthorized', 'LOGIN', 'The login was refused.');
    const [one] = await accept(t, [1]);
    t.worker.start();
    await until(() => t.instances.isPaused(t.name));
    const polls = t.upstream.polls;
    await new Promise((r) => setTimeout(r, 50));
    expect(t.upstream.polls).toBe(polls);
    t.upstream.pollFault = undefined;
    await t.instances.resume(t.name);
    t.clock.offset = 60_000;
    t.worker.notify();
    expect((await t.settled(one?.id ?? '')).status).toBe('succeeded');
    expect(t.upstream.packages).toHaveLength(1);
    await t.worker.stop();
  });

  test('a single call may answer with a ticket as well', async () => {
    const effects: string[] = [];
    const t = workbench(store, {
      effect: 'once',
      send: async (_ctx, op) => {
        effects.push(op.id);
        return { status: 'pending', ticket: 'T1', pollAfterMs: 5 };
      },
      poll: async (_ctx, { ticket }, ops) => ({
        outcomes: new Map(ops.map((o) => [o.id, { status: 'done', result: { ticket } }])),
      }),
      reconcile: async () => ({ status: 'absent' }),
    });
    const { id } = await t.journal.accept(t.request(1));
    t.worker.start();
    expect(await t.settled(id)).toMatchObject({ status: 'succeeded', result: { ticket: 'T1' }, attempts: 1 });
    expect(effects).toEqual([id]);
    await t.worker.stop();
  });
});

describe('grouping', () => {
  const op = (id: string, dueAt: number): Operation => ({ id, dueAt: new Date(dueAt) }) as Operation;
  test('full groups and old groups are ready, the rest tells when it will be', () => {
    const ops = [op('a1', 0), op('b1', 50), op('a2', 60), op('c1', 70), op('b2', 80), op('b3', 90)];
    const batch = { max: 2, lingerMs: 100, key: (o: Operation) => o.id[0] ?? '' };
    const { ready, readyAt } = groupBatches(ops, batch, 100);
    expect(ready.map((g) => g.ops.map((o) => o.id))).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
    expect(readyAt).toBe(170);
  });
});
