import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { getState, post, prepare } from '../../connectors/giszhkh/client.ts';
import { resultsIn } from '../../connectors/giszhkh/element-results.ts';
import { download, PART, type Upload, type UploadMemory, upload } from '../../connectors/giszhkh/file-store.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import { sendFile } from '../../connectors/giszhkh/uploads.ts';
import type { HttpRequest } from '../../connectors/http-port.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import type { HubFile } from '../../connectors/port.ts';
import { UPLOADS_KEPT_MS, uploadsOf } from '../../queues/uploads.ts';
import { DEMO_EXECUTOR } from '../../simulators/giszhkh/demo.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { onEachDatabase, type TestStore, testCipher } from '../../storage/testing/databases.ts';
import { fileOf, openssl } from '../signing/engine.ts';
import { describeWithGost } from '../signing/openssl.ts';
import { describeVectors } from '../signing/vectors.ts';
import { controlsOf, pemOf } from './bench.ts';
import { contextOf } from './context.ts';

const MIB = 1024 * 1024;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const transport = new HttpTransport();
let sim: Simulator | undefined;
afterEach(async () => {
  await sim?.close();
  sim = undefined;
});
afterAll(() => transport.close());

async function open() {
  sim = await startGisZhkhSimulator({ port: 0, accounts: 200, buildings: 2, receivedMs: 0, workingMs: 0 });
  const { clock, url, effects } = sim;
  const http = transport.client({ clock, log });
  const settings = { url, executor: DEMO_EXECUTOR, poll: { imports: [0.01], exports: [0.01], directories: [0.01] } };
  /**
   * The connector in a process of its own, with what the hub gives to its attempts.
   *
   * @param store what it shares with other processes
   * @param stops where it stands still, for ever or until it is told to go on
   */
  const hubProcess = (store?: TestStore, stops?: Stops, more: Record<string, unknown> = {}) => {
    /** Parts in the order in which they went out. */
    const parts: number[] = [];
    let calls = 0;
    const stopped = latch();
    const goesOn = latch();
    const ctx = contextOf({
      settings: { ...settings, ...more },
      now: clock.now.bind(clock),
      http: {
        request: async (request: HttpRequest) => {
          calls++;
          const isHere = stops?.at(request) ?? false;
          const response = isHere && stops?.when === 'after' ? await http.request(request) : undefined;
          if (isHere) {
            stopped.open();
            await goesOn.opened;
          }
          const part = request.headers?.['x-upload-partnumber'];
          if (part) parts.push(Number(part));
          return response ?? http.request(request);
        },
      },
      ...(store ? { more: { uploads: uploadsOf({ db: store.db, cipher: testCipher, clock }, INSTANCE) } } : {}),
    });
    return { ctx, parts, calls: () => calls, stopped: stopped.opened, goOn: goesOn.open };
  };
  const { ctx, parts } = hubProcess();
  return {
    ctx,
    parts,
    clock,
    hubProcess,
    effects: () => effects.report()['giszhkh.files'],
    /** Parts that have arrived. */
    partsTaken: () => effects.report()['giszhkh.file-parts'],
    ...controlsOf(url),
  };
}

const INSTANCE = { name: 'giszhkh-main', organisation: 'tk-demo' };

interface Stops {
  at(request: HttpRequest): boolean;
  when: 'before' | 'after';
}

function latch(): { opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Octets that differ from part to part, in chunks that fit no part. */
function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 7 + (i >> 12);
  return bytes;
}
const chunked = (bytes: Buffer) =>
  async function* () {
    for (let from = 0; from < bytes.length; from += 300_001) yield bytes.subarray(from, from + 300_001);
  };
const fileFrom = (bytes: Buffer, name = 'Судебный приказ № 5.pdf'): HubFile => ({
  name,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: chunked(bytes),
});
const uploadOf = (bytes: Buffer, name?: string): Upload => ({ context: 'debtreq', ...fileFrom(bytes, name) });
const twelve = bytesOf(12 * MIB);

test('a small file goes in one piece, 12 MiB in three parts', async () => {
  const { ctx, parts, effects } = await open();
  await upload(ctx, uploadOf(bytesOf(1000)));
  expect(parts).toEqual([]);
  await upload(ctx, uploadOf(bytesOf(PART)));
  expect(parts).toEqual([]);
  await upload(ctx, uploadOf(twelve));
  expect(parts).toEqual([1, 2, 3]);
  expect(effects()).toEqual({ count: 3, distinct: 3 });
}, 60_000);

