import { afterEach, describe, expect, test } from '@jest/globals';
import { onEachEngine } from '../../queues/testing/engines.ts';
import type { GisZhkhSimulatorOptions } from '../../simulators/giszhkh/simulator.ts';
import { type GisBench, gisBench } from './bench.ts';

const IMPORT = 'importMeteringDeviceValues';
/** Readings of one import, at most. Source: hcs-device-metering-types.xsd 16.3. */
const MOST = 1_000;
const facts = process.env.HUB_CONTRACT_FACTS;
let bench: GisBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
}, 30_000);

if (!facts) describe('ГИС ЖКХ by journal and worker', () => test.skip('needs HUB_CONTRACT_FACTS', () => {}));
else
  onEachEngine('ГИС ЖКХ by journal and worker', [{ name: 'Message', filters: [] }], (store) => {
    const open = async (sim: Partial<GisZhkhSimulatorOptions> = {}, settings: Record<string, unknown> = {}) => {
      bench = await gisBench(store, { sim, settings });
      return bench;
    };
    /** Accepts a reading of each meter; nothing works yet. */
    const accept = async (b: GisBench, n: number): Promise<string[]> => {
      const ids: string[] = [];
      for (const meter of await b.meters(n)) ids.push(await b.publish(meter));
      return ids;
    };
    const statuses = (ops: readonly { status: string }[]) => [...new Set(ops.map((op) => op.status))];

    test('three bad readings of a thousand fail alone, in one request with the others, whose results come shuffled, one missing, one alien', async () => {
      const b = await open({ accounts: 600 });
      const meters = await b.meters(MOST);
      expect(meters).toHaveLength(MOST);
      // One that does not fit the format, one of another resource, one that ГИС ЖКХ does not know.
      const bad: Readonly<Record<number, Record<string, unknown>>> = {
        250: { values: ['12345678901234567.5'] },
        500: { resource: 'steam' },
      };
      const stranger = 'a1b2c363-0000-4000-8000-0000ffffffff';
      const ids = await Promise.all(
        meters.map((meter, i) => b.publish(i === 750 ? { ...meter, root: stranger } : meter, bad[i])),
      );
      await b.fault({ fault: 'missing-result', times: 1, match: `#${IMPORT}` });
      await b.fault({ fault: 'alien-result', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      const ops = await b.ended(ids);
      expect(ops.flatMap((op, i) => (op.status === 'succeeded' ? [] : [[i, op.status, op.error?.code]]))).toEqual([
        [250, 'failed', expect.any(String)],
        [500, 'failed', 'MAPPING_VALUE'],
        [750, 'failed', 'GISZHKH_ABSENT_VALUE'],
      ]);
      expect(ops.filter((op) => op.result?.found === 'history')).toHaveLength(1);
      expect(b.messageGuids(IMPORT)).toHaveLength(1);
      expect(b.readings()).toEqual({ count: MOST - 3, distinct: MOST - 3 });
      // What was said in the calls is not kept a thousand times over.
      const { rows } = await store.db.query(
        'select sum(octet_length(traffic))::int as kept, count(traffic)::int as attempts from attempt where operation = any($1::uuid[])',
        [ids],
      );
      expect(rows[0]?.attempts).toBeGreaterThan(MOST);
      expect(rows[0]?.kept).toBeLessThan(24 * 1024 * 1024);
      expect((await b.state()).peak).toBeLessThanOrEqual(2);
    }, 90_000);

    test('of shuffled results each finds its own; a missing one is found in the history, an alien one is nobody’s', async () => {
      const b = await open();
      const ids = await accept(b, 20);
      await b.fault({ fault: 'missing-result', times: 1, match: `#${IMPORT}` });
      await b.fault({ fault: 'alien-result', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      const ops = await b.ended(ids);
      expect(statuses(ops)).toEqual(['succeeded']);
      expect(ops.filter((op) => op.result?.found === 'history')).toHaveLength(1);
      expect(new Set(ops.flatMap((op) => (op.result?.guid as string) ?? [])).size).toBe(19);
      expect(b.messageGuids(IMPORT)).toHaveLength(1);
      expect(b.readings()).toEqual({ count: 20, distinct: 20 });
    }, 90_000);

    test('a lost import is settled by a question for each hundred meters', async () => {
      const b = await open({ accounts: 200 });
      const meters = await b.meters(120);
      const ids = await Promise.all(meters.map((meter) => b.publish(meter)));
      await b.fault({ fault: 'cut-after-commit', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      // The hub has time to look at the operations before the clock has gone on.
      const ops = await b.ended(ids, 100);
      expect(ops.filter((op) => op.result?.found === 'history')).toHaveLength(120);
      expect(b.messageGuids(IMPORT)).toHaveLength(1);
      expect(b.readings()).toEqual({ count: 120, distinct: 120 });
      expect(b.messageGuids('exportMeteringDeviceHistory').length).toBeLessThanOrEqual(3);
    }, 90_000);

    describe.each(['same-ack', 'new-work'] as const)('MessageGUID %s', (messageGuid) => {
      test.each(['idempotent', 'second-object'] as const)(
        'a lost acknowledgement leaves one effect each (TransportGUID %s)',
        async (transportGuid) => {
          const b = await open({ messageGuid, transportGuid });
          const ids = await accept(b, 10);
          await b.fault({ fault: 'cut-after-commit', times: 1, match: `#${IMPORT}` });
          b.newWorker();
          const ops = await b.ended(ids);
          expect(statuses(ops)).toEqual(['succeeded']);
          expect(ops.every((op) => op.result?.found === 'history')).toBe(true);
          expect(b.messageGuids(IMPORT)).toHaveLength(1);
          expect(b.readings()).toEqual({ count: 10, distinct: 10 });
          expect((await b.state()).peak).toBeLessThanOrEqual(2);
        },
        90_000,
      );
    });
  });
