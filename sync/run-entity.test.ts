import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HubError } from '../canonical/errors.ts';
import type { Database } from '../storage/port.ts';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { retryQuarantine } from './quarantine-retry.ts';
import { runEntity } from './run-entity.ts';
import { complexMapping, FakeUpstream, runOn, stateOf } from './testing/fake-upstream.ts';

let organisations = 0;
const newOrg = (): string => `org-${process.pid}-${organisations++}`;
const key = (n: number): string => `00000000-1111-4111-8111-${String(n).padStart(12, '0')}`;

class Killed extends Error {}

/** The store of a process that dies at its n-th transaction, before or after the commit. */
function dying(db: Database, at: number, when: 'before' | 'after'): Database {
  let n = 0;
  const once = async <T>(work: () => Promise<T>): Promise<T> => {
    n++;
    if (n === at && when === 'before') throw new Killed();
    const results = await work();
    if (n === at && when === 'after') throw new Killed();
    return results;
  };
  return {
    kind: db.kind,
    query: (sql, params) => db.query(sql, params),
    copy: (...args) => once(() => db.copy(...args)),
    close: () => db.close(),
    transact: (statements) => once(() => db.transact(statements)),
  };
}

type Change = { put: number; name: string | null } | { drop: number } | { mark: number };
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ put: fc.nat(14), name: fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 6 }) }),
  fc.record({ drop: fc.nat(14) }),
  fc.record({ mark: fc.nat(14) }),
);
let version = 0;
function apply(upstreams: readonly FakeUpstream[], changes: readonly Change[]): void {
  for (const c of changes) {
    version++;
    for (const { records } of upstreams) {
      if ('put' in c) records.set(key(c.put), { version: `v${version}`, name: c.name });
      else if ('drop' in c) records.delete(key(c.drop));
      else {
        const old = records.get(key(c.mark));
        if (old) records.set(key(c.mark), { ...old, version: `v${version}`, deleted: true });
      }
    }
  }
}

