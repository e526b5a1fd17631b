import { beforeEach, expect, test } from '@jest/globals';
import { HubError } from '../canonical/errors.ts';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { answersOf } from './answers.ts';
import { EFFECT_LEASE_MS } from './effects.ts';
import { serviceOn } from './testing/service-bench.ts';
import { truncate } from './testing/workbench.ts';

const codeOf = (error: unknown): string => (error as HubError).code;

onEachDatabase('the answer to a task', [], (store) => {
  beforeEach(() => truncate(store.db));

  test.each([
    ['waiting', 'approval', 'approve', 'accepted'],
    ['waiting', 'approval', 'reject', 'cancelled'],
    ['uncertain', 'operator', 'happened', 'succeeded'],
    ['uncertain', 'operator', 'absent', 'retrying'],
    ['uncertain', 'operator', 'retry', 'uncertain'],
    ['waiting', 'operator', 'retry', 'retrying'],
    ['waiting', 'operator', 'cancel', 'cancelled'],
    ['waiting', 'operator', 'done-by-hand', 'cancelled'],
    ['dead', undefined, 'retry', 'retrying'],
    ['dead', undefined, 'cancel', 'cancelled'],
    ['dead', undefined, 'skip', 'dead'],
    ['dead', undefined, 'done-by-hand', 'dead'],
    ['failed', undefined, 'seen', 'failed'],
    ['failed', undefined, 'retry', 'retrying'],
    ['failed', undefined, 'done-by-hand', 'failed'],
  ])('%s (%s): %s makes it %s, and nothing is left to do', async (status, waitingFor, answer, wanted) => {
    const bench = serviceOn(store.db);
    const attempts = status === 'uncertain' ? 1 : 0;
    const [id = ''] = await bench.insert(status, { ...(waitingFor ? { waitingFor } : {}), attempts });
    const task = await bench.only();
    const answered = await bench.service.answer('uk', task.id, {
      answer,
      note: 'звонил',
      version: task.version,
      by: 'key-1',
    });
    expect(answered).toMatchObject({
      status: 'answered',
      answer,
      note: 'звонил',
      answeredBy: 'key-1',
      isPending: false,
    });
    expect(await bench.statusOf(id)).toBe(wanted);
    await bench.round.run();
    expect((await bench.tasks()).filter((t) => t.status === 'open')).toEqual([]);
    expect(JSON.stringify((await store.db.query('select * from task, event')).rows)).not.toContain('звонил');
  });

  test.each([
    ['held', 'accept', ['remove onec-main Meter']],
    ['held', 'keep', []],
    ['paused', 'resume', ['resume sms-main']],
    ['webhook', 'enable', ['enable 0192f0c4-0000-7000-8000-000000000001 stop']],
    ['webhook', 'enable-from-now', ['enable 0192f0c4-0000-7000-8000-000000000001 now']],
    ['webhook', 'leave', []],
    ['drift', 'known', []],
    ['debt-inquiry', 'recheck', []],
    ['debt-inquiry', 'no-debt', []],
    ['debt-inquiry', 'by-hand', []],
    ['debt-answer', 'send', []],
    ['debt-answer', 'keep', []],
    ['debt-answer', 'recheck', []],
    ['debt-answer', 'by-hand', []],
    ['flow', 'retry', []],
    ['certificate', 'known', []],
    ['quarantine', 'leave', []],
  ])('%s: %s does it, and nothing is left to do', async (cause, answer, done) => {
    const bench = serviceOn(store.db);
    await bench.setCause(cause, true);
    const task = await bench.only();
    await bench.service.answer('uk', task.id, { answer, note: 'ok', version: task.version, by: 'key-1' });
    expect(bench.done).toEqual(done);
    await bench.round.run();
    expect((await bench.tasks()).map((t) => t.status)).toEqual(['answered']);
  });

  test('every kind of task and each of its answers is tried above', () => {
    const tried = 15 + 17;
    const quarantineRetry = 1;
    expect(Object.values(answersOf).flat()).toHaveLength(tried + quarantineRetry);
  });

  test('records that stay in quarantine after another try are a new task', async () => {
    const bench = serviceOn(store.db);
    await bench.setCause('quarantine', true);
    const task = await bench.only();
    const answered = await bench.service.answer('uk', task.id, { answer: 'retry', version: 1, by: 'k' });
    expect(answered.progress).toMatchObject({ done: 1, failed: 1, total: 2 });
    expect((await bench.only()).id).not.toBe(task.id);
  });

  test('of two people who answer at once one wins, and the other hears who and when', async () => {
    const bench = serviceOn(store.db);
    await bench.insert('uncertain', { waitingFor: 'operator', attempts: 1 });
    const task = await bench.only();
    const outcomes = await Promise.allSettled(
      ['happened', 'absent', 'happened', 'absent'].map((answer, i) =>
        bench.service.answer('uk', task.id, { answer, version: task.version, by: `key-${i}` }),
      ),
    );
    const lost = outcomes.filter((o) => o.status === 'rejected').map((o) => o.reason as HubError);
    expect(lost.map(codeOf)).toEqual(['TASK_ANSWERED', 'TASK_ANSWERED', 'TASK_ANSWERED']);
    const { answeredBy, answeredAt } = await bench.repository.get('uk', task.id);
    expect(lost[0]?.message).toContain(`key of ${answeredBy} at ${answeredAt?.toISOString()}`);
    expect(lost[0]?.facts.details).toMatchObject({ answeredBy, answeredAt: answeredAt?.toISOString() });
    const { rows } = await store.db.query(`select count(*) as n from event where type = 'task.answered'`);
    expect(Number(rows[0]?.n)).toBe(1);
  });

  test('is refused when it is unknown, lacks its note, is of an older version, or the cause is over', async () => {
    const bench = serviceOn(store.db, { people: [{ id: 'anna' }] });
    const [id = ''] = await bench.insert('waiting', { waitingFor: 'approval' });
    const task = await bench.only();
    const answer = (input: { answer: string; note?: string; version?: number }) =>
      bench.service.answer('uk', task.id, { version: task.version, by: 'k', ...input }).then(() => 'done', codeOf);
    await expect(bench.service.answer('uk', task.id, { answer: 'aprove', version: 1, by: 'k' })).rejects.toThrow(
      "did you mean 'approve'?",
    );
    expect(await answer({ answer: 'reject' })).toBe('INVALID_BODY');
    expect(await answer({ answer: 'reject', note: '  ' })).toBe('INVALID_BODY');
    expect(await answer({ answer: 'approve', version: 7 })).toBe('TASK_CHANGED');
    await bench.service.assign('uk', task.id, { assignee: null, version: 1, by: 'k' });
    expect(await answer({ answer: 'approve' })).toBe('TASK_CHANGED');
    await expect(bench.service.assign('uk', task.id, { assignee: 'ana', version: 2, by: 'k' })).rejects.toThrow(
      "did you mean 'anna'?",
    );
    await bench.approvals.approve('uk', id, { by: 'somebody' });
    await bench.round.run();
    expect(await answer({ answer: 'approve', version: 2 })).toBe('TASK_CLOSED');
    expect(
      await bench.service.answer('other', task.id, { answer: 'approve', version: 2, by: 'k' }).then(() => '', codeOf),
    ).toBe('TASK_NOT_FOUND');
  });

  test('is refused before it is stored when the key submitted the operation itself', async () => {
    const bench = serviceOn(store.db, { fourEyes: true });
    await bench.insert('waiting', { waitingFor: 'approval', client: 'k' });
    const task = await bench.only();
    expect(
      await bench.service.answer('uk', task.id, { answer: 'approve', version: 1, by: 'k' }).then(() => '', codeOf),
    ).toBe('FOUR_EYES');
    expect(await bench.repository.get('uk', task.id)).toMatchObject({ status: 'open', version: 1 });
  });

  test('opens the task again when its effect is refused', async () => {
    const bench = serviceOn(store.db);
    const [id = ''] = await bench.insert('uncertain', { waitingFor: 'operator', attempts: 1 });
    const task = await bench.only();
    // A worker holds the operation at this moment.
    await store.db.query(`update operation set lease_until = $2 where id = $1`, [id, new Date(Date.now() + 60_000)]);
    expect(
      await bench.service.answer('uk', task.id, { answer: 'happened', version: 1, by: 'k' }).then(() => '', codeOf),
    ).toBe('OPERATION_NOT_UNCERTAIN');
    expect(await bench.repository.get('uk', task.id)).toMatchObject({
      status: 'open',
      answer: null,
      answeredBy: null,
      refusal: 'OPERATION_NOT_UNCERTAIN',
      version: 3,
      isPending: false,
    });
  });

  test('takes effect once although the process is killed before it, in it, or after it', async () => {
    for (const stage of ['before', 'after'] as const) {
      await truncate(store.db);
      const bench = serviceOn(store.db);
      const [id = ''] = await bench.insert('uncertain', { waitingFor: 'operator', attempts: 1 });
      const task = await bench.only();
      let resolved = 0;
      const dead = new Promise<never>(() => {});
      const dying = bench.effectsOf({
        actions: {
          ...bench.actions,
          journal: {
            ...methodsOf(bench.journal),
            // The process ends here: nothing of it is heard again.
            resolve: async (...args) => {
              if (stage === 'after') await bench.journal.resolve(...args);
              return dead;
            },
          },
        },
      });
      await bench.serviceWith(withoutWait(dying)).answer('uk', task.id, { answer: 'happened', version: 1, by: 'k' });
      expect(await bench.repository.get('uk', task.id)).toMatchObject({ status: 'answered', isPending: true });
      // Nobody else takes it while its lease lasts, and no second task is opened beside it.
      const next = bench.effectsOf({
        actions: {
          ...bench.actions,
          journal: {
            ...methodsOf(bench.journal),
            resolve: (...args) => {
              resolved++;
              return bench.journal.resolve(...args);
            },
          },
        },
      });
      await next.round();
      await next.stop();
      expect(resolved).toBe(0);
      await bench.round.run();
      expect(await bench.tasks()).toHaveLength(1);
      bench.clock.offset = EFFECT_LEASE_MS + 1_000;
      const later = bench.effectsOf({ actions: { ...bench.actions } });
      await later.round();
      await settled(async () => !(await bench.repository.get('uk', task.id)).isPending);
      expect(await bench.statusOf(id)).toBe('succeeded');
      expect(await bench.repository.get('uk', task.id)).toMatchObject({
        status: 'answered',
        answer: 'happened',
        isPending: false,
      });
      const { rows } = await store.db.query(`select count(*) as n from event where type = 'operation.succeeded'`);
      expect(Number(rows[0]?.n)).toBe(1);
    }
  }, 60_000);

  test('to many is carried out for each of them, with its progress', async () => {
    const bench = serviceOn(store.db);
    const ids = await bench.insert('dead', { code: 'NETWORK', n: 300 });
    await store.db.query(`update operation set lease_until = $2 where id = $1`, [
      ids[7] ?? '',
      new Date(Date.now() + 600_000),
    ]);
    const task = await bench.only();
    await bench.service.answer('uk', task.id, { answer: 'retry', version: 1, by: 'k' });
    // What dies after the answer is not meant by it.
    await settled(async () => !(await bench.repository.get('uk', task.id)).isPending);
    expect((await bench.repository.get('uk', task.id)).progress).toMatchObject({
      done: 299,
      failed: 1,
      total: 300,
      codes: { OPERATION_NOT_RETRYABLE: 1 },
      stopped: false,
    });
    expect((await bench.only()).operation).toBe(ids[7]);
  }, 60_000);

  test('to many goes on after a kill and counts each of them once', async () => {
    const bench = serviceOn(store.db, { runsBulk: false });
    await bench.insert('dead', { code: 'NETWORK', n: 200 });
    const task = await bench.only();
    await bench.service.answer('uk', task.id, { answer: 'cancel', version: 1, by: 'k' });
    expect((await bench.repository.get('uk', task.id)).progress).toMatchObject({ done: 0, total: 200 });
    let left = 100;
    const dying = bench.effectsOf({
      runsBulk: true,
      actions: {
        ...bench.actions,
        journal: {
          ...methodsOf(bench.journal),
          cancel: async (...args) => (left-- > 0 ? bench.journal.cancel(...args) : new Promise<never>(() => {})),
        },
      },
    });
    await dying.round();
    await settled(async () => left < 0);
    // Another process finds the task taken, and its job too while the lease lasts.
    const next = bench.effectsOf({ runsBulk: true });
    await next.round();
    const runner = bench.runnerOf(bench.actions);
    await runner.round();
    expect(await bench.repository.get('uk', task.id)).toMatchObject({ isPending: true, progress: { total: 200 } });
    expect((await bench.jobs.list('uk', 1))[0]).toMatchObject({ action: 'cancel', status: 'running', task: task.id });
    bench.clock.offset = 60_000;
    await runner.round();
    expect((await bench.repository.get('uk', task.id)).isPending).toBe(false);
    expect((await bench.repository.get('uk', task.id)).progress).toMatchObject({ done: 200, failed: 0, total: 200 });
    const { rows } = await store.db.query(`select count(*) as n from event where type = 'operation.cancelled'`);
    expect(Number(rows[0]?.n)).toBe(200);
  }, 60_000);

  test('to many can be stopped, and what is left is a new task', async () => {
    const bench = serviceOn(store.db, { runsBulk: false });
    await bench.insert('dead', { code: 'NETWORK', n: 200 });
    const task = await bench.only();
    expect(await bench.service.stop('uk', task.id).then(() => '', codeOf)).toBe('TASK_NOT_RUNNING');
    await bench.service.answer('uk', task.id, { answer: 'retry', version: 1, by: 'k' });
    let tried = 0;
    const slow = bench.effectsOf({
      runsBulk: true,
      actions: {
        ...bench.actions,
        journal: {
          ...methodsOf(bench.journal),
          retry: async (...args) => {
            if (++tried === 70) await bench.service.stop('uk', task.id);
            return bench.journal.retry(...args);
          },
        },
      },
    });
    await slow.round();
    await settled(async () => !(await bench.repository.get('uk', task.id)).isPending);
    const { progress } = await bench.repository.get('uk', task.id);
    expect(progress).toMatchObject({ total: 200, stopped: true });
    const done = progress?.done ?? 0;
    expect(done).toBeGreaterThan(50);
    const next = await bench.only();
    expect([next.id === task.id, next.count]).toEqual([false, 200 - done]);
    const { rows } = await store.db.query(`select data from event where type = 'task.completed'`);
    expect(rows).toMatchObject([{ data: { task: task.id, done, failed: 0, stopped: true } }]);
  }, 60_000);

  test('to many that the version before has half carried out goes on from there', async () => {
    const bench = serviceOn(store.db, { runsBulk: false });
    const ids = await bench.insert('dead', { code: 'NETWORK', n: 60 });
    const task = await bench.only();
    await bench.service.answer('uk', task.id, { answer: 'done-by-hand', note: 'да', version: 1, by: 'k' });
    // As its progress was kept then; these needed nobody any more.
    await store.db.query('update operation set noted_at = now() where id = any($1::uuid[])', [ids.slice(0, 30)]);
    const before = { done: 29, failed: 1, total: 60, codes: { X: 1 }, after: ids[29], stopped: false };
    await store.db.query('update task set progress = $1::jsonb', [JSON.stringify(before)]);
    await bench.effectsOf({ runsBulk: true }).round();
    await settled(async () => !(await bench.repository.get('uk', task.id)).isPending);
    const after = await bench.repository.get('uk', task.id);
    expect(after.progress).toMatchObject({ done: 59, failed: 1, total: 60 });
    const { rows } = await store.db.query('select count(*) as n from operation where noted_at is not null');
    expect(Number(rows[0]?.n)).toBe(60);
  }, 60_000);

  test('to many that is stopped before anybody has begun touches none', async () => {
    const bench = serviceOn(store.db, { runsBulk: false });
    await bench.insert('dead', { code: 'NETWORK', n: 30 });
    const task = await bench.only();
    await bench.service.answer('uk', task.id, { answer: 'cancel', version: 1, by: 'k' });
    await bench.service.stop('uk', task.id);
    await bench.effectsOf({ runsBulk: true }).round();
    await settled(async () => !(await bench.repository.get('uk', task.id)).isPending);
    expect((await bench.repository.get('uk', task.id)).progress).toMatchObject({ done: 0, stopped: true });
    expect((await bench.only()).count).toBe(30);
  });

  test('an effect that fails for a while is tried again until it succeeds', async () => {
    let tries = 0;
    const bench = serviceOn(store.db, {
      actions: {
        resume: async () => {
          if (++tries < 3) throw new HubError('transient', 'NETWORK', 'not now');
          await store.db.query('update instance_state set paused = false');
        },
      },
    });
    await bench.setCause('paused', true);
    const task = await bench.only();
    const answered = await bench.service.answer('uk', task.id, { answer: 'resume', version: 1, by: 'k' });
    expect(answered).toMatchObject({ status: 'answered', isPending: true });
    for (let i = 0; i < 3; i++) {
      bench.clock.offset += 6_000;
      await bench.effects.round();
      await bench.effects.runWithin('uk', task.id, 1_000);
    }
    expect([tries, (await bench.repository.get('uk', task.id)).isPending]).toEqual([3, false]);
  });
});

/** The methods of the journal as an object, so that one of them can be replaced. */
function methodsOf(
  journal: ReturnType<typeof serviceOn>['journal'],
): ReturnType<typeof serviceOn>['actions']['journal'] {
  return {
    get: (...a) => journal.get(...a),
    retry: (...a) => journal.retry(...a),
    cancel: (...a) => journal.cancel(...a),
    skip: (...a) => journal.skip(...a),
    note: (...a) => journal.note(...a),
    resolve: (...a) => journal.resolve(...a),
  };
}

/** A caller that does not wait for the effect, since it never ends. */
function withoutWait(effects: ReturnType<typeof serviceOn>['effects']): ReturnType<typeof serviceOn>['effects'] {
  return Object.assign(Object.create(effects) as typeof effects, {
    check: (...a: Parameters<typeof effects.check>) => effects.check(...a),
    runWithin: (org: string, id: string) => effects.runWithin(org, id, 300),
  });
}

async function settled(look: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 20_000;
  while (!(await look())) {
    if (Date.now() > until) throw new Error('It did not come.');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
