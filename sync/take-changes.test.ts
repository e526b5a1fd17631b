import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HubError } from '../canonical/errors.ts';
import type { Database } from '../storage/port.ts';
import { onEachDatabase } from '../storage/testing/databases.ts';
import type { EntityRun, Progress } from './entity-run.ts';
import { runEntity } from './run-entity.ts';
import { takeChanges } from './take-changes.ts';
import { FakeFeed } from './testing/fake-feed.ts';
import { complexMapping, FakeUpstream, runOn, stateOf } from './testing/fake-upstream.ts';

let organisations = 0;
const newOrg = (): string => `feed-${process.pid}-${organisations++}`;
const key = (n: number): string => `00000000-2222-4222-8222-${String(n).padStart(12, '0')}`;
const mapping = complexMapping(undefined, 'exchangePlan');

interface Stored {
  native_key: string;
  version: string;
  gone: boolean;
  canonical: { name: string };
}

class Killed extends Error {}

/** A process with its store: once it is dead nothing of it works any more. */
function mortal(db: Database): { db: Database; die(): never; dieAt(n: number, when: string): void } {
  let dead = false;
  let left = Infinity;
  let moment = 'before';
  const die = (): never => {
    dead = true;
    throw new Killed();
  };
  const alive = (): void => {
    if (dead) die();
  };
  return {
    die,
    dieAt: (n, when) => {
      left = n;
      moment = when;
    },
    db: {
      kind: db.kind,
      query: async (sql, params) => {
        alive();
        return db.query(sql, params);
      },
      copy: (...args) => db.copy(...args),
      close: () => db.close(),
      transact: async (statements) => {
        alive();
        left--;
        if (left === 0 && moment === 'before') die();
        const results = await db.transact(statements);
        if (left === 0) die();
        return results;
      },
    },
  };
}

class Base {
  readonly upstream = new FakeUpstream();
  readonly feed = new FakeFeed(this.upstream);
  readonly org = newOrg();
  /** Keys that were deleted without a word at some time. */
  readonly dropped = new Set<string>();
  #version = 0;

  put(n: number, name: string | null): void {
    this.upstream.records.set(key(n), { version: `v${++this.#version}`, name });
    this.feed.register(key(n));
  }

  mark(n: number): void {
    const old = this.upstream.records.get(key(n));
    if (!old) return;
    this.upstream.records.set(key(n), { ...old, version: `v${++this.#version}`, deleted: true });
    this.feed.register(key(n));
  }

  drop(n: number): void {
    this.upstream.records.delete(key(n));
    this.dropped.add(key(n));
    this.feed.register(key(n));
  }

  async pull(db: Database, more: Partial<EntityRun> = {}): Promise<Progress> {
    const run = runOn(db, this.org, this.upstream, {
      mapping,
      pull: { ...this.upstream.pull(), changes: this.feed.changes() },
      ...more,
    });
    const { fed, failure } = await takeChanges([run]);
    const own = fed.get(run.definition.name);
    const progress = await runEntity({ ...run, ...(own ? { fed: own } : {}) });
    if (failure) throw failure;
    return progress;
  }
}

type Change = { put: number; name: string | null } | { drop: number } | { mark: number };
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ put: fc.nat(12), name: fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 6 }) }),
  fc.record({ drop: fc.nat(12) }),
  fc.record({ mark: fc.nat(12) }),
);
function apply(bases: readonly Base[], changes: readonly Change[]): void {
  for (const base of bases)
    for (const c of changes) {
      if ('put' in c) base.put(c.put, c.name);
      else if ('drop' in c) base.drop(c.drop);
      else base.mark(c.mark);
    }
}

const death = fc.oneof(
  fc.record({ at: fc.integer({ min: 1, max: 8 }), when: fc.constantFrom('before', 'after') }),
  fc.record({ ack: fc.constantFrom('ack', 'acked'), how: fc.constantFrom('killed', 'cut') }),
  fc.record({ packet: fc.constant('cut') }),
);