onEachDatabase('a run over one entity', [{ name: 'ResidentialComplex', filters: [] }], (store) => {
  test('interrupted anywhere and started again it ends like an uninterrupted one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            changes: fc.array(change, { maxLength: 12 }),
            full: fc.boolean(),
            deaths: fc.array(
              fc.record({ at: fc.integer({ min: 1, max: 9 }), when: fc.constantFrom('before', 'after') }),
              { maxLength: 3 },
            ),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (rounds) => {
          const [calm, rough] = [new FakeUpstream(), new FakeUpstream()];
          const [calmOrg, roughOrg] = [newOrg(), newOrg()];
          for (const { changes, full, deaths } of rounds) {
            apply([calm, rough], changes);
            await runEntity(runOn(store.db, calmOrg, calm, { full }));
            for (const { at, when } of deaths) {
              const killed = runOn(dying(store.db, at, when as 'before'), roughOrg, rough, { full });
              await runEntity(killed).catch((error: unknown) => {
                if (!(error instanceof HubError || error instanceof Killed)) throw error;
              });
            }
            await runEntity(runOn(store.db, roughOrg, rough, { full }));
            const ends = await stateOf(store.db, roughOrg);
            // A second sweep may come sooner when runs are repeated: what is gone must be the same, not how often it was missed.
            const [a, b] = [ends, await stateOf(store.db, calmOrg)].map((s) =>
              JSON.stringify(s, (k, v) => (k === 'missed' ? 0 : v)),
            );
            expect(a).toBe(b);
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  test('a page cut in the middle of a first load goes on at its checkpoint', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      Array.from({ length: 15 }, (_, n) => ({ put: n, name: 'a' })),
    );
    upstream.beforePage = (skip) => {
      if (skip === 9) throw new HubError('transient', 'CUT', 'The connection was cut.');
    };
    await expect(runEntity(runOn(store.db, org, upstream))).rejects.toMatchObject({ code: 'CUT' });
    upstream.calls.length = 0;
    upstream.beforePage = () => {};
    await runEntity(runOn(store.db, org, upstream));
    expect(upstream.calls.filter((c) => c === 'page')).toHaveLength(3);
    const { records, events } = await stateOf(store.db, org);
    expect(records).toHaveLength(15);
    expect(events).toEqual(['complexes.loaded  1']);
  });

  test('rows that appear and vanish while pages are read shift nothing out', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      Array.from({ length: 12 }, (_, n) => ({ put: n, name: 'a' })),
    );
    upstream.beforePage = (skip) => {
      // A row before the place vanishes: the next page begins one row too late. Then one appears there.
      if (skip === 3) apply([upstream], [{ drop: 0 }]);
      if (skip === 6)
        apply(
          [upstream],
          [
            { put: 1, name: 'changed' },
            { put: 14, name: 'new' },
          ],
        );
    };
    await runEntity(runOn(store.db, org, upstream));
    const { records } = (await stateOf(store.db, org)) as { records: { native_key: string; gone: boolean }[] };
    const alive = records.filter((r) => !r.gone).map((r) => r.native_key);
    expect(alive).toEqual([...upstream.records.keys()].sort());
  });

  test('a record that comes twice in a first load, because the pages have shifted, is stored once', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      Array.from({ length: 12 }, (_, n) => ({ put: n + 1, name: 'a' })),
    );
    upstream.beforePage = (skip) => {
      // A row appears before the place: the next page begins with the last row of the one before.
      if (skip === 3) apply([upstream], [{ put: 0, name: 'new' }]);
    };
    const progress = await runEntity(runOn(store.db, org, upstream));
    expect(progress).toMatchObject({ seen: 14, changed: 13 });
    const { records } = (await stateOf(store.db, org)) as { records: { native_key: string; revision: number }[] };
    expect(records.map((r) => r.native_key)).toEqual([...upstream.records.keys()].sort());
    const { rows } = await store.db.query<{ n: number }>('select max(revision) as n from record where org = $1', [org]);
    expect(rows[0]?.n).toBe(1);
  });

  test('a record whose upstream lists it no more is gone only when a direct read says so or two sweeps missed it', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      Array.from({ length: 6 }, (_, n) => ({ put: n, name: 'a' })),
    );
    await runEntity(runOn(store.db, org, upstream));
    const pull = upstream.pull();
    // The list hides a record, the direct read still has it.
    const hiding = {
      ...pull,
      versions: async function* () {
        for await (const page of pull.versions?.({} as never, {}, null) ?? [])
          yield { ...page, records: page.records.filter((r) => r.key !== key(2)) };
      },
    };
    const gone = async (): Promise<unknown[]> =>
      ((await stateOf(store.db, org)) as { records: { native_key: string; gone: boolean }[] }).records
        .filter((r) => r.gone)
        .map((r) => r.native_key);
    await runEntity(runOn(store.db, org, upstream, { pull: hiding }));
    expect(await gone()).toEqual([]);
    await runEntity(runOn(store.db, org, upstream));
    await runEntity(runOn(store.db, org, upstream, { pull: hiding }));
    expect(await gone()).toEqual([]);
    await runEntity(runOn(store.db, org, upstream, { pull: hiding }));
    expect(await gone()).toEqual([key(2)]);
    apply([upstream], [{ drop: 3 }]);
    await runEntity(runOn(store.db, org, upstream));
    expect(await gone()).toContain(key(3));
  });

  test('a sweep that would remove too much asks, and does it when a person agrees', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      Array.from({ length: 15 }, (_, n) => ({ put: n, name: 'a' })),
    );
    await runEntity(runOn(store.db, org, upstream));
    apply(
      [upstream],
      Array.from({ length: 8 }, (_, n) => ({ drop: n })),
    );
    const held = await runEntity(runOn(store.db, org, upstream, { acceptRemovals: false }));
    expect(held).toMatchObject({ removed: 0, held: { wouldRemove: 8, of: 15 } });
    expect((await runEntity(runOn(store.db, org, upstream))).removed).toBe(8);
  });

  test('what the hub wrote after a pull began is not overwritten by it', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply([upstream], [{ put: 1, name: 'old' }]);
    await runEntity(runOn(store.db, org, upstream));
    apply([upstream], [{ put: 1, name: 'older page' }]);
    upstream.calls.length = 0;
    const pull = upstream.pull();
    const writing = {
      ...pull,
      byKeys: async (...args: Parameters<NonNullable<typeof pull.byKeys>>) => {
        const found = (await pull.byKeys?.(...args)) ?? [];
        // Our own write falls between the read and its storing.
        await store.db.query(
          `update record set canonical = jsonb_set(canonical, '{name}', '"ours"'), written_at = $2 where org = $1`,
          [org, new Date()],
        );
        return found;
      },
    };
    await runEntity(runOn(store.db, org, upstream, { pull: writing }));
    const names = async () =>
      ((await stateOf(store.db, org)) as { records: { canonical: { name: string } }[] }).records.map(
        (r) => r.canonical.name,
      );
    expect(await names()).toEqual(['ours']);
    // The next pull began after it and brings what the upstream has.
    await new Promise((r) => setTimeout(r, 5));
    await runEntity(runOn(store.db, org, upstream));
    expect(await names()).toEqual(['older page']);
  });

  test('a record that breaks the mapping waits in quarantine, is counted once a run, and comes in when it is mended', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      [
        { put: 1, name: 'a' },
        { put: 2, name: null },
      ],
    );
    expect(await runEntity(runOn(store.db, org, upstream))).toMatchObject({ quarantined: 1 });
    expect((await stateOf(store.db, org)).quarantine).toEqual([key(2)]);
    apply([upstream], [{ put: 2, name: 'mended' }]);
    expect(await runEntity(runOn(store.db, org, upstream))).toMatchObject({ quarantined: 0, changed: 1 });
    expect((await stateOf(store.db, org)).quarantine).toEqual([]);
  });

  test('a mended mapping lets the records in quarantine in, and the others stay', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      [1, 2, 3].map((n) => ({ put: n, name: null })),
    );
    await runEntity(runOn(store.db, org, upstream));
    expect(await retryQuarantine(runOn(store.db, org, upstream))).toEqual({ released: 0, kept: 3 });
    const mended = runOn(store.db, org, upstream, { mapping: complexMapping('name: Other | required') });
    // What the old mapping kept of them does not hold the new field, so they wait for a pull.
    expect(await retryQuarantine(mended)).toEqual({ released: 0, kept: 3 });
    const byCode = runOn(store.db, org, upstream, { mapping: complexMapping('name: Code | required') });
    expect(await retryQuarantine(byCode)).toEqual({ released: 3, kept: 0 });
    const { records, quarantine } = (await stateOf(store.db, org)) as { records: unknown[]; quarantine: unknown[] };
    expect([records.length, quarantine.length]).toEqual([3, 0]);
  });

  test('a changed mapping is applied to the stored records without a pull, where they hold what it reads', async () => {
    const upstream = new FakeUpstream();
    const org = newOrg();
    apply(
      [upstream],
      Array.from({ length: 7 }, (_, n) => ({ put: n, name: `n${n % 2}` })),
    );
    await runEntity(runOn(store.db, org, upstream));
    upstream.calls.length = 0;
    const upper = complexMapping(`name: "Name | enum({ n0: Even, n1: n1 })"`);
    const progress = await runEntity(runOn(store.db, org, upstream, { mapping: upper }));
    expect(upstream.calls).toEqual(['versions']);
    expect(progress.changed).toBe(4);
    const { records, events } = (await stateOf(store.db, org)) as {
      records: { canonical: { name: string } }[];
      events: string[];
    };
    expect(records.map((r) => r.canonical.name)).toEqual(['Even', 'n1', 'Even', 'n1', 'Even', 'n1', 'Even']);
    expect(events.filter((e) => e.startsWith('complexes.changed'))).toHaveLength(4);
    // A field that was not kept has to be fetched.
    const other = complexMapping('name: Other | required');
    await runEntity(runOn(store.db, org, upstream, { mapping: other }));
    expect(upstream.calls.filter((c) => c === 'page').length).toBeGreaterThan(0);
    expect(
      ((await stateOf(store.db, org)) as { records: { canonical: { name: string } }[] }).records[0]?.canonical.name,
    ).toBe(`other ${key(0)}`);
  });
});
