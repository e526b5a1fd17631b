import { expect, test } from '@jest/globals';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Database } from '../../storage/port.ts';
import { onEachDatabase, testCipher } from '../../storage/testing/databases.ts';
import { Journal } from '../journal.ts';
import { log } from '../testing/workbench.ts';
import { BulkJobs } from './jobs.ts';
import { BulkRunner } from './runner.ts';

onEachDatabase('one action on many operations', [], (store) => {
  let serial = 0;
  const bench = () => {
    const org = `uk-${++serial}`;
    const clock = { offset: 0, now: () => Date.now() + clock.offset };
    const journal = (db: Database) =>
      new Journal({ db, cipher: testCipher, clock, random: Math.random, onAccepted: () => {} });
    const jobs = new BulkJobs({ db: store.db, clock, random: Math.random });
    const runner = (process: string, db: Database = store.db) =>
      new BulkRunner({ db, clock, log, journal: journal(db), process, cancelled: () => [] });
    const make = async (n: number, status = 'dead', code: string | null = 'X', attempts = 0): Promise<void> => {
      const now = Date.now();
      const error = code === null ? null : JSON.stringify({ kind: 'transient', code, message: '', retryable: true });
      await store.db.query(
        `insert into operation (org, id, kind, client, instance, payload, status, error, attempts, accepted_at, updated_at, finished_at)
         select $1, u.id, 'test.none', 'app', 'i', '{}', $3, $4::jsonb, $5, $6, $6, $6 from unnest($2::uuid[]) as u(id)`,
        [org, Array.from({ length: n }, () => uuidv7(now, Math.random)), status, error, attempts, new Date(now)],
      );
    };
    const count = async (status: string): Promise<number> =>
      Number(
        (
          await store.db.query<{ n: number }>('select count(*) as n from operation where org = $1 and status = $2', [
            org,
            status,
          ])
        ).rows[0]?.n,
      );
    return { org, clock, jobs, runner, make, count };
  };
  const dead = { status: 'dead' } as const;

  test('every operation that fits is tried again, once, and nothing else is', async () => {
    const b = bench();
    await b.make(120);
    await b.make(3, 'dead', 'Y');
    await b.make(2, 'dead', null);
    const job = await b.jobs.create(b.org, 'retry', { ...dead, code: 'X' }, 'me');
    expect(job).toMatchObject({ status: 'running', total: 120, done: 0 });
    await b.runner('a').round();
    expect(await b.jobs.get(b.org, job.id)).toMatchObject({ status: 'done', total: 120, done: 120, refused: 0 });
    expect([await b.count('retrying'), await b.count('dead')]).toEqual([120, 5]);
    const withoutCode = await b.jobs.create(b.org, 'cancel', { ...dead, code: null }, 'me');
    await b.runner('a').round();
    expect(await b.jobs.get(b.org, withoutCode.id)).toMatchObject({ status: 'done', total: 2, done: 2 });
    expect(await b.count('cancelled')).toBe(2);
  });

  test('what may have acted is asked about first', async () => {
    const b = bench();
    await b.make(4, 'dead', 'X', 2);
    await b.jobs.create(b.org, 'retry', dead, 'me');
    await b.runner('a').round();
    expect(await b.count('uncertain')).toBe(4);
  });

  test('what is no longer in a state to be acted on is refused and told by its code', async () => {
    const b = bench();
    await b.make(3);
    const job = await b.jobs.create(b.org, 'skip', dead, 'me');
    await store.db.query(
      `update operation set status = 'succeeded' where org = $1 and id = (select id from operation where org = $1 order by id limit 1)`,
      [b.org],
    );
    await b.runner('a').round();
    expect(await b.jobs.get(b.org, job.id)).toMatchObject({ status: 'done', done: 2, refused: 1 });
    expect(await b.jobs.refusals(b.org, job.id)).toEqual({ OPERATION_NOT_DEAD: 1 });
  });

  test('a process that dies in the middle is followed by another that does the rest, each once, and the count is exact', async () => {
    const b = bench();
    await b.make(600);
    const job = await b.jobs.create(b.org, 'cancel', dead, 'me');
    const KILL_AT = 325;
    let begun = 0;
    let committed = 0;
    let isDead: () => void = () => {};
    const died = new Promise<void>((resolve) => {
      isDead = resolve;
    });
    const dying = {
      kind: store.db.kind,
      query: (...args: Parameters<Database['query']>) => store.db.query(...args),
      transact: async (...args: Parameters<Database['transact']>) => {
        if (begun++ >= KILL_AT) return new Promise<never>(() => {});
        const results = await store.db.transact(...args);
        // Committed, and nobody hears of it any more.
        if (++committed === KILL_AT) isDead();
        return results;
      },
    } as unknown as Database;
    void b.runner('a', dying).round();
    await died;
    const half = await b.jobs.get(b.org, job.id);
    expect([half.status, half.done]).toEqual(['running', 300]);
    // Its lease has to run out first.
    const acted = await b.count('cancelled');
    expect(acted).toBeGreaterThan(300);
    await b.runner('b').round();
    expect(await b.count('cancelled')).toBe(acted);
    b.clock.offset = 60_000;
    await b.runner('b').round();
    expect(await b.jobs.get(b.org, job.id)).toMatchObject({ status: 'done', done: 600, refused: 0 });
    const { rows } = await store.db.query<{ n: number }>(
      `select count(*) as n from event where org = $1 and type = 'operation.cancelled'`,
      [b.org],
    );
    expect([await b.count('cancelled'), Number(rows[0]?.n)]).toEqual([600, 600]);
  });

  test('a fault of the store ends a round, and the next one counts what was committed nevertheless', async () => {
    const b = bench();
    await b.make(60);
    const job = await b.jobs.create(b.org, 'cancel', dead, 'me');
    let left = 25;
    const failing = {
      kind: store.db.kind,
      query: (...args: Parameters<Database['query']>) => store.db.query(...args),
      transact: async (...args: Parameters<Database['transact']>) => {
        const results = await store.db.transact(...args);
        if (--left === 0) throw new Error('cut');
        return results;
      },
    } as unknown as Database;
    const runner = b.runner('a', failing);
    await expect(runner.round()).rejects.toThrow('cut');
    expect(await b.count('dead')).toBeGreaterThan(20);
    await runner.round();
    expect(await b.jobs.get(b.org, job.id)).toMatchObject({ status: 'done', done: 60, refused: 0 });
  });

  test('a small job does not wait for the end of a large one', async () => {
    const b = bench();
    await b.make(700);
    await b.make(5, 'dead', 'Y');
    const large = await b.jobs.create(b.org, 'cancel', { ...dead, code: 'X' }, 'me');
    b.clock.offset = 10;
    const small = await b.jobs.create(b.org, 'cancel', { ...dead, code: 'Y' }, 'me');
    await b.runner('a').round();
    const [first, second] = await Promise.all([small, large].map((j) => b.jobs.get(b.org, j.id)));
    expect([first?.status, second?.status]).toEqual(['done', 'done']);
    const order = await store.db.query<{ id: string }>(
      `select i.job as id from event e join bulk_item i on i.org = e.org and i.operation = e.operation where e.org = $1 order by e.ord`,
      [b.org],
    );
    const jobs = order.rows.map((r) => r.id);
    expect(jobs.lastIndexOf(small.id)).toBeLessThan(jobs.lastIndexOf(large.id) - 200);
  });

  test.each([
    [1, 0],
    [2, 200],
    [3, 400],
  ])('trying many again at once is cut at transaction %i: what was committed is not done twice', async (at, before) => {
    const b = bench();
    await b.make(500);
    // One whose state refuses.
    await b.make(1, 'dead', 'X');
    const job = await b.jobs.create(b.org, 'retry', dead, 'me');
    await store.db.query(
      `update operation set lease_until = now() + interval '1 day' where org = $1 and id = (select max(id::text)::uuid from operation where org = $1)`,
      [b.org],
    );
    let begun = -1;
    const failing = {
      kind: store.db.kind,
      query: (...args: Parameters<Database['query']>) => store.db.query(...args),
      transact: async (...args: Parameters<Database['transact']>) => {
        const results = await store.db.transact(...args);
        // The first one only counts.
        if (++begun === at) throw new Error('cut');
        return results;
      },
    } as unknown as Database;
    await expect(b.runner('a', failing).round()).rejects.toThrow('cut');
    expect((await b.jobs.get(b.org, job.id)).done).toBe(before);
    b.clock.offset = 60_000;
    await b.runner('b').round();
    expect(await b.jobs.get(b.org, job.id)).toMatchObject({ status: 'done', done: 500, refused: 1 });
    expect(await b.jobs.refusals(b.org, job.id)).toEqual({ OPERATION_NOT_RETRYABLE: 1 });
    const { rows } = await store.db.query<{ n: number; all: number }>(
      `select count(distinct operation) as n, count(*) as all from event where org = $1 and type = 'operation.changed'`,
      [b.org],
    );
    expect([Number(rows[0]?.n), Number(rows[0]?.all), await b.count('retrying')]).toEqual([500, 500, 500]);
  });

  test('a job that a person stops leaves what was not begun', async () => {
    const b = bench();
    await b.make(80);
    const job = await b.jobs.create(b.org, 'cancel', dead, 'me');
    let acted = 0;
    const slow = {
      kind: store.db.kind,
      query: (...args: Parameters<Database['query']>) => store.db.query(...args),
      transact: async (...args: Parameters<Database['transact']>) => {
        if (++acted === 10) await b.jobs.stop(b.org, job.id);
        return store.db.transact(...args);
      },
    } as unknown as Database;
    await b.runner('a', slow).round();
    const stopped = await b.jobs.get(b.org, job.id);
    expect(stopped.status).toBe('stopped');
    expect(stopped.done).toBeLessThan(20);
    // Exactly: none is acted on behind the back of whoever stopped it.
    expect([await b.count('cancelled'), await b.count('dead')]).toEqual([stopped.done, 80 - stopped.done]);
    await b.runner('b').round();
    expect(await b.count('cancelled')).toBe(stopped.done);
  });

  test('a job of another organisation is not there and touches nothing of others', async () => {
    const [mine, other] = [bench(), bench()];
    await mine.make(2);
    await other.make(2);
    const job = await mine.jobs.create(mine.org, 'cancel', dead, 'me');
    await expect(other.jobs.get(other.org, job.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(other.jobs.stop(other.org, job.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await mine.runner('a').round();
    expect([await mine.count('cancelled'), await other.count('dead')]).toEqual([2, 2]);
  });

  test('a filter that nothing fits is done at once', async () => {
    const b = bench();
    expect(await b.jobs.create(b.org, 'retry', dead, 'me')).toMatchObject({ status: 'done', total: 0 });
  });
});