test.each([
  ['cut-before-commit', [1, 2, 2, 2, 2, 2, 3]],
  // The part has arrived, and only the answer to it has not.
  ['cut-after-commit', [1, 2, 2, 2, 2, 3]],
])(
  'an upload that breaks off (%s) goes on with the parts that are missing',
  async (fault, wanted) => {
    const { ctx, parts, effects, post: control } = await open();
    const memory: { -readonly [K in keyof UploadMemory]: UploadMemory[K] } = {
      onBegun: async (id) => {
        memory.begun = id;
      },
    };
    await control('faults', { fault, times: 4, skip: 1, method: 'PUT', match: 'file-store' });
    await expect(upload(ctx, uploadOf(twelve), memory)).rejects.toMatchObject({ kind: 'transient' });
    expect(effects()).toBeUndefined();
    await upload(ctx, uploadOf(twelve), memory);
    expect(parts).toEqual(wanted);
    expect(effects()).toEqual({ count: 1, distinct: 1 });
  },
  60_000,
);

test('one cut is not noticed', async () => {
  const { ctx, parts, effects, fault } = await open();
  await fault({ fault: 'cut-before-commit', times: 1, skip: 1, method: 'PUT', match: 'file-store' });
  await upload(ctx, uploadOf(twelve));
  expect(parts).toEqual([1, 2, 2, 3]);
  expect(effects()).toEqual({ count: 1, distinct: 1 });
}, 60_000);

test.each([
  ['a kind that is not taken', bytesOf(10), 'run.exe', 'kind .exe'],
  ['an empty file', Buffer.alloc(0), 'empty.pdf', 'empty'],
])('%s is refused before anything is sent', async (_what, bytes, name, words) => {
  const { ctx, effects, state } = await open();
  await expect(upload(ctx, uploadOf(bytes, name))).rejects.toMatchObject({
    kind: 'rejected',
    code: 'GISZHKH_FILE',
    message: expect.stringContaining(words),
  });
  expect(effects()).toBeUndefined();
  expect(((await state()) as unknown as { files: object }).files).toEqual({ files: 0, completed: 0 });
});

test('a file of another size than was announced is not completed', async () => {
  const { ctx, effects } = await open();
  await expect(upload(ctx, { ...uploadOf(twelve), bytes: chunked(twelve.subarray(0, 4 * MIB)) })).rejects.toMatchObject(
    { kind: 'rejected' },
  );
  expect(effects()).toBeUndefined();
}, 60_000);

