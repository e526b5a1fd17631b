import { afterEach, describe, expect, test } from '@jest/globals';
import type { GisZhkhSimulatorOptions } from '../../simulators/giszhkh/simulator.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { type GisBench, gisBench } from './bench.ts';

const IMPORT = 'importMeteringDeviceValues';
const facts = process.env.HUB_CONTRACT_FACTS;
const N = 5;
let bench: GisBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
}, 30_000);

if (!facts) describe('faults of ГИС ЖКХ', () => test.skip('needs HUB_CONTRACT_FACTS', () => {}));
else
  onEachDatabase('faults of ГИС ЖКХ', [{ name: 'Message', filters: [] }], (store) => {
    const open = async (sim: Partial<GisZhkhSimulatorOptions> = {}, settings: Record<string, unknown> = {}) => {
      bench = await gisBench(store, { sim, settings });
      const ids: string[] = [];
      for (const meter of await bench.meters(N)) ids.push(await bench.publish(meter));
      return { b: bench, ids };
    };
    const onceEach = async (b: GisBench, ids: readonly string[]) => {
      const ops = await b.ended(ids);
      expect(ops.map((op) => op.status)).toEqual(ids.map(() => 'succeeded'));
      expect(b.readings()).toEqual({ count: N, distinct: N });
      expect((await b.state()).peak).toBeLessThanOrEqual(2);
      return ops;
    };
    const requests = (b: GisBench) => b.sent.filter((s) => s.action === IMPORT);

    /**
     * Each reading went twice, the second time when its absence could be believed, and no message was like another.
     *
     * @returns when the first of them went again
     */
    const sentAnew = (b: GisBench): number => {
      const [first, ...again] = requests(b);
      const guids = requests(b).flatMap((s) => s.body.match(/(?<=<base:TransportGUID>)[^<]+/g) ?? []);
      expect(new Set(guids).size).toBe(N);
      expect(guids).toHaveLength(2 * N);
      for (const { at } of again) expect(at - (first?.at ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect(new Set(b.messageGuids(IMPORT)).size).toBe(1 + again.length);
      return again[0]?.at ?? 0;
    };

    test.each(['cut-before-commit', 'html-502', 'http-500', 'exp001000-fault'])(
      'after %s the readings are looked for, and sent again as a new message once they are surely not there',
      async (fault) => {
        const { b, ids } = await open();
        await b.fault({ fault, times: 1, match: `#${IMPORT}` });
        b.newWorker();
        await onceEach(b, ids);
        const second = sentAnew(b);
        expect(b.sent.some((s) => s.action === 'exportMeteringDeviceHistory' && s.at < second)).toBe(true);
      },
      90_000,
    );

    test('EXP001000 as the outcome of a request: what it did is looked for before it goes again', async () => {
      const { b, ids } = await open();
      await b.fault({ fault: 'exp001000-message', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      await onceEach(b, ids);
      sentAnew(b);
      expect(b.sent.filter((s) => s.action === 'exportMeteringDeviceHistory').length).toBeGreaterThanOrEqual(1);
    }, 90_000);

    test('maintenance is waited out and costs no attempt', async () => {
      const { b, ids } = await open();
      await b.fault({ fault: 'maintenance', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      const all = () => Promise.all(ids.map(b.get));
      await b.until(async () => (await all()).every((op) => op.status === 'retrying'), 'the pause');
      b.clock.advance(500_000);
      const ops = await onceEach(b, ids);
      expect(ops.map((op) => op.attempts)).toEqual(ids.map(() => 1));
      const [first, second, ...more] = requests(b);
      expect(more).toEqual([]);
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(600_000);
    }, 90_000);

    test.each(['html-502', 'html-503', 'cut-before-commit', 'maintenance'])(
      '%s in the answer to a question for the state changes nothing but the time',
      async (fault) => {
        const { b, ids } = await open();
        // The first one is for the directory of resources.
        await b.fault({ fault, times: 1, skip: 1, match: '#getState' });
        b.newWorker();
        const questions = () => b.sent.filter((s) => s.action === 'getState').length;
        await b.until(() => questions() === 2, 'the question');
        await new Promise((resolve) => setTimeout(resolve, 300));
        if (fault === 'maintenance') b.clock.advance(600_000);
        await onceEach(b, ids);
        expect(requests(b)).toHaveLength(1);
        expect(questions()).toBeGreaterThanOrEqual(3);
      },
      90_000,
    );

    test('after a restart in the midst of polling the same ticket is asked for', async () => {
      const { b, ids } = await open({ receivedMs: 5_000, workingMs: 60_000 });
      b.newWorker();
      const ticketsOf = (list: readonly { body: string }[]) =>
        new Set(
          list.map((s) =>
            s.body
              .match(/<base:MessageGUID>([^<]+)/g)
              ?.at(-1)
              ?.toLowerCase(),
          ),
        );
      await b.until(async () => requests(b).length === 1 && (await b.state()).polls >= 3, 'polling');
      await b.stopWorkers();
      const before = b.sent.length;
      expect((await b.get(ids[0] ?? '')).waitingFor).toBe('answer');
      b.newWorker();
      await onceEach(b, ids);
      expect(requests(b)).toHaveLength(1);
      const after = b.sent.slice(before).filter((s) => s.action === 'getState');
      expect(after.length).toBeGreaterThan(0);
      expect(ticketsOf(after).size).toBe(1);
    }, 90_000);

    test('a result that ГИС ЖКХ has forgotten is settled by the history', async () => {
      const { b, ids } = await open();
      await b.fault({ fault: 'expired-result', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      const ops = await onceEach(b, ids);
      expect(ops.map((op) => op.result?.found)).toEqual(ids.map(() => 'history'));
      expect(requests(b)).toHaveLength(1);
    }, 90_000);

    test('a request that stays in work for ever is settled by the history after three days, and never sent twice', async () => {
      const { b, ids } = await open({}, { poll: { imports: [10, 1800], exports: [1], directories: [0.02] } });
      await b.fault({ fault: 'in-progress-for-ever', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      await b.until(async () => (await b.get(ids[0] ?? '')).waitingFor === 'answer', 'the ticket');
      await b.until(async () => (await b.get(ids[0] ?? '')).waitingFor !== 'answer', 'the end of polling', 1_800_000);
      const ops = await onceEach(b, ids);
      expect(ops.map((op) => op.result?.found)).toEqual(ids.map(() => 'history'));
      expect(requests(b)).toHaveLength(1);
    }, 90_000);

    test('a request that was never begun is not sent again while ГИС ЖКХ says that it works on it: a person decides', async () => {
      const { b, ids } = await open(
        {},
        { settleForMs: 300_000, poll: { imports: [10, 1800], exports: [1], directories: [0.02] } },
      );
      await b.fault({ fault: 'never-begun', times: 1, match: `#${IMPORT}` });
      b.newWorker();
      const first = () => b.get(ids[0] ?? '');
      await b.until(async () => (await first()).waitingFor === 'answer', 'the ticket');
      await b.until(async () => (await first()).waitingFor !== 'answer', 'the end of polling', 1_800_000);
      await b.until(async () => (await first()).waitingFor === 'operator', 'the question to a person');
      expect((await first()).status).toBe('uncertain');
      expect(requests(b)).toHaveLength(1);
      expect(b.readings().count).toBe(0);
    }, 90_000);
  });
