import { expect, test } from '@jest/globals';
import type { Claims, OperationView } from '../connectors/port.ts';
import { onEachDatabase, type TestStore, testCipher } from '../storage/testing/databases.ts';
import { claimsOf } from './claims.ts';

const clock = { now: () => Date.now() };
let seq = 0;

/** Claims of a fresh instance, and operations in a given state that it carries. */
function setUp(store: TestStore): {
  claims: Claims;
  operation(status: 'running' | 'uncertain' | 'succeeded'): Promise<OperationView>;
} {
  const instance = `claims-${Math.random().toString(36).slice(2)}`;
  return {
    claims: claimsOf({ db: store.db, cipher: testCipher, clock }, instance),
    operation: async (status) => {
      const id = `0192f0c4-7a1b-7c3d-8e4f-${Math.floor(Math.random() * 2 ** 40)
        .toString(16)
        .padStart(11, '0')}${(seq++ % 16).toString(16)}`;
      await store.db.query(
        `insert into operation (org, id, kind, client, instance, payload, status, accepted_at, updated_at)
         values ('uk', $1, 'messages.send', 'app', $2, '{}', $3, now(), now())`,
        [id, instance, status],
      );
      return { id, kind: 'messages.send', organisation: 'uk', subject: null, payload: {}, attempt: 1, acceptedAt: 0 };
    },
  };
}

onEachDatabase('claims of upstream ids', [], (store) => {
  test('what one operation has is nobody else’s', async () => {
    const { claims, operation } = setUp(store);
    const [first, second] = [await operation('running'), await operation('uncertain')];
    await claims.begin(first, 'a');
    await claims.keep(first, '1');
    await claims.begin(second, 'a');
    expect(await claims.take(second, 'a', ['1'])).toEqual({ status: 'none' });
    expect(await claims.take(second, 'a', ['1', '2'])).toEqual({ status: 'taken', upstreamId: '2' });
    expect(await claims.take(second, 'a', ['1', '2'])).toEqual({ status: 'taken', upstreamId: '2' });
  });

  test('while an operation of the same likeness is being sent, nothing is taken; one of another likeness is no matter', async () => {
    const { claims, operation } = setUp(store);
    const [rival, asking, other] = [
      await operation('running'),
      await operation('uncertain'),
      await operation('running'),
    ];
    await claims.begin(rival, 'a');
    await claims.begin(asking, 'a');
    await claims.begin(other, 'b');
    expect(await claims.take(asking, 'a', ['1'])).toEqual({ status: 'rivals' });
    await claims.keep(rival, '1');
    expect(await claims.take(asking, 'a', ['1'])).toEqual({ status: 'none' });
  });

  test('of two uncertain operations and one text, one has it', async () => {
    const { claims, operation } = setUp(store);
    const both = [await operation('uncertain'), await operation('uncertain')] as const;
    for (const op of both) await claims.begin(op, 'a');
    const answers = await Promise.all(both.map((op) => claims.take(op, 'a', ['1'])));
    expect(answers.filter((a) => a.status === 'taken')).toHaveLength(1);
    const [again] = await Promise.all(
      both.filter((_op, i) => answers[i]?.status !== 'taken').map((op) => claims.take(op, 'a', ['1'])),
    );
    expect(again).toEqual({ status: 'none' });
  });

  test('more texts than operations are for a person to judge', async () => {
    const { claims, operation } = setUp(store);
    const op = await operation('uncertain');
    await claims.begin(op, 'a');
    expect(await claims.take(op, 'a', ['1', '2'])).toEqual({ status: 'ambiguous' });
  });

  test('an attempt whose note was lost with a restored backup is still settled', async () => {
    const { claims, operation } = setUp(store);
    expect(await claims.take(await operation('uncertain'), 'a', ['7'])).toEqual({ status: 'taken', upstreamId: '7' });
  });
});