onEachDatabase('a run by a feed of changes', [{ name: 'ResidentialComplex', filters: [] }], (store) => {
  const stored = async (base: Base): Promise<Stored[]> =>
    (await stateOf(store.db, base.org)).records as unknown as Stored[];
  const by = async (base: Base): Promise<unknown> =>
    (await store.db.query('select delta_by, delta_note, compare_due from sync_state where org = $1', [base.org]))
      .rows[0];

  test('interrupted anywhere, with changes meanwhile, it ends like an uninterrupted one and like the base', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.array(
          fc.record({
            changes: fc.array(change, { maxLength: 8 }),
            meanwhile: fc.array(change, { maxLength: 4 }),
            full: fc.boolean(),
            deaths: fc.array(death, { maxLength: 3 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (growing, tombstones, rounds) => {
          const [calm, rough] = [new Base(), new Base()];
          for (const { feed } of [calm, rough]) Object.assign(feed, { growing, tombstones });
          for (const { changes, meanwhile, full, deaths } of rounds) {
            apply([calm, rough], changes);
            for (const d of deaths) {
              const process_ = mortal(store.db);
              if ('at' in d) process_.dieAt(d.at, d.when);
              rough.feed.before = (what) => {
                if ('packet' in d && what === 'packet') throw new HubError('transient', 'CUT', 'cut');
                if (!('ack' in d) || what !== d.ack) return;
                if (d.how === 'killed') process_.die();
                throw new HubError('transient', 'CUT', 'cut');
              };
              await rough.pull(process_.db, { full }).catch((error: unknown) => {
                if (!(error instanceof HubError || error instanceof Killed)) throw error;
              });
              rough.feed.before = () => {};
            }
            // Changes while the packet is stored belong to the next one.
            for (const base of [rough, calm]) {
              let waiting = true;
              const happen = (): void => {
                if (waiting) apply([base], meanwhile);
                waiting = false;
              };
              base.feed.before = (what) => {
                if (what === 'ack') happen();
              };
              await base.pull(store.db, { full });
              base.feed.before = () => {};
              happen();
            }
          }
          for (const base of [calm, rough]) {
            // In the older reading a packet made before the last changes comes again without them.
            await base.pull(store.db);
            await base.pull(store.db);
            expect([...base.feed.registered.keys()].filter((k) => base.upstream.native(k))).toEqual([]);
            const alive = (await stored(base)).filter((r) => !r.gone);
            const right = [...base.upstream.records].filter(([, r]) => !r.deleted && r.name !== null);
            expect(alive).toEqual(
              expect.arrayContaining(
                right.map(([k, r]) => expect.objectContaining({ native_key: k, version: r.version })),
              ),
            );
            for (const [k, r] of base.upstream.records)
              if (r.deleted) expect(alive.map((a) => a.native_key)).not.toContain(k);
            // By night what was deleted without a word goes too.
            await base.pull(store.db, { full: true });
            const left = (await stored(base)).filter((r) => !r.gone).map((r) => r.native_key);
            expect(left.filter((k) => !base.upstream.records.has(k))).toEqual([]);
          }
          // What went away and came back broken is kept or gone by how many pulls missed it, and an interrupted run makes more.
          const depends = (k: string): boolean => calm.dropped.has(k) && calm.upstream.records.get(k)?.name === null;
          const essence = async (base: Base): Promise<unknown> =>
            (await stored(base))
              .filter((r) => !r.gone && !depends(r.native_key))
              .map((r) => [r.native_key, r.version, r.canonical]);
          expect(await essence(rough)).toEqual(await essence(calm));
        },
      ),
      // A run that hangs, or shrinking that takes long, still names its seed.
      { numRuns: 25, timeout: 30_000, interruptAfterTimeLimit: 90_000 },
    );
  }, 120_000);

  /** A base whose feed has proven itself. */
  async function provenBase(count = 9): Promise<Base> {
    const base = new Base();
    for (let n = 0; n < count; n++) base.put(n, 'a');
    await base.pull(store.db);
    base.put(0, 'b');
    await base.pull(store.db);
    await base.pull(store.db);
    base.upstream.calls.length = 0;
    return base;
  }

  test('once the feed has reported an entity, nothing is compared any more', async () => {
    const base = await provenBase();
    base.put(3, 'c');
    base.mark(4);
    expect(await base.pull(store.db)).toMatchObject({ seen: 2, changed: 1, removed: 1 });
    expect(base.upstream.calls).toEqual([]);
    expect(await by(base)).toMatchObject({ delta_by: 'changes', delta_note: null });
    const { events } = (await stateOf(store.db, base.org)) as { events: string[] };
    expect(events).toContain(`complexes.removed ${key(4)} 1`);
  });

  test('an entity that the feed has not reported yet is compared, and the reason is told', async () => {
    const base = new Base();
    base.put(1, 'a');
    base.feed.registered.clear();
    await base.pull(store.db);
    base.upstream.records.set(key(1), { version: 'silent', name: 'z' });
    expect(await base.pull(store.db)).toMatchObject({ changed: 1 });
    expect(await by(base)).toMatchObject({ delta_by: 'versions', delta_note: expect.stringContaining('not reported') });
    base.feed.promise = true;
    base.upstream.calls.length = 0;
    await base.pull(store.db);
    expect([base.upstream.calls, await by(base)]).toEqual([[], expect.objectContaining({ delta_by: 'changes' })]);
  });

  test('killed between commit and acknowledgement, the packet comes again, changes nothing and is acknowledged', async () => {
    const base = await provenBase();
    base.put(5, 'c');
    const process_ = mortal(store.db);
    base.feed.before = (what) => {
      if (what === 'ack') process_.die();
    };
    await expect(base.pull(process_.db)).rejects.toThrow(Killed);
    base.feed.before = () => {};
    const { acknowledgements } = base.feed;
    expect((await stored(base)).find((r) => r.native_key === key(5))?.canonical.name).toBe('c');
    const before = (await stateOf(store.db, base.org)).events;
    expect(await base.pull(store.db)).toMatchObject({ seen: 1, changed: 0 });
    expect((await stateOf(store.db, base.org)).events).toEqual(before);
    expect([base.feed.acknowledgements, base.feed.registered.size]).toEqual([acknowledgements + 1, 0]);
    expect(base.upstream.calls).toEqual([]);
  });

  test('killed before the commit, nothing is acknowledged and the packet comes again', async () => {
    const base = await provenBase();
    const { acknowledgements } = base.feed;
    base.put(5, 'c');
    const process_ = mortal(store.db);
    process_.dieAt(1, 'before');
    await expect(base.pull(process_.db)).rejects.toThrow(Killed);
    expect(base.feed.acknowledgements).toBe(acknowledgements);
    expect(await base.pull(store.db)).toMatchObject({ seen: 1, changed: 1 });
  });

  test('a packet that is too big is left to one comparison, and the feed goes on after it', async () => {
    const base = await provenBase();
    for (let n = 0; n < 6; n++) base.put(n, 'big');
    base.feed.skip = 'the packet is too big';
    expect(await base.pull(store.db)).toMatchObject({ changed: 6 });
    expect(await by(base)).toMatchObject({
      delta_by: 'versions',
      delta_note: 'the packet is too big',
      compare_due: false,
    });
    expect(base.feed.registered.size).toBe(0);
    base.feed.skip = undefined;
    base.upstream.calls.length = 0;
    base.put(7, 'small');
    expect(await base.pull(store.db)).toMatchObject({ changed: 1 });
    expect(base.upstream.calls).toEqual([]);
  });

  test('a comparison that is due survives a crash', async () => {
    const base = await provenBase();
    base.put(2, 'big');
    base.feed.skip = 'the packet is too big';
    const process_ = mortal(store.db);
    base.feed.before = (what) => {
      if (what === 'acked') process_.die();
    };
    await expect(base.pull(process_.db)).rejects.toThrow(Killed);
    Object.assign(base.feed, { before: () => {}, skip: undefined });
    expect(base.feed.registered.size).toBe(0);
    expect(await base.pull(store.db)).toMatchObject({ changed: 1 });
  });

  test('a base that was put back from a copy is compared once', async () => {
    const base = await provenBase();
    base.feed.acknowledged -= 2;
    base.upstream.records.set(key(1), { version: 'older', name: 'from the copy' });
    base.put(8, 'x');
    expect(await base.pull(store.db)).toMatchObject({ changed: 2 });
    expect(await by(base)).toMatchObject({ delta_by: 'versions' });
    base.upstream.calls.length = 0;
    await base.pull(store.db);
    expect([base.upstream.calls, await by(base)]).toEqual([[], expect.objectContaining({ delta_by: 'changes' })]);
  });

  test('a feed that is not there does not stop the pull, and its error is told', async () => {
    const base = await provenBase();
    base.put(1, 'x');
    base.feed.before = () => {
      throw new HubError('misconfigured', 'NO_PLAN', 'There is no such plan.');
    };
    await expect(base.pull(store.db)).rejects.toMatchObject({ code: 'NO_PLAN' });
    expect((await stored(base)).find((r) => r.native_key === key(1))?.canonical.name).toBe('x');
    expect(await by(base)).toMatchObject({ delta_by: 'versions', delta_note: 'There is no such plan.' });
  });

  test('without a feed in the settings versions are compared and nothing is complained of', async () => {
    const base = await provenBase();
    base.feed.name = undefined;
    base.upstream.records.set(key(1), { version: 'silent', name: 'z' });
    expect(await base.pull(store.db)).toMatchObject({ changed: 1 });
    expect(await by(base)).toMatchObject({ delta_by: 'versions', delta_note: null });
  });

  test('a physical deletion that no packet tells of is noticed by night', async () => {
    const base = await provenBase();
    base.drop(3);
    await base.pull(store.db);
    const gone = async (): Promise<string[]> => (await stored(base)).filter((r) => r.gone).map((r) => r.native_key);
    expect(await gone()).toEqual([]);
    expect(await base.pull(store.db, { full: true })).toMatchObject({ removed: 1 });
    expect(await gone()).toEqual([key(3)]);
  });

  test('a night that finds silent changes takes the trust away until the feed reports again', async () => {
    const base = await provenBase();
    base.upstream.records.set(key(1), { version: 'silent', name: 'z' });
    expect(await base.pull(store.db, { full: true })).toMatchObject({ changed: 1 });
    base.upstream.records.set(key(2), { version: 'silent too', name: 'z' });
    expect(await base.pull(store.db)).toMatchObject({ changed: 1 });
    expect(await by(base)).toMatchObject({ delta_by: 'versions' });
    base.put(4, 'told');
    await base.pull(store.db);
    expect(await by(base)).toMatchObject({ delta_by: 'changes' });
  });

  test('what the hub wrote after the packet was asked for stays, and the packet is asked for again', async () => {
    const base = await provenBase();
    const { acknowledgements } = base.feed;
    base.put(1, 'theirs');
    base.feed.before = () => {};
    const changes = base.feed.changes();
    const writing = {
      ...base.upstream.pull(),
      changes: {
        ...changes,
        next: async (...args: Parameters<typeof changes.next>) => {
          const packet = await changes.next(...args);
          await store.db.query(
            `update record set canonical = jsonb_set(canonical, '{name}', '"ours"'), written_at = $2 where org = $1 and native_key = $3`,
            [base.org, new Date(), key(1)],
          );
          return packet;
        },
      },
    };
    const name = async (): Promise<unknown> =>
      (await stored(base)).find((r) => r.native_key === key(1))?.canonical.name;
    await base.pull(store.db, { pull: writing });
    expect([await name(), base.feed.acknowledgements]).toEqual(['ours', acknowledgements]);
    await new Promise((r) => setTimeout(r, 5));
    await base.pull(store.db);
    expect([await name(), base.feed.acknowledgements]).toEqual(['theirs', acknowledgements + 1]);
  });

  test('an entity that took no part in earlier packets is compared once', async () => {
    const base = await provenBase();
    // While the entity was not mapped a packet went by.
    base.put(2, 'unseen');
    await store.db.query(`update change_feed set entities = '[]' where org = $1`, [base.org]);
    base.feed.registered.clear();
    expect(await base.pull(store.db)).toMatchObject({ changed: 1 });
  });
});
