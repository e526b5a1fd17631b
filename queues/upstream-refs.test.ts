import { describe, expect, test } from '@jest/globals';
import type { InboundEvent } from '../connectors/port.ts';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { Inbound } from './inbound.ts';
import { messageSink } from './message-sink.ts';
import { keepParts, readParts, refsOfResult } from './upstream-refs.ts';

const uuid = (n: number): string => `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`;
const at = new Date('2026-01-15T10:00:00Z');
let next = 1;

onEachDatabase('parts of an operation', [{ name: 'Message', filters: [] }], (store) => {
  const clock = { ms: at.getTime(), now: () => clock.ms };
  const sink = messageSink(Math.random);
  const inbound = () =>
    new Inbound({ db: store.db, cipher: testCipher, clock, random: Math.random, sink, onChange: () => {} });
  const report = (instance: string, ref: string, status: string, more: Partial<InboundEvent> = {}) =>
    inbound().receive('uk', instance, [
      {
        kind: 'messages.send',
        dedupeKey: `report:${ref}:${status}`,
        ref,
        final: status !== 'sent',
        patch: { status, statusReason: status === 'undelivered' ? 'no way' : null },
        ...more,
      },
    ]);
  /** An operation with a message, at an instance of its own. */
  const message = async (status = 'running', ownId = 1) => {
    const owner = { org: 'uk', id: uuid(next++), instance: `sms-${next}` };
    await store.db.query(
      `insert into operation (org, id, kind, client, instance, payload, status, own_id, accepted_at, updated_at) values ('uk', $1, 'messages.send', 'app', $2, '{"to":"+79160000001"}', $3, $4, $5, $5)`,
      [owner.id, owner.instance, status, ownId, at],
    );
    await store.db.query(
      `insert into record (org, entity, id, canonical, changed_at, pulled_at) values ('uk', 'Message', $1, '{"status":"accepted","reference":null}', $2, $2)`,
      [owner.id, at],
    );
    const canonical = async () =>
      (
        await store.db.query<{ canonical: Record<string, unknown> }>('select canonical from record where id = $1', [
          owner.id,
        ])
      ).rows[0]?.canonical;
    const events = async () =>
      (
        await store.db.query<{ type: string }>('select type from event where entity_id = $1 order by ord', [owner.id])
      ).rows.map((r) => r.type);
    return {
      owner,
      canonical,
      events,
      keep: (notes: Parameters<typeof keepParts>[1]) =>
        store.db.transact([keepParts(owner, notes, new Date(clock.ms))]),
    };
  };

  test('a message is delivered when the last of its parts is, in one event', async () => {
    const { owner, canonical, events } = await message();
    await store.db.transact(refsOfResult(owner, { upstreamIds: ['a', 'b', 'c'] }, at));
    await report(owner.instance, 'b', 'delivered');
    await report(owner.instance, 'a', 'delivered');
    expect(await canonical()).toMatchObject({ status: 'sent' });
    await report(owner.instance, 'c', 'delivered', {
      patch: { status: 'delivered', statusReason: null, deliveredAt: '2026-01-15T11:00:00.000Z' },
    });
    await report(owner.instance, 'c', 'delivered');
    expect(await canonical()).toMatchObject({ status: 'delivered', deliveredAt: '2026-01-15T11:00:00.000Z' });
    expect(await events()).toEqual(['message.sent', 'message.delivered']);
  });

  test('it has failed as soon as one part has, and stays so', async () => {
    const { owner, canonical, events } = await message();
    await store.db.transact(refsOfResult(owner, { upstreamIds: ['1', '2'] }, at));
    await report(owner.instance, '2', 'undelivered');
    await report(owner.instance, '1', 'delivered');
    expect(await canonical()).toMatchObject({ status: 'undelivered', statusReason: 'no way' });
    expect(await events()).toEqual(['message.undelivered']);
  });

  test('of two last reports at the same time one ends the message', async () => {
    const { owner, canonical, events } = await message();
    await store.db.transact(refsOfResult(owner, { upstreamIds: ['1', '2', '3', '4'] }, at));
    await Promise.all(['1', '2', '3', '4'].map((ref) => report(owner.instance, ref, 'delivered')));
    expect(await canonical()).toMatchObject({ status: 'delivered' });
    expect((await events()).filter((t) => t === 'message.delivered')).toHaveLength(1);
  });

  test('a report that is faster than the answer is matched when the id is known', async () => {
    const { owner, canonical } = await message();
    await report(owner.instance, 'early', 'delivered');
    clock.ms += 61_000;
    expect(await inbound().retry()).toBe(0);
    await store.db.transact(refsOfResult(owner, { upstreamIds: ['early'] }, at));
    clock.ms += 61_000;
    expect(await inbound().retry()).toBe(1);
    expect(await canonical()).toMatchObject({ status: 'delivered' });
    clock.ms += 3_600_000;
    expect(await inbound().retry()).toBe(0);
  });

  test('a report about nothing of ours is given up after days and stays in the store', async () => {
    await report('sms-nobody', 'stranger', 'delivered');
    clock.ms += 4 * 24 * 3_600_000;
    expect(await inbound().retry()).toBe(0);
    const { rows } = await store.db.query(
      `select next_at, handled_at, error from inbound where instance = 'sms-nobody'`,
    );
    expect(rows).toEqual([{ next_at: null, handled_at: null, error: 'nothing of this hub has this id' }]);
  });

  test('our number settles a lost answer only together with the recipient', async () => {
    const { owner } = await message('uncertain', 41);
    await report(owner.instance, 'x', 'delivered', { ownId: 41, recipient: '+79160000002' });
    expect(await readParts(store.db, owner)).toEqual([]);
    await report(owner.instance, 'y', 'delivered', { ownId: 41, recipient: '+79160000001' });
    expect(await readParts(store.db, owner)).toMatchObject([{ part: 1, parts: 1, ref: 'y', status: 'delivered' }]);
    const { rows } = await store.db.query<{ due_at: Date }>('select due_at from operation where id = $1', [owner.id]);
    expect(rows[0]?.due_at.getTime()).toBe(clock.ms);
  });

  describe('notes', () => {
    test('keep an id and what was reported until the part goes out anew', async () => {
      const { owner, keep } = await message();
      await keep([{ part: 1, parts: 2 }]);
      await keep([{ part: 1, parts: 2, ref: 'a' }]);
      await report(owner.instance, 'a', 'delivered');
      await keep([{ part: 1, parts: 2, ref: 'a' }]);
      expect(await readParts(store.db, owner)).toMatchObject([{ part: 1, ref: 'a', status: 'delivered' }]);
      await keep([{ part: 1, parts: 2 }]);
      expect(await readParts(store.db, owner)).toEqual([{ part: 1, parts: 2, notedAt: clock.ms }]);
    });
  });
});
