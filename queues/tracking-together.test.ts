import { expect, test } from '@jest/globals';
import type { Outcome, TrackItem } from '../connectors/port.ts';
import { onServer, openBefore, testCipher } from '../storage/testing/databases.ts';
import { messageSink } from './message-sink.ts';
import { log, workbench } from './testing/workbench.ts';
import { Tracking } from './tracking.ts';

onServer('several processes that follow deliveries', (open) => {
  const store = openBefore(open, []);

  test('ask about each item one at a time, and about those of a dead process later', async () => {
    const asked: string[] = [];
    let answer = async (items: readonly TrackItem[]) =>
      items.map((i) => ({ operationId: i.operationId, patch: {}, final: true }));
    const t = workbench(store, {
      effect: 'once',
      send: async (): Promise<Outcome> => ({ status: 'done', result: {} }),
      track: {
        entity: 'Message',
        firstAfterMs: 0,
        everyMs: 1_000,
        giveUpAfterMs: 1e9,
        maxItems: 7,
        poll: async (_ctx: unknown, items: readonly TrackItem[]) => {
          asked.push(...items.map((i) => i.operationId));
          return answer(items);
        },
      },
    } as never);
    const accepted = await Promise.all(Array.from({ length: 30 }, (_, n) => t.journal.accept(t.request(n))));
    await store.db.query(
      `insert into tracking (org, operation, instance, kind, entity, record, result, next_at, give_up_at)
       select org, id, instance, kind, 'Message', id, '{}', now(), now() + interval '1 day' from operation where instance = $1`,
      [t.name],
    );
    const processOf = (process: string) =>
      new Tracking({
        db: store.db,
        cipher: testCipher,
        clock: t.clock,
        log,
        instances: t.instances,
        sink: messageSink(Math.random),
        onChange: () => {},
        process,
      });
    // The first one takes its seven and dies over them.
    const whole = answer;
    answer = () => new Promise(() => {});
    processOf('dead')
      .round()
      .catch(() => {});
    while (asked.length < 7) await new Promise((resolve) => setTimeout(resolve, 20));
    answer = whole;
    const living = ['a', 'b', 'c'].map(processOf);
    for (let round = 0; round < 3; round++) await Promise.all(living.map((p) => p.round()));
    expect(asked).toHaveLength(30);
    expect(new Set(asked).size).toBe(30);
    t.clock.offset += 120_000;
    await Promise.all(living.map((p) => p.round()));
    expect(asked).toHaveLength(37);
    expect(new Set(asked)).toEqual(new Set(accepted.map((a) => a.id)));
    const { rows } = await store.db.query(
      'select count(*) as n from tracking where instance = $1 and next_at is null',
      [t.name],
    );
    expect(Number(rows[0]?.n)).toBe(30);
  });
});
