import { expect, test } from '@jest/globals';
import { z } from 'zod';
import type { CommandDefinition } from '../canonical/command.ts';
import { HubError } from '../canonical/errors.ts';
import type { Context, OperationView, Outcome, Reconciled } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import { onEachDatabase, type TestStore, testCipher } from '../storage/testing/databases.ts';
import { Breakers } from './breakers.ts';
import type { Dispatcher } from './dispatcher.ts';
import { EmbeddedDispatcher } from './embedded.ts';
import { Failover, type FailoverSettings } from './failover.ts';
import { Instances } from './instances.ts';
import { Journal } from './journal.ts';
import type { Instance } from './ports.ts';
import { commands, log, sink } from './testing/workbench.ts';
import { keepParts } from './upstream-refs.ts';

type Step = 'ok' | 'down' | 'unauthorized' | 'no-money' | 'bad-sign' | 'bad-number' | 'cut-after' | 'cut-before';

/** A gateway that counts what it did, follows a script, and may be unable to tell what became of an attempt. */
class Gateway {
  readonly effects: string[] = [];
  readonly ownIds: (number | undefined)[] = [];
  script: Step[] = [];
  /** What it does once the script has ended. */
  always: Step = 'ok';
  mute = false;

  send = async (_ctx: Context<never>, op: OperationView): Promise<Outcome> => {
    this.ownIds.push(op.ownId);
    const step = this.script.shift() ?? this.always;
    if (step === 'down') throw new HubError('transient', 'DOWN', 'down');
    if (step === 'unauthorized') throw new HubError('unauthorized', 'LOGIN', 'login');
    if (step === 'no-money') throw new HubError('needs-operator', 'NO_MONEY', 'no money');
    if (step === 'bad-sign') throw new HubError('rejected', 'BAD_SIGN', 'sign');
    if (step === 'bad-number') throw new HubError('rejected', 'BAD_NUMBER', 'number');
    if (step === 'cut-before') throw new Error('socket hang up');
    this.effects.push(op.id);
    if (step === 'cut-after') throw new Error('socket hang up');
    return { status: 'done', result: { upstreamId: this.effects.length } };
  };
  reconcile = async (_ctx: Context<never>, op: OperationView): Promise<Reconciled> => {
    if (this.mute) return { status: 'unknown', askAfterMs: 1 };
    return this.effects.includes(op.id) ? { status: 'happened', result: {} } : { status: 'absent' };
  };
}

const definition = commands.get('test.none') as CommandDefinition;
const kind = definition.kind;

/** Two gateways behind one route, a journal and workers; `db` may be one that breaks. */
function setUp(store: TestStore, settings: Partial<FailoverSettings> = {}, db: Database = store.db) {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const suffix = Math.random().toString(36).slice(2);
  const [main, backup] = [new Gateway(), new Gateway()];
  const instance = (name: string, gateway: Gateway): Instance => ({
    name: `${name}-${suffix}`,
    organisation: 'uk',
    concurrency: 4,
    connector: {
      system: 't',
      config: z.any(),
      probe: async () => ({ ok: true }),
      commands: {
        [kind]: {
          effect: 'once',
          ownId: { min: name === 'main' ? 1 : 1001, max: 1_000_000 },
          send: gateway.send,
          reconcile: gateway.reconcile,
          attemptTimeoutMs: 5_000,
        },
      },
    } as never,
    context: () => ({ config: {} }) as never,
  });
  const list = [instance('main', main), instance('backup', backup)];
  const route = list.map((i) => i.name);
  const [mainName = '', backupName = ''] = route;
  const instances = new Instances({ db: store.db, clock, log, instances: list });
  const policies = { [kind]: { baseMs: 1, maxAttempts: 4, maxAsks: 2 } };
  const breakers = new Breakers({ db: store.db, clock, log, process: suffix });
  const failover = new Failover({
    db: store.db,
    cipher: testCipher,
    clock,
    log,
    instances,
    route: () => route,
    kindsOf: () => [{ org: 'uk', kind }],
    settings: () => ({
      afterSeconds: 0,
      rejectedCodes: ['BAD_SIGN'],
      whenUnanswerable: 'operator',
      unanswerableAfterMinutes: 60,
      ...settings,
    }),
    breakerState: (name) => breakers.state(name),
    policies,
  });
  const newWorker = (on: Database = store.db): Dispatcher =>
    new EmbeddedDispatcher({
      db: on,
      breakers,
      cipher: testCipher,
      clock,
      random: () => 0,
      log,
      instances,
      commands,
      sink,
      onChange: () => {},
      policies,
      name: `w-${Math.random()}`,
      failover,
    });
  const worker = newWorker(db);
  const journal = new Journal({
    db: store.db,
    cipher: testCipher,
    clock,
    random: Math.random,
    onAccepted: (operations) => worker.announce(operations),
  });
  const accept = (n: number) =>
    journal.accept({
      org: 'uk',
      client: 'app',
      command: definition,
      instance: mainName,
      payload: { n },
      body: { n },
    });
  const settled = async (id: string, statuses: readonly string[] = ['succeeded', 'failed', 'dead']) => {
    const until = Date.now() + 20_000;
    for (;;) {
      const op = await journal.get('uk', id);
      if (statuses.includes(op.waitingFor ?? op.status)) return op;
      if (Date.now() > until) throw new Error(`still ${op.status}, waiting for ${op.waitingFor}`);
      await new Promise((r) => setTimeout(r, 20));
    }
  };
  const trail = async (id: string) =>
    (await journal.attempts('uk', id)).map((a) => `${a.instance.split('-')[0]} ${a.action} ${a.outcome}`);
  const carrier = () => failover.carrier('uk', kind);
  return {
    clock,
    main,
    backup,
    mainName,
    backupName,
    instances,
    journal,
    worker,
    newWorker,
    accept,
    settled,
    trail,
    carrier,
  };
}

