import { afterEach, describe, expect, test } from '@jest/globals';
import type { GisZhkhSimulatorOptions } from '../../simulators/giszhkh/simulator.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { type GisBench, gisBench } from './bench.ts';

const IMPORT = 'importMeteringDeviceValues';
const facts = process.env.HUB_CONTRACT_FACTS;
let bench: GisBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
}, 30_000);

if (!facts) describe('ГИС ЖКХ by journal and worker', () => test.skip('needs HUB_CONTRACT_FACTS', () => {}));
else
  onEachDatabase('ГИС ЖКХ by journal and worker', [{ name: 'Message', filters: [] }], (store) => {
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

    test('three bad readings of two hundred fail alone, in one request with the others', async () => {
      const b = await open();
      const meters = await b.meters(200);
      expect(meters).toHaveLength(200);
      const ids: string[] = [];
      for (const [i, meter] of meters.entries()) {
        // One that ГИС ЖКХ does not know, one of another resource, one that does not fit the format.
        const more =
          i === 50
            ? { values: ['12345678901234567.5'] }
            : i === 100
              ? { resource: 'steam' }
              : ({} as Record<string, unknown>);
        ids.push(await b.publish(i === 150 ? { ...meter, root: 'a1b2c363-0000-4000-8000-0000ffffffff' } : meter, more));
      }
      b.newWorker();
      const ops = await b.ended(ids);
      expect(ops.flatMap((op, i) => (op.status === 'succeeded' ? [] : [[i, op.status, op.error?.code]]))).toEqual([
        [50, 'failed', expect.any(String)],
        [100, 'failed', 'MAPPING_VALUE'],
        [150, 'failed', 'GISZHKH_ABSENT_VALUE'],
      ]);
      expect(b.messageGuids(IMPORT)).toHaveLength(1);
      expect(b.readings()).toEqual({ count: 197, distinct: 197 });
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
