import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApi } from '../../cli/api.ts';
import { registerSandboxCertificate } from '../../cli/sandbox-certificate.ts';
import { PART } from '../../connectors/giszhkh/file-store.ts';
import { DEMO_EXECUTOR } from '../../simulators/giszhkh/demo.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { type ChildHub, startChildHub } from './child-hub.ts';
import { type GisZhkhSide, startGisZhkh } from './giszhkh.ts';
import { eventually } from './harness.ts';

let folder: string;
let gis: GisZhkhSide;
let tunnel: Server;
let child: ChildHub | undefined;
/** Numbers of the parts that have come to the tunnel. */
const parts: number[] = [];
/** A part that the tunnel keeps to itself. */
let kept = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-upload-kill-'));
  gis = await startGisZhkh({ accounts: 40, buildings: 2 });
  tunnel = createServer((req, res) => {
    const part = Number(req.headers['x-upload-partnumber'] ?? 0);
    if (part > 0) parts.push(part);
    if (part > 0 && part === kept) return void req.on('error', () => {}).resume();
    const { method, url, headers } = req;
    const there = forward(`${gis.sim.url}${url}`, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    there.on('error', () => res.destroy());
    req.pipe(there);
  });
  await new Promise<void>((resolve) => tunnel.listen(0, '127.0.0.1', resolve));
  const { port } = tunnel.address() as AddressInfo;
  const connectors = gis.connectors.replace(gis.sim.url, `http://127.0.0.1:${port}`);
  const organisations = 'organisations:\n  - { id: uk, name: УК, timezone: Europe/Moscow }\n';
  writeFileSync(join(folder, 'hub.yaml'), `${organisations}connectors:\n${connectors}`);
  await prepareStore(join(folder, 'data'));
}, 60_000);
afterAll(async () => {
  await child?.stop('SIGKILL');
  tunnel.closeAllConnections();
  tunnel.close();
  await gis.sim.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  child = startChildHub({ config: join(folder, 'hub.yaml'), data: join(folder, 'data') });
  const { url, key } = await child.ready();
  const call = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers };
    const response = await fetch(`${url}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string; status: string; attempts: { action: string }[] };
  };
  return { call, api: createApi(url, key) };
}

const control = async (name: string, input: unknown): Promise<unknown> =>
  (await fetch(`${gis.sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(input) })).json();

test('kill -9 in the midst of an upload: the hub that starts next sends only what is missing, and the answer once', async () => {
  const first = await start();
  await registerSandboxCertificate(first.api, gis.sim.url);
  const file = await first.call('/v1/files', {
    method: 'POST',
    headers: { 'content-type': 'application/pdf', 'content-disposition': 'attachment; filename="act.pdf"' },
    body: Buffer.from(new Uint8Array(PART + 1_000).map((_, i) => i * 7 + (i >> 12))),
  });
  const { accounts } = (await control('sample', { accounts: 1 })) as { accounts: { house: string }[] };
  const appeals = [{ house: accounts[0]?.house, flat: '1', text: 'Не горит лампа' }];
  const { guids } = (await control('appeals', { appeals })) as { guids: string[] };
  kept = 2;
  const { id } = await first.call('/v1/appeal-answers', {
    method: 'POST',
    headers: { 'idempotency-key': 'answer-1' },
    body: JSON.stringify({
      appeal: guids[0],
      answerer: DEMO_EXECUTOR,
      text: 'Лампа заменена.',
      files: [{ file: file.id, name: 'act.pdf', description: 'Акт' }],
    }),
  });
  await eventually(
    async () => parts.includes(2),
    (there) => there,
    60_000,
  );
  await child?.stop('SIGKILL');
  kept = 0;
  const before = parts.splice(0);
  expect(before).toEqual([1, 2]);
  const second = await start();
  // The stand-in digests the file in this process, and kept connections end meanwhile.
  const answer = () => second.call(`/v1/operations/${id}`).catch(() => undefined);
  const op = await eventually(answer, (seen) => seen?.status === 'succeeded', 120_000);
  // Nothing had been asked of ГИС ЖКХ but to keep a file.
  expect(op?.attempts.map((a) => a.action)).not.toContain('reconcile');
  expect(parts).toEqual([2]);
  expect(gis.sim.effects.report()).toMatchObject({
    'giszhkh.file-parts': { count: 2, distinct: 2 },
    'giszhkh.files': { count: 1, distinct: 1 },
    'giszhkh.appeal-answers': { count: 1, distinct: 1 },
  });
}, 300_000);