onEachDatabase('fail-over', [{ name: 'Message', filters: [] }], (store) => {
  test('what the first instance refuses for its login or its money goes on at once, with a number of the second', async () => {
    for (const step of ['unauthorized', 'no-money'] as const) {
      const t = setUp(store, { afterSeconds: 3600 });
      t.main.always = step;
      const ids = [(await t.accept(1)).id, (await t.accept(2)).id, (await t.accept(3)).id];
      t.worker.start();
      for (const id of ids)
        expect(await t.settled(id)).toMatchObject({ status: 'succeeded', instance: t.backupName, attempts: 1 });
      expect(t.main.effects).toEqual([]);
      expect([...t.backup.effects].sort()).toEqual([...ids].sort());
      expect(t.backup.ownIds.every((id) => id !== undefined && id > 1000)).toBe(true);
      expect(t.instances.isPaused(t.mainName)).toBe(true);
      // New work goes straight to the second, and to the first again once it is back.
      expect(t.carrier()).toBe(t.backupName);
      await t.instances.resume(t.mainName);
      expect(t.carrier()).toBe(t.mainName);
      await t.worker.stop();
    }
  });

  test('a failing instance keeps its operations until the time of the policy has passed', async () => {
    const t = setUp(store, { afterSeconds: 600 });
    t.main.script = ['down', 'down'];
    const { id } = await t.accept(1);
    t.worker.start();
    expect(await t.settled(id)).toMatchObject({ status: 'succeeded', instance: t.mainName, attempts: 3 });
    await t.worker.stop();
    const s = setUp(store, { afterSeconds: 0 });
    s.main.always = 'down';
    const second = await s.accept(1);
    s.worker.start();
    expect(await s.settled(second.id)).toMatchObject({ status: 'succeeded', instance: s.backupName });
    expect(await s.trail(second.id)).toEqual(['main send transient', 'backup send done']);
    await s.worker.stop();
  });

  test('attempts used up at the first go on at the second; used up at both, the operation is dead', async () => {
    const t = setUp(store, { afterSeconds: 86_400 });
    t.main.always = 'down';
    t.backup.always = 'down';
    const { id } = await t.accept(1);
    t.worker.start();
    for (let looks = 0; looks < 400; looks++) {
      const { status } = await t.journal.get('uk', id);
      if (status === 'dead') break;
      // The breakers open on the way; their rest is no part of this test. The steps are shorter than a lease.
      if (status === 'retrying') t.clock.offset += 10_000;
      t.worker.notify();
      await new Promise((r) => setTimeout(r, 50));
    }
    expect(await t.settled(id)).toMatchObject({ status: 'dead', instance: t.backupName });
    const trail = await t.trail(id);
    expect(trail.filter((step) => step === 'main send transient')).toHaveLength(4);
    expect(trail.filter((step) => step === 'backup send transient')).toHaveLength(4);
    await t.worker.stop();
  });

  test('only refusals that the policy names go on', async () => {
    const t = setUp(store);
    t.main.script = ['bad-sign'];
    const sign = await t.accept(1);
    t.worker.start();
    expect(await t.settled(sign.id)).toMatchObject({ status: 'succeeded', instance: t.backupName });
    t.main.script = ['bad-number'];
    const number = await t.accept(2);
    expect(await t.settled(number.id)).toMatchObject({ status: 'failed', instance: t.mainName });
    t.main.script = ['bad-sign'];
    t.backup.script = ['bad-sign'];
    const both = await t.accept(3);
    expect(await t.settled(both.id)).toMatchObject({ status: 'failed', instance: t.backupName });
    await t.worker.stop();
  });

  test('an uncertain attempt is answered first: what happened stays, what did not goes on', async () => {
    const t = setUp(store);
    t.main.script = ['cut-after'];
    const happened = await t.accept(1);
    t.worker.start();
    expect(await t.settled(happened.id)).toMatchObject({ status: 'succeeded', instance: t.mainName });
    t.main.script = ['cut-before'];
    t.main.always = 'no-money';
    const absent = await t.accept(2);
    expect(await t.settled(absent.id)).toMatchObject({ status: 'succeeded', instance: t.backupName });
    expect([...t.main.effects, ...t.backup.effects]).toEqual([happened.id, absent.id]);
    await t.worker.stop();
  });

  test('an account without money is still asked what became of earlier attempts', async () => {
    const t = setUp(store, { afterSeconds: 3600 });
    t.main.script = ['cut-after'];
    t.main.mute = true;
    const lost = await t.accept(1);
    t.worker.start();
    await t.settled(lost.id, ['settle']);
    t.main.always = 'no-money';
    const other = await t.accept(2);
    expect(await t.settled(other.id)).toMatchObject({ instance: t.backupName });
    t.main.mute = false;
    t.clock.offset += 600_000;
    t.worker.notify();
    expect(await t.settled(lost.id)).toMatchObject({ status: 'succeeded', instance: t.mainName });
    expect(t.backup.effects).toEqual([other.id]);
    await t.worker.stop();
  });

  test.each([
    ['operator', 'operator'],
    ['next', 'succeeded'],
    ['wait', 'settle'],
  ] as const)(
    'when nobody can tell, %s ends in %s after the time-out and not before',
    async (whenUnanswerable, end) => {
      const t = setUp(store, { whenUnanswerable, unanswerableAfterMinutes: 60 });
      t.main.script = ['cut-after'];
      t.main.mute = true;
      const { id } = await t.accept(1);
      t.worker.start();
      await t.settled(id, ['settle', 'operator']);
      expect(t.backup.effects).toEqual([]);
      t.clock.offset += 61 * 60_000;
      t.worker.notify();
      await new Promise((r) => setTimeout(r, 300));
      await t.settled(id, [end]);
      // The documented price of `next`: the text may have gone out twice.
      expect(t.backup.effects).toEqual(whenUnanswerable === 'next' ? [id] : []);
      await t.worker.stop();
    },
  );

  test('a crash between the decision and its writing leaves the operation where it was, and nothing is doubled', async () => {
    let broken = 1;
    const fragile: Database = {
      ...store.db,
      kind: store.db.kind,
      query: (sql, params, options) => {
        if (broken > 0 && sql.includes('u.move_to')) {
          broken--;
          return Promise.reject(new Error('the process died here'));
        }
        return store.db.query(sql, params, options);
      },
      transact: (statements) => store.db.transact(statements),
    };
    const t = setUp(store, {}, fragile);
    t.main.always = 'no-money';
    const { id } = await t.accept(1);
    t.worker.start();
    for (let i = 0; i < 200 && broken > 0; i++) await new Promise((r) => setTimeout(r, 20));
    expect(broken).toBe(0);
    await t.worker.stop();
    expect(await t.journal.get('uk', id)).toMatchObject({ status: 'running', instance: t.mainName });
    t.clock.offset += 120_000;
    const second = t.newWorker();
    second.start();
    expect(await t.settled(id)).toMatchObject({ status: 'succeeded', instance: t.backupName });
    expect([...t.main.effects, ...t.backup.effects]).toEqual([id]);
    await second.stop();
  });

  test('what waits at an instance whose breaker is open goes on; one operation tries it again later', async () => {
    const t = setUp(store);
    t.main.always = 'down';
    const ids = await Promise.all(Array.from({ length: 20 }, async (_v, n) => (await t.accept(n)).id));
    t.worker.start();
    for (const id of ids) expect(await t.settled(id)).toMatchObject({ status: 'succeeded', instance: t.backupName });
    expect([...t.backup.effects].sort()).toEqual([...ids].sort());
    expect(t.carrier()).toBe(t.backupName);
    t.clock.offset += 120_000;
    // Half-open: the next one tries the first instance, which is back.
    t.main.always = 'ok';
    expect(t.carrier()).toBe(t.mainName);
    const { id } = await t.accept(99);
    expect(await t.settled(id)).toMatchObject({ status: 'succeeded', instance: t.mainName });
    await t.worker.stop();
  });

  test('a longer text stays where a part of it was taken, and its fellows go on', async () => {
    const t = setUp(store);
    await t.instances.pause(t.mainName, 'no money', 'needs-operator');
    const [begun, other] = [await t.accept(1), await t.accept(2)];
    const notes = [
      { part: 1, parts: 2, ref: 'first' },
      { part: 2, parts: 2 },
    ];
    await store.db.transact([keepParts({ org: 'uk', id: begun.id, instance: t.mainName }, notes, new Date())]);
    t.worker.start();
    expect(await t.settled(other.id)).toMatchObject({ status: 'succeeded', instance: t.backupName });
    expect(await t.journal.get('uk', begun.id)).toMatchObject({ status: 'accepted', instance: t.mainName });
    await t.worker.stop();
  });

  test('a pause by a person holds what waits there, and lets new work go round it', async () => {
    const t = setUp(store);
    await t.instances.pause(t.mainName, 'maintenance', 'operator');
    const { id } = await t.accept(1);
    t.worker.start();
    await new Promise((r) => setTimeout(r, 300));
    expect(await t.journal.get('uk', id)).toMatchObject({ status: 'accepted', instance: t.mainName });
    expect(t.carrier()).toBe(t.backupName);
    await t.instances.resume(t.mainName);
    t.worker.notify();
    expect(await t.settled(id)).toMatchObject({ instance: t.mainName });
    await t.worker.stop();
  });
});
