import { expect, test } from '@jest/globals';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { succeeded } from './decide.ts';
import { lease, leaseListed } from './lease.ts';
import { OutcomeWriter } from './outcome.ts';
import type { TrackSink } from './ports.ts';
import { log, sink, workbench } from './testing/workbench.ts';

onEachDatabase('outcomes that are committed together', [], (store) => {
  const idle = () => workbench(store, { effect: 'once', send: async () => ({ status: 'done', result: {} }) });
  const mirrored: TrackSink = {
    ...sink,
    outcome: (op) => [{ sql: `insert into hub_meta (name, value) values ($1, '{}')`, params: [`mirror-${op.id}`] }],
  };

  test.each([
    ['alone', sink],
    ['with the records that mirror them', mirrored],
  ])('%s: the one whose lease was taken over changes nothing, the others are kept', async (_title, used) => {
    const t = idle();
    const accepted = await Promise.all(Array.from({ length: 6 }, (_, n) => t.journal.accept(t.request(n))));
    const terms = {
      instance: t.name,
      kinds: [{ kind: 'test.none', version: 1, once: true }],
      worker: 'w',
      now: new Date(t.clock.now()),
      attemptMs: 1_000,
      leaseMs: 60_000,
    };
    const leased = await lease(store.db, testCipher, { ...terms, limit: 10 });
    expect(leased).toHaveLength(6);
    const lost = leased[2]?.op;
    await store.db.query('update operation set lease_no = lease_no + 1 where id = $1', [lost?.id ?? '']);
    const written: string[] = [];
    const writer = new OutcomeWriter({
      db: store.db,
      cipher: testCipher,
      clock: t.clock,
      random: Math.random,
      log,
      sink: used,
      onChange: () => {},
      onWritten: (entries) => written.push(...entries.map((e) => e.op.id)),
    });
    const attempt = { action: 'send' as const, startedAt: terms.now, outcome: 'done', traffic: [] };
    await Promise.all(leased.map(({ op }) => writer.write({ op, decision: succeeded(op, { n: 1 }), attempt })));
    const kept = accepted.map((a) => a.id).filter((id) => id !== lost?.id);
    expect(written.sort()).toEqual([...kept].sort());
    for (const { id } of accepted) {
      const op = await t.journal.get('uk', id);
      const attempts = await t.journal.attempts('uk', id);
      const { count: events } = await store.db.query('select 1 from event where operation = $1', [id]);
      const { count: mirrors } = await store.db.query('select 1 from hub_meta where name = $1', [`mirror-${id}`]);
      const isKept = id !== lost?.id;
      expect([op.status, attempts.length, events, mirrors]).toEqual(
        isKept ? ['succeeded', 1, 1, used === mirrored ? 1 : 0] : ['running', 0, 0, 0],
      );
    }
  });

  test('named operations are leased when they are due and free, and only by who knows them', async () => {
    const t = idle();
    const now = new Date(t.clock.now());
    const plain = await t.journal.accept(t.request(1));
    const later = await t.journal.accept(t.request(2, { notBefore: new Date(now.getTime() + 500) }));
    const first = await t.journal.accept(t.request(3, { kind: 'test.fifo', subject: t.name }));
    const second = await t.journal.accept(t.request(4, { kind: 'test.fifo', subject: t.name }));
    const named = [plain, later, first, second].map(({ id }) => ({ org: 'uk', id }));
    const terms = {
      instance: t.name,
      kinds: ['test.none', 'test.fifo'].map((kind) => ({ kind, version: 1, once: true })),
      worker: 'w',
      now,
      attemptMs: 1_000,
      leaseMs: 60_000,
    };
    const older = { ...terms, kinds: terms.kinds.map((k) => ({ ...k, version: 0 })) };
    expect(await leaseListed(store.db, testCipher, older, named)).toEqual([]);
    expect(await leaseListed(store.db, testCipher, { ...terms, instance: 'another' }, named)).toEqual([]);
    const taken = await leaseListed(store.db, testCipher, terms, named);
    expect(taken.map((l) => [l.op.id, l.action, l.op.attempts])).toEqual([
      [plain.id, 'send', 1],
      [first.id, 'send', 1],
    ]);
    expect(await leaseListed(store.db, testCipher, terms, named)).toEqual([]);
  });
});
