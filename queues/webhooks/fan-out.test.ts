import { expect, test } from '@jest/globals';
import { numberEvents } from '../../storage/repositories/events.ts';
import { type Webhook, WebhookRepository } from '../../storage/repositories/webhooks.ts';
import { onEachDatabase, testCipher } from '../../storage/testing/databases.ts';
import { Journal } from '../journal.ts';
import { log } from '../testing/workbench.ts';
import { cancelStatement, listDeliveries, removeOldDeliveries, resumeStatement } from './deliveries.ts';
import { FanOut } from './fan-out.ts';
import { EndpointHealth } from './health.ts';

const clock = { now: () => Date.now() };

onEachDatabase('fan-out of events to endpoints', [], (store, kind) => {
  let serial = 0;
  const bench = () => {
    const { db } = store;
    const webhooks = new WebhookRepository(db, testCipher);
    const journal = new Journal({ db, cipher: testCipher, clock, random: Math.random, onAccepted: () => {} });
    const newFanOut = () => new FanOut({ db, log, journal, webhooks });
    const org = `org${++serial}`;
    const endpoint = async (more: Partial<Webhook> = {}): Promise<Webhook> => {
      const now = new Date(clock.now());
      const webhook: Webhook = {
        org,
        id: crypto.randomUUID(),
        description: '',
        types: ['*'],
        ordered: false,
        url: 'https://example.org/secret-path',
        secret: 'whsec_c2VjcmV0',
        cursor: 0,
        disabledAt: null,
        disabledReason: null,
        failingSince: null,
        failures: 0,
        lastStatus: null,
        createdAt: now,
        updatedAt: now,
        ...more,
      };
      expect(await webhooks.insert(webhook, 50)).toBe(true);
      return webhook;
    };
    const tell = async (from: number, to: number, type = 'accounts.changed'): Promise<void> => {
      await db.query(
        `insert into event (org, id, type, data, at) select $4::text, gen_random_uuid(), $3::text, '{}', now() from generate_series($1::int, $2::int) n order by n`,
        [from, to, type, org],
      );
      await numberEvents(db);
    };
    const numbers = async (id: string): Promise<number[]> =>
      (
        await db.query(
          `select (payload->>'no')::int as no from operation where org = $1 and subject = $2 order by seq`,
          [org, `webhook:${id}`],
        )
      ).rows.map((r) => r.no as number);
    return { db, org, webhooks, newFanOut, endpoint, tell, numbers };
  };
  const upTo = (n: number): number[] => Array.from({ length: n }, (_v, i) => i + 1);

  test('each event becomes one delivery, in order, whatever the number of processes', async () => {
    const { newFanOut, endpoint, tell, numbers, webhooks, org } = bench();
    const [a, b] = [await endpoint(), await endpoint({ ordered: true, types: ['accounts.*'] })];
    await tell(1, 700);
    await tell(701, 750, 'meters.changed');
    const processes = Array.from({ length: kind === 'postgres' ? 4 : 2 }, newFanOut);
    for (let i = 0; i < 3; i++) {
      await Promise.all(processes.map((p) => p.round()));
      await tell(1, 100);
    }
    await Promise.all(processes.map((p) => p.round()));
    expect(await numbers(a.id)).toEqual(upTo(1_050));
    expect(await numbers(b.id)).toEqual(upTo(1_050).filter((n) => n <= 700 || n > 750));
    expect((await webhooks.get(org, a.id))?.cursor).toBe(1_050);
  });

  test('an endpoint begins with events after its making, and a disabled one waits in the feed', async () => {
    const { db, org, newFanOut, endpoint, tell, numbers } = bench();
    await tell(1, 10);
    const late = await endpoint();
    await tell(11, 15);
    await db.query('update webhook set disabled_at = now() where org = $1 and id = $2', [org, late.id]);
    await newFanOut().round();
    expect(await numbers(late.id)).toEqual([]);
    await db.query('update webhook set disabled_at = null where org = $1 and id = $2', [org, late.id]);
    await newFanOut().round();
    expect(await numbers(late.id)).toEqual([11, 12, 13, 14, 15]);
  });

  test('what an endpoint can’t take yet waits in the feed and not in the journal', async () => {
    const { db, org, newFanOut, endpoint, tell, numbers } = bench();
    const { id } = await endpoint();
    await tell(1, 4_000);
    await newFanOut().round();
    expect(await numbers(id)).toHaveLength(2_000);
    await db.query(
      `update operation set status = 'succeeded', holds = false, due_at = null, finished_at = now() where org = $1`,
      [org],
    );
    await newFanOut().round();
    expect(await numbers(id)).toEqual(upTo(4_000));
  });

  test('events that retention removed are passed over, and the endpoint goes on', async () => {
    const { db, org, newFanOut, endpoint, tell, numbers } = bench();
    const { id } = await endpoint();
    await tell(1, 20);
    await db.query('delete from event where org = $1 and no <= 15', [org]);
    await newFanOut().round();
    expect(await numbers(id)).toEqual([16, 17, 18, 19, 20]);
    await tell(21, 22);
    await db.query('delete from event where org = $1', [org]);
    await newFanOut().round();
    expect(await numbers(id)).toHaveLength(5);
  });

  test('addresses and secrets are not readable in the store', async () => {
    const { db, org, endpoint } = bench();
    await endpoint();
    const { rows } = await db.query(
      `select encode(sealed, 'escape') || webhook::text as all from webhook where org = $1`,
      [org],
    );
    expect(JSON.stringify(rows)).not.toMatch(/secret-path|c2VjcmV0/);
  });

  test('an endpoint that only fails is disabled once, with one event, and a success clears what was', async () => {
    const { db, org, webhooks, endpoint } = bench();
    const time = { ms: Date.now() };
    let told = 0;
    const health = new EndpointHealth({
      db,
      clock: { now: () => time.ms },
      random: Math.random,
      log,
      webhooks,
      disableAfterMs: 1_000,
      maxAttempts: 4,
      onChange: () => told++,
    });
    const { id } = await endpoint();
    const inOrder = await endpoint({ ordered: true });
    const error = Object.assign(new Error('The receiver answered 500.'), {
      kind: 'transient',
      code: 'WEBHOOK_FAILED',
      facts: { upstream: { system: 'webhook', status: 500 } },
    }) as never;
    for (let i = 0; i < 6; i++) await health.report(org, id, { error, attempt: 1 });
    expect(await webhooks.get(org, id)).toMatchObject({ failures: 6, lastStatus: 500, disabledAt: null });
    await health.report(org, id, { attempt: 1 });
    expect(await webhooks.get(org, id)).toMatchObject({ failures: 0, failingSince: null, disabledAt: null });
    for (let i = 0; i < 5; i++) await health.report(org, id, { error, attempt: 1 });
    time.ms += 1_500;
    await Promise.all([1, 2, 3].map(() => health.report(org, id, { error, attempt: 1 })));
    expect((await webhooks.get(org, id))?.disabledReason).toContain('The receiver answered 500.');
    await health.report(org, inOrder.id, { error, attempt: 3 });
    expect((await webhooks.get(org, inOrder.id))?.disabledAt).toBeNull();
    await health.report(org, inOrder.id, { error, attempt: 4 });
    expect((await webhooks.get(org, inOrder.id))?.disabledAt).not.toBeNull();
    const { rows } = await db.query(`select type, data->>'webhook' as id from event where org = $1 order by ord`, [
      org,
    ]);
    expect(rows).toEqual([id, inOrder.id].map((w) => ({ type: 'webhook.disabled', id: w })));
    expect(told).toBe(2);
  });

  test('enabling wakes what waited and what was dead; cancelling and the clean-up leave nothing', async () => {
    const { db, org, newFanOut, endpoint, tell } = bench();
    const { id } = await endpoint();
    await tell(1, 6);
    await newFanOut().round();
    await db.query(
      `update operation set status = case (payload->>'no')::int when 1 then 'dead' when 2 then 'waiting' when 3 then 'succeeded' else 'accepted' end,
         waiting_for = case (payload->>'no')::int when 2 then 'disabled' end, attempts = 4, due_at = case when (payload->>'no')::int in (1, 3) then null else now() + interval '1 hour' end,
         finished_at = case when (payload->>'no')::int in (1, 3) then now() - interval '40 days' end where org = $1`,
      [org],
    );
    const states = async () =>
      (await listDeliveries(db, org, id, { limit: 10 })).map((d) => `${d.no} ${d.status}`).reverse();
    const now = new Date();
    await db.transact([resumeStatement(org, id, now)]);
    expect(await states()).toEqual([
      '1 retrying',
      '2 retrying',
      '3 succeeded',
      '4 accepted',
      '5 accepted',
      '6 accepted',
    ]);
    await db.transact([cancelStatement(org, id, now)]);
    expect(await removeOldDeliveries(db, new Date(now.getTime() - 86_400_000))).toBe(1);
    expect(await states()).toEqual([1, 2, 4, 5, 6].map((n) => `${n} cancelled`));
    expect((await listDeliveries(db, org, id, { limit: 2, status: 'cancelled' })).map((d) => d.no)).toEqual([6, 5]);
  });
});
