import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { publishMeterReading } from '../../canonical/commands/publish-meter-reading.ts';
import { submitMeterReading } from '../../canonical/commands/submit-meter-reading.ts';
import { numberEvents } from '../../storage/repositories/events.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { type FlowBench, flowBench, flowEntities } from '../testing/bench.ts';
import { failingStore } from '../testing/failing-store.ts';

onEachDatabase('readings on their way to ГИС ЖКХ', flowEntities, (store, kind) => {
  let bench: FlowBench;
  beforeEach(async () => {
    bench = flowBench(store.db);
    bench.dispatcher.start();
    await bench.settle();
  });
  afterEach(async () => {
    await bench.dispatcher.stop();
  });

  const submit = async (meter: string = crypto.randomUUID()): Promise<string> => {
    const payload = { meter, readAt: '2026-11-24', values: ['9000.125'], source: 'mobile-app' };
    const { id } = await bench.journal.accept({
      org: bench.org,
      client: 'app',
      command: submitMeterReading,
      instance: bench.route(bench.org, submitMeterReading.kind) ?? '',
      payload,
      body: payload,
    });
    return id;
  };
  const published = async () => bench.operations(publishMeterReading.kind);

  test('what 1C took is published once, with the operation that caused it; what 1C refused is not', async () => {
    const [taken, refused] = [crypto.randomUUID(), crypto.randomUUID()];
    bench.refuse.readings.add(refused);
    const id = await submit(taken);
    await submit(refused);
    await bench.settle();
    const ops = await published();
    expect(ops).toHaveLength(1);
    expect(ops[0]).toMatchObject({
      status: 'succeeded',
      payload: { meter: taken, readAt: '2026-11-24', values: ['9000.125'], reading: id },
      trace: { flow: 'meter-readings', step: 'publish', parent: id },
    });
    const { rows } = await store.db.query('select * from flow_item where org = $1', [bench.org]);
    expect(rows).toEqual([]);
    // One timeline: each of the two shows the other.
    const [child] = ops;
    const parent = await bench.journal.get(bench.org, id);
    expect((await bench.journal.related(parent)).map((o) => o.id)).toEqual([child?.id]);
    expect(child && (await bench.journal.related(child)).map((o) => o.id)).toEqual([id]);
  });

  test('the same piece of news again publishes nothing again', async () => {
    const id = await submit();
    await bench.settle();
    for (const type of ['operation.succeeded', 'operation.changed'])
      await store.db.query(
        `insert into event (org, id, type, operation, data, at) values ($1, gen_random_uuid(), $2, $3, '{"kind":"meter-readings.submit"}', now())`,
        [bench.org, type, id],
      );
    await bench.settle();
    expect(await published()).toHaveLength(1);
  });

  test('a flow that begins with a hub that has worked publishes nothing of before', async () => {
    await submit();
    await bench.settle();
    await store.db.query('delete from flow where org = $1', [bench.org]);
    await bench.settle();
    await submit();
    await bench.settle();
    expect(await published()).toHaveLength(2);
  });

  test('each once, with several processes whose transactions are cut and whose leases are left behind', async () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const many = kind === 'postgres' ? 4 : 2;
    const processes = Array.from({ length: many }, () => bench.newFlows(failingStore(store.db, random, 0.4)));
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) ids.push(await submit());
    // One process has taken some of them and is gone: its leases run out.
    await numberEvents(store.db);
    for (let turn = 0; turn < 12; turn++) {
      await new Promise((r) => setTimeout(r, 40));
      await numberEvents(store.db);
      await Promise.allSettled(processes.map((p) => p.round()));
      if (turn === 3)
        await store.db.query(`update flow_item set lease_no = lease_no + 1, lease_until = $2 where org = $1`, [
          bench.org,
          new Date(bench.clock.at + 60_000),
        ]);
      bench.clock.at += 130_000;
    }
    await bench.settle();
    const ops = await published();
    expect(ops.map((o) => o.payload.reading).sort()).toEqual([...ids].sort());
    // Those whose transaction was cut after it had committed were announced to nobody: the sweep finds them.
    for (let i = 0; i < 200 && bench.reached.length < 40; i++) await new Promise((r) => setTimeout(r, 50));
    expect(new Set(bench.reached.map((o) => o.payload.reading)).size).toBe(40);
    expect(bench.reached).toHaveLength(40);
  });

  test('events that can’t be taken wait in the feed, their failures are written down, and they are taken later', async () => {
    const broken = bench.newFlows(failingStore(store.db, () => 0, 1));
    await submit();
    await bench.settle(broken);
    const { rows } = await store.db.query(
      `select name, failures > 0 as failed, error from flow where org = $1 order by name`,
      [bench.org],
    );
    expect(rows).toEqual(
      ['debt-inquiries', 'meter-readings'].map((name) => ({ name, failed: true, error: 'FLOW_FEED_FAILED' })),
    );
    bench.clock.at += 600_000;
    await bench.settle();
    expect(await published()).toHaveLength(1);
    const after = await store.db.query('select sum(failures) as n from flow where org = $1', [bench.org]);
    expect(Number(after.rows[0]?.n)).toBe(0);
  });
});
