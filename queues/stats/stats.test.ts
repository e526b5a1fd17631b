import { expect, test } from '@jest/globals';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Database } from '../../storage/port.ts';
import { eventsStatement, numberEvents } from '../../storage/repositories/events.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { log } from '../testing/workbench.ts';
import { firstId, StatCounter } from './count.ts';
import { readStats } from './read.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const start = Date.UTC(2026, 10, 24, 10, 0, 0);

onEachDatabase('figures over time', [], (store) => {
  let serial = 0;
  /** A company of its own on a clock that stands still until it is moved. */
  const company = () => {
    const org = `uk-${++serial}`;
    const clock = { at: start, now: () => clock.at };
    const operation = async (at: number, kind = 'messages.send', instance = 'sms'): Promise<string> => {
      const id = `${firstId(at).slice(0, -12)}${Math.random().toString(16).slice(2, 14).padEnd(12, '0')}`;
      await store.db.query(
        `insert into operation (org, id, kind, client, instance, payload, status, accepted_at, updated_at) values ($1, $2, $3, 'app', $4, '{}', 'accepted', $5, $5)`,
        [org, id, kind, instance, new Date(at)],
      );
      return id;
    };
    const event = async (id: string, what: string, at: number): Promise<void> => {
      await store.db.transact([
        eventsStatement([
          {
            org,
            id: uuidv7(at, Math.random),
            type: `operation.${what}`,
            operation: id,
            data: { kind: 'messages.send' },
            at: new Date(at),
          },
        ]),
      ]);
      await numberEvents(store.db);
    };
    const counter = (db: Database = store.db) => new StatCounter({ db, clock, log, organisations: [org] });
    const total = async (status: string, stepMs = MINUTE): Promise<number> => {
      const from = start - 24 * HOUR;
      const series = await readStats(store.db, org, { from, to: clock.at + HOUR, stepMs });
      return series
        .filter((s) => s.status === status)
        .reduce((n, s) => n + s.counts.reduce((a, b) => a + (b ?? 0), 0), 0);
    };
    return { org, clock, operation, event, counter, total };
  };

  test('operations are counted by minute and by hour, by kind, connector and what became of them', async () => {
    const c = company();
    const [a, b] = [await c.operation(start), await c.operation(start + 1_000)];
    await c.operation(start - 2 * HOUR, 'meter-readings.submit', 'onec');
    await c.event(a, 'succeeded', start + 5_000);
    await c.event(b, 'dead', start + MINUTE);
    c.clock.at = start + 2 * MINUTE;
    await c.counter().round();
    for (const stepMs of [MINUTE, HOUR])
      expect([
        await c.total('accepted', stepMs),
        await c.total('succeeded', stepMs),
        await c.total('dead', stepMs),
      ]).toEqual([3, 1, 1]);
    const series = await readStats(store.db, c.org, { from: start - 3 * HOUR, to: start + HOUR, stepMs: HOUR });
    expect(series).toContainEqual({
      kind: 'meter-readings.submit',
      instance: 'onec',
      status: 'accepted',
      counts: [0, 1, 0, 0],
    });
    expect(series).toContainEqual({
      kind: 'messages.send',
      instance: 'sms',
      status: 'succeeded',
      counts: [0, 0, 0, 1],
    });
  });

  test('counting again and again gives the same, and a late commit within the open minutes is still counted', async () => {
    const c = company();
    const id = await c.operation(start);
    await c.event(id, 'failed', start);
    for (let n = 0; n < 5; n++) {
      c.clock.at += 20_000;
      await c.counter().round();
    }
    await c.operation(start + 1_000);
    c.clock.at += 10_000;
    await c.counter().round();
    expect([await c.total('accepted'), await c.total('accepted', HOUR), await c.total('failed')]).toEqual([2, 2, 1]);
    c.clock.at += HOUR;
    await c.counter().round();
    expect([await c.total('accepted'), await c.total('accepted', HOUR), await c.total('failed')]).toEqual([2, 2, 1]);
  });

  test('a counting that is broken off before its end leaves no trace and is made up for', async () => {
    const c = company();
    const id = await c.operation(start);
    await c.event(id, 'succeeded', start);
    const broken: Database = {
      ...store.db,
      kind: store.db.kind,
      query: (...args) => store.db.query(...args),
      transact: async (statements) =>
        store.db.transact([...statements, { sql: 'select 1 where false', expect: { rows: 1, name: 'power-cut' } }]),
    } as Database;
    await c.counter(broken).round();
    expect([await c.total('accepted'), await c.total('succeeded')]).toEqual([0, 0]);
    await c.counter().round();
    expect([await c.total('accepted'), await c.total('succeeded')]).toEqual([1, 1]);
  });

  test('of two processes that count the same events one counts them', async () => {
    const c = company();
    const ids = await Promise.all(Array.from({ length: 20 }, (_v, n) => c.operation(start + n)));
    for (const id of ids) await c.event(id, 'succeeded', start);
    await Promise.all([c.counter().round(), c.counter().round(), c.counter().round()]);
    await c.counter().round();
    expect([await c.total('accepted'), await c.total('succeeded')]).toEqual([20, 20]);
  });

  test('figures of another organisation are not there', async () => {
    const [mine, other] = [company(), company()];
    await other.operation(start);
    await other.counter().round();
    await mine.counter().round();
    expect([await mine.total('accepted'), await other.total('accepted')]).toEqual([0, 1]);
  });
});
