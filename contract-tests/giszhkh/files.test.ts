import { createHash } from 'node:crypto';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { getState, post, prepare } from '../../connectors/giszhkh/client.ts';
import { resultsIn } from '../../connectors/giszhkh/element-results.ts';
import { download, PART, type Upload, type UploadState, upload } from '../../connectors/giszhkh/file-store.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import { Uploads } from '../../connectors/giszhkh/uploads.ts';
import type { HttpRequest } from '../../connectors/http-port.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import type { HubFile } from '../../connectors/port.ts';
import { DEMO_EXECUTOR } from '../../simulators/giszhkh/demo.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
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
  /** Parts in the order in which they went out. */
  const parts: number[] = [];
  const ctx = contextOf({
    settings: { url, executor: DEMO_EXECUTOR, poll: { imports: [0.01], exports: [0.01], directories: [0.01] } },
    now: clock.now.bind(clock),
    http: {
      request: (request: HttpRequest) => {
        const part = request.headers?.['x-upload-partnumber'];
        if (part) parts.push(Number(part));
        return http.request(request);
      },
    },
  });
  return { ctx, parts, clock, effects: () => effects.report()['giszhkh.files'], ...controlsOf(url) };
}

/** Octets that differ from part to part, in chunks that fit no part. */
function bytesOf(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 12)) & 0xff));
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
const fresh = (): UploadState => ({ done: new Set() });
const twelve = bytesOf(12 * MIB);

test('a small file goes in one piece, 12 MiB in three parts', async () => {
  const { ctx, parts, effects } = await open();
  await upload(ctx, uploadOf(bytesOf(1000)), fresh());
  expect(parts).toEqual([]);
  await upload(ctx, uploadOf(bytesOf(PART)), fresh());
  expect(parts).toEqual([]);
  await upload(ctx, uploadOf(twelve), fresh());
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
    const state = fresh();
    await control('faults', { fault, times: 4, skip: 1, method: 'PUT', match: 'file-store' });
    await expect(upload(ctx, uploadOf(twelve), state)).rejects.toMatchObject({ kind: 'transient' });
    expect(effects()).toBeUndefined();
    await upload(ctx, uploadOf(twelve), state);
    expect(parts).toEqual(wanted);
    expect(effects()).toEqual({ count: 1, distinct: 1 });
  },
  60_000,
);

test('one cut is not noticed', async () => {
  const { ctx, parts, effects, fault } = await open();
  await fault({ fault: 'cut-before-commit', times: 1, skip: 1, method: 'PUT', match: 'file-store' });
  await upload(ctx, uploadOf(twelve), fresh());
  expect(parts).toEqual([1, 2, 2, 3]);
  expect(effects()).toEqual({ count: 1, distinct: 1 });
}, 60_000);

test.each([
  ['a kind that is not taken', bytesOf(10), 'run.exe', 'kind .exe'],
  ['an empty file', Buffer.alloc(0), 'empty.pdf', 'empty'],
])('%s is refused before anything is sent', async (_what, bytes, name, words) => {
  const { ctx, effects, state } = await open();
  await expect(upload(ctx, uploadOf(bytes, name), fresh())).rejects.toMatchObject({
    kind: 'rejected',
    code: 'GISZHKH_FILE',
    message: expect.stringContaining(words),
  });
  expect(effects()).toBeUndefined();
  expect(((await state()) as unknown as { files: object }).files).toEqual({ files: 0, completed: 0 });
});

test('a file of another size than was announced is not completed', async () => {
  const { ctx, effects } = await open();
  await expect(
    upload(ctx, { ...uploadOf(twelve), bytes: chunked(twelve.subarray(0, 4 * MIB)) }, fresh()),
  ).rejects.toMatchObject({ kind: 'rejected' });
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
    const { guid, hash } = await new Uploads().send(o.ctx, 'debtreq', fileFrom(six));
    await expect(o.read(guid)).rejects.toMatchObject({ kind: 'rejected', code: 'GISZHKH_FILE' });
    expect(await o.answer(guid, hash, 1)).toBe('');
    expect((await o.read(guid)).equals(six)).toBe(true);
  }, 180_000);

  test('is not taken with another digest', async () => {
    const o = await inquiry();
    const { guid, hash } = await new Uploads().send(o.ctx, 'debtreq', fileFrom(bytesOf(1000)));
    expect(await o.answer(guid, '0'.repeat(64), 1)).toBe('FIL001005');
    await expect(o.read(guid)).rejects.toMatchObject({ code: 'GISZHKH_FILE' });
    expect(await o.answer(guid, hash, 2)).toBe('');
  }, 60_000);

  test('is not taken before it was checked for viruses', async () => {
    const o = await inquiry();
    await o.post('virusCheck', { ms: 60_000 });
    const { guid, hash } = await new Uploads().send(o.ctx, 'debtreq', fileFrom(bytesOf(1000)));
    expect(await o.answer(guid, hash, 1)).toBe('FIL001004');
    o.clock.advance(61_000);
    expect(await o.answer(guid, hash, 2)).toBe('');
  }, 60_000);
});

test('a file is sent once, and again after its reference was refused', async () => {
  const { ctx, effects } = await open();
  const uploads = new Uploads();
  const file = fileFrom(bytesOf(1000));
  const first = await uploads.send(ctx, 'debtreq', file);
  expect(await uploads.send(ctx, 'debtreq', file)).toEqual(first);
  uploads.forget('another-instance');
  expect(await uploads.send(ctx, 'debtreq', file)).toEqual(first);
  uploads.forget(ctx.instance);
  const second = await uploads.send(ctx, 'debtreq', file);
  expect(second).toEqual({ guid: expect.not.stringMatching(first.guid), hash: first.hash });
  expect(effects()).toEqual({ count: 2, distinct: 1 });
});

describeWithGost('AttachmentHASH', () => {
  test.each([1, 31, 32, 33, 5000, 6 * MIB])(
    'of %i octets is what openssl finds',
    async (size) => {
      const { ctx } = await open();
      const bytes = bytesOf(size);
      const { hash } = await new Uploads().send(ctx, 'debtreq', fileFrom(bytes));
      expect(hash).toBe(openssl('dgst', '-md_gost94', '-r', fileOf('data', bytes)).toString().split(' ')[0]);
    },
    60_000,
  );
});