describeVectors('files that an answer to a debt request refers to', () => {
  async function inquiry() {
    const o = await open();
    await o.post('certificates', { pem: pemOf('dir256') });
    const [meter] = await o.meters(1);
    const { guids } = (await o.post('subrequests', { subrequests: [{ house: meter?.house, flat: '1' }] })) as {
      guids: string[];
    };
    const tools = gisTools();
    const type = await tools.directories.element(o.ctx, '358', '1');
    /** Result of the answer's only element. */
    const answer = async (guid: string, hash: string, n: number) => {
      const { ticket } = await post(
        o.ctx,
        await prepare(o.ctx, 'debt-requests', 'importResponses', {
          action: [
            {
              TransportGUID: `00000007-0000-4000-8000-00000000000${n}`,
              subrequestGUID: guids[0],
              actionType: 'Send',
              responseData: {
                hasDebt: true,
                executorGUID: DEMO_EXECUTOR,
                debtInfo: [
                  {
                    person: { firstName: 'Тест', lastName: 'Тестов' },
                    document: [
                      {
                        type: { Code: type.code, GUID: type.guid },
                        attachment: [
                          {
                            Name: 'order.pdf',
                            Description: 'Судебный приказ',
                            Attachment: { AttachmentGUID: guid },
                            AttachmentHASH: hash,
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
            },
          ],
        }),
      );
      const state = await getState(o.ctx, 'debt-requests', ticket);
      if (!state.done || state.error) throw new Error('The import is not done.');
      return resultsIn(state.result)[0]?.code;
    };
    const read = async (guid: string): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of download(o.ctx, 'debtreq', guid)) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    return { ...o, answer, read };
  }
  const six = twelve.subarray(0, 6 * MIB);

  test('can’t be read before, and is whole after', async () => {
    const o = await inquiry();
    const { guid, hash } = await sendFile(o.ctx, 'debtreq', fileFrom(six));
    await expect(o.read(guid)).rejects.toMatchObject({ kind: 'rejected', code: 'GISZHKH_FILE' });
    expect(await o.answer(guid, hash, 1)).toBe('');
    expect((await o.read(guid)).equals(six)).toBe(true);
  }, 180_000);

  test('is not taken with another digest', async () => {
    const o = await inquiry();
    const { guid, hash } = await sendFile(o.ctx, 'debtreq', fileFrom(bytesOf(1000)));
    expect(await o.answer(guid, '0'.repeat(64), 1)).toBe('FIL001005');
    await expect(o.read(guid)).rejects.toMatchObject({ code: 'GISZHKH_FILE' });
    expect(await o.answer(guid, hash, 2)).toBe('');
  }, 60_000);

  test('is not taken before it was checked for viruses', async () => {
    const o = await inquiry();
    await o.post('virusCheck', { ms: 60_000 });
    const { guid, hash } = await sendFile(o.ctx, 'debtreq', fileFrom(bytesOf(1000)));
    expect(await o.answer(guid, hash, 1)).toBe('FIL001004');
    o.clock.advance(61_000);
    expect(await o.answer(guid, hash, 2)).toBe('');
  }, 60_000);
});

/** Four parts, the last of which is short. */
const four = bytesOf(3 * PART + 1_000);
const isPart = (n: number) => (request: HttpRequest) => request.headers?.['x-upload-partnumber'] === String(n);
const isBeginning = ({ url }: HttpRequest) => url.endsWith('?upload');
const isEnd = ({ url }: HttpRequest) => url.endsWith('?completed');

/** When the process is killed, and which parts are missing then. */
const ends: readonly [string, Stops, number[]][] = [
  ['before it heard that it had begun', { at: isBeginning, when: 'after' }, [1, 2, 3, 4]],
  ['before part 1', { at: isPart(1), when: 'before' }, [1, 2, 3, 4]],
  ['after part 2', { at: isPart(3), when: 'before' }, [3, 4]],
  ['after part 3, before it heard of it', { at: isPart(3), when: 'after' }, [4]],
  ['after the last part', { at: isEnd, when: 'before' }, []],
  ['after the end, before it heard of it', { at: isEnd, when: 'after' }, []],
];

onEachDatabase('an upload whose process was killed', [], (store, kind) => {
  beforeEach(() => store.db.query('delete from upstream_file'));
  const file = fileFrom(four);
  const killed = async (o: Awaited<ReturnType<typeof open>>, stops: Stops): Promise<void> => {
    const first = o.hubProcess(store, stops);
    void sendFile(first.ctx, 'debtreq', file);
    await first.stopped;
  };

  // Of the store they all want the same.
  test.each(kind === 'pglite' ? ends : ends.filter(([when]) => when === 'after part 2'))(
    '%s is ended by another one, which sends only what is missing; a third one sends nothing',
    async (_when, stops, rest) => {
      const o = await open();
      await killed(o, stops);
      const second = o.hubProcess(store);
      const sent = await sendFile(second.ctx, 'debtreq', file);
      expect(second.parts).toEqual(rest);
      expect(o.partsTaken()).toEqual({ count: 4, distinct: 4 });
      expect(o.effects()).toEqual({ count: 1, distinct: 1 });
      const third = o.hubProcess(store);
      expect(await sendFile(third.ctx, 'debtreq', file)).toEqual(sent);
      expect(third.calls()).toBe(0);
    },
    60_000,
  );

  test('begins anew when the file store has forgotten it', async () => {
    const o = await open();
    await killed(o, { at: isPart(3), when: 'before' });
    await o.post('dropUploads', {});
    const second = o.hubProcess(store);
    const sent = await sendFile(second.ctx, 'debtreq', file);
    expect(second.parts).toEqual([1, 2, 3, 4]);
    expect(o.partsTaken()).toEqual({ count: 6, distinct: 6 });
    expect(o.effects()).toEqual({ count: 1, distinct: 1 });
    expect(await sendFile(o.hubProcess(store).ctx, 'debtreq', file)).toEqual(sent);
    expect(o.effects()).toEqual({ count: 1, distinct: 1 });
  }, 60_000);

  test('begins anew after a week', async () => {
    const o = await open();
    await killed(o, { at: isPart(3), when: 'before' });
    o.clock.advance(UPLOADS_KEPT_MS + 1_000);
    const second = o.hubProcess(store);
    await sendFile(second.ctx, 'debtreq', file);
    expect(second.parts).toEqual([1, 2, 3, 4]);
  }, 60_000);

  test('is left to itself while the file store does not say what it has', async () => {
    const o = await open();
    await killed(o, { at: isPart(3), when: 'before' });
    await o.fault({ fault: 'cut-before-commit', times: 4, method: 'HEAD', match: 'file-store' });
    const second = o.hubProcess(store);
    await expect(sendFile(second.ctx, 'debtreq', file)).rejects.toMatchObject({ kind: 'transient' });
    expect(second.parts).toEqual([]);
    await sendFile(second.ctx, 'debtreq', file);
    expect(second.parts).toEqual([3, 4]);
  }, 60_000);

  test('may go on when its process was only slow: it is refused, and nothing is spoilt', async () => {
    const o = await open();
    const slow = o.hubProcess(store, { at: isPart(3), when: 'before' });
    const late = sendFile(slow.ctx, 'debtreq', file);
    const refused = expect(late).rejects.toMatchObject({ kind: 'transient', code: 'GISZHKH_FILE_STORE' });
    await slow.stopped;
    const sent = await sendFile(o.hubProcess(store).ctx, 'debtreq', file);
    slow.goOn();
    await refused;
    expect(await sendFile(slow.ctx, 'debtreq', file)).toEqual(sent);
    expect(o.partsTaken()).toEqual({ count: 4, distinct: 4 });
    expect(o.effects()).toEqual({ count: 1, distinct: 1 });
  }, 60_000);
});

onEachDatabase('a file that is at ГИС ЖКХ', [], (store) => {
  beforeEach(() => store.db.query('delete from upstream_file'));
  const file = fileFrom(bytesOf(1000));

  test('is not sent again by any process, until a reference to a file of the instance is refused', async () => {
    const o = await open();
    const first = await sendFile(o.hubProcess(store).ctx, 'debtreq', file);
    const { ctx, calls } = o.hubProcess(store);
    expect(await sendFile(ctx, 'debtreq', file)).toEqual(first);
    expect(calls()).toBe(0);
    await ctx.uploads?.forget();
    const second = await sendFile(o.hubProcess(store).ctx, 'debtreq', file);
    expect(second).toEqual({ guid: expect.not.stringMatching(first.guid), hash: first.hash });
    expect(o.effects()).toEqual({ count: 2, distinct: 1 });
  });

  test.each<[string, string, HubFile, Record<string, unknown>]>([
    ['in another section', 'appeals', file, {}],
    ['by another name', 'debtreq', { ...file, name: 'Решение.pdf' }, {}],
    ['with other content', 'debtreq', fileFrom(bytesOf(1001)), {}],
    ['in another contour', 'debtreq', file, { contour: 'sit02' }],
  ])('is not taken for the one %s', async (_what, section, other, settings) => {
    const o = await open();
    const first = await sendFile(o.hubProcess(store).ctx, 'debtreq', file);
    expect((await sendFile(o.hubProcess(store, undefined, settings).ctx, section, other)).guid).not.toBe(first.guid);
    expect(o.effects()?.count).toBe(2);
    expect(await sendFile(o.hubProcess(store).ctx, 'debtreq', file)).toEqual(first);
  });
});

describeWithGost('AttachmentHASH', () => {
  test.each([1, 31, 32, 33, 5000, 6 * MIB])(
    'of %i octets is what openssl finds',
    async (size) => {
      const { ctx } = await open();
      const bytes = bytesOf(size);
      const { hash } = await sendFile(ctx, 'debtreq', fileFrom(bytes));
      expect(hash).toBe(openssl('dgst', '-md_gost94', '-r', fileOf('data', bytes)).toString().split(' ')[0]);
    },
    60_000,
  );
});
