import { afterEach, describe, expect, test } from '@jest/globals';
import { PART } from '../../connectors/giszhkh/file-store.ts';
import type { HttpRequest } from '../../connectors/http-port.ts';
import { onEachEngine } from '../../queues/testing/engines.ts';
import { DEMO_EXECUTOR } from '../../simulators/giszhkh/demo.ts';
import { type GisBench, gisBench } from './bench.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const facts = process.env.HUB_CONTRACT_FACTS;
let bench: GisBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
}, 30_000);

const partOf = ({ headers }: HttpRequest): number => Number(headers?.['x-upload-partnumber'] ?? 0);
const bytesOf = (size: number): Buffer => Buffer.from(new Uint8Array(size).map((_, i) => i * 7 + (i >> 12)));

if (!facts) describe('files of operations', () => test.skip('needs HUB_CONTRACT_FACTS', () => {}));
else
  onEachEngine('files of operations', [{ name: 'Message', filters: [] }], (store) => {
    const open = async (beforeRequest?: (request: HttpRequest) => Promise<void> | undefined) => {
      const opened = await gisBench(store, beforeRequest ? { beforeRequest } : {});
      bench = opened;
      const [meter] = await opened.meters(1);
      let n = 0;
      /** Answers an appeal of its own with a document. */
      const answer = async (file: string): Promise<string> => {
        n++;
        const appeals = [{ house: meter?.house, flat: String(n), text: 'Не горит лампа' }];
        const { guids } = (await opened.post('appeals', { appeals })) as { guids: string[] };
        const text = `Лампа заменена (${n}).`;
        const files = [{ file, name: 'act.pdf', description: 'Акт' }];
        return opened.accept('appeals.answer', { appeal: guids[0], answerer: DEMO_EXECUTOR, text, files, send: true });
      };
      return { ...opened, answer, effects: () => opened.sim.effects.report() };
    };

    test('a worker that is killed in an upload leaves what has arrived to the next one, which goes on at once and sends only the rest', async () => {
      const parts: number[] = [];
      let kill: (() => void) | undefined;
      const b = await open((request) => {
        const part = partOf(request);
        if (part === 2 && !kill)
          return new Promise((resolve) => {
            kill = resolve;
          });
        if (part > 0) parts.push(part);
        return undefined;
      });
      const id = await b.answer(await b.keepFile({ name: 'act.pdf', bytes: bytesOf(PART + 1_000) }));
      b.newWorker();
      await b.until(() => kill !== undefined, 'the second part');
      b.killWorkers();
      kill?.();
      // Until its lease has run out.
      b.clock.advance(11 * MINUTE);
      expect(b.effects()['giszhkh.file-parts']).toEqual({ count: 1, distinct: 1 });
      b.newWorker();
      const [op] = await b.ended([id]);
      expect(op).toMatchObject({ status: 'succeeded', attempts: 2 });
      expect(parts).toEqual([1, 2]);
      expect(b.effects()).toMatchObject({
        'giszhkh.file-parts': { count: 2, distinct: 2 },
        'giszhkh.files': { count: 1, distinct: 1 },
        'giszhkh.appeal-answers': { count: 1, distinct: 1 },
      });
      // Its lease ran out, and nothing had to be settled: that would have taken much longer.
      expect((op?.finishedAt?.getTime() ?? 0) - (op?.acceptedAt.getTime() ?? 0)).toBeLessThan(HOUR);
      expect((await b.journal.attempts(b.org, id)).map((a) => a.action)).not.toContain('reconcile');
    }, 120_000);

    test('a file that was sent is not sent again by whoever takes the operation over', async () => {
      const b = await open();
      const id = await b.answer(await b.keepFile({ name: 'act.pdf', bytes: bytesOf(1_000) }));
      await b.fault({ fault: 'maintenance', times: 1, match: '#importAnswer' });
      b.newWorker();
      await b.until(async () => (await b.get(id)).status === 'retrying', 'the refusal');
      expect(b.effects()['giszhkh.files']).toEqual({ count: 1, distinct: 1 });
      b.killWorkers();
      b.newWorker();
      b.clock.advance(10 * MINUTE);
      expect((await b.ended([id])).map((op) => op.status)).toEqual(['succeeded']);
      expect(b.messageGuids('importAnswer')).toHaveLength(2);
      expect(b.effects()['giszhkh.files']).toEqual({ count: 1, distinct: 1 });
    }, 90_000);

    test('a file to which ГИС ЖКХ has refused a reference is sent anew when it is next needed', async () => {
      const b = await open();
      const file = await b.keepFile({ name: 'act.pdf', bytes: bytesOf(1_000) });
      await b.post('virusCheck', { ms: 24 * HOUR });
      const first = await b.answer(file);
      b.newWorker();
      expect((await b.ended([first]))[0]?.error?.code).toBe('GISZHKH_ATTACHMENT');
      await b.post('virusCheck', { ms: 0 });
      const second = await b.answer(file);
      expect((await b.ended([second])).map((op) => op.status)).toEqual(['succeeded']);
      expect(b.effects()['giszhkh.files']).toEqual({ count: 2, distinct: 1 });
    }, 90_000);
  });
