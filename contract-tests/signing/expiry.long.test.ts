import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issue } from '../../certs/testing/authority.ts';
import { type BareHub, startBareHub } from '../hub/bare-hub.ts';
import { fileOf, workFolder } from './engine.ts';

const DAY = 86_400_000;
const holder = (days: number) => issue({ name: 'Директор', to: Date.now() + days * DAY + 3_600_000 });
const files = ({ certificate, key }: ReturnType<typeof holder>): string[] =>
  [certificate.der, key.export({ type: 'pkcs8', format: 'der' })].map((octets) =>
    Buffer.from(octets).toString('base64'),
  );
const until = async <T>(what: () => Promise<T | undefined>): Promise<T> => {
  for (let n = 0; n < 300; n++) {
    const found = await what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not happen within 30 s.');
};

let t: BareHub;
const outside = fileOf('outside.pem', Buffer.from(holder(10).certificate.der));
beforeAll(async () => {
  t = await startBareHub(`signing:
  threads: 1
  keys:
    on-token: { organisation: uk, signer: openssl, certificate: ${JSON.stringify(outside)}, key: ${JSON.stringify(`${workFolder}/none.key`)} }`);
  for (const [name, days] of [
    ['director', 61],
    ['archive', 900],
  ] as const)
    expect((await t.send('POST', '/v1/certificates', { name, files: files(holder(days)) })).status).toBe(201);
}, 60_000);
afterAll(() => t.stop(), 60_000);

type Warning = [string, string, number];
const warnings = async (): Promise<Warning[]> => {
  const { items } = (await t.send('GET', '/v1/changes?after=0&limit=200')).body;
  return (items as { type: string; data: { name: string; warnedAt: number } }[])
    .filter((e) => e.type.startsWith('certificate.'))
    .map((e) => [e.data.name, e.type, e.data.warnedAt]);
};
const tasks = async () =>
  (await t.send('GET', '/v1/tasks?kind=certificate&status=open')).body.items as {
    id: string;
    code: string;
    version: number;
  }[];

test('an end is told in the feed, as a task, and in the metrics; once, through a restart', async () => {
  // The one of hub.yaml is counted too.
  await until(async () => ((await warnings()).length === 1 ? true : undefined));
  expect(await warnings()).toEqual([['on-token', 'certificate.expires', 14]]);
  const [task] = await until(async () => ((await tasks()).length === 1 ? tasks() : undefined));
  expect(JSON.stringify(task)).toContain('on-token');
  expect(task?.code).toBe('CERTIFICATE_EXPIRES');
  // Figures are some seconds old.
  for (const name of ['director', 'archive', 'on-token'])
    await until(async () =>
      new RegExp(`hub_certificate_expiry_timestamp_seconds\\{[^}]*certificate="${name}"[^}]*\\} \\d`).test(
        await (await t.get('/metrics')).text(),
      )
        ? true
        : undefined,
    );

  t.clock.offset = 2 * DAY;
  await until(async () => ((await warnings()).length === 2 ? true : undefined));
  await t.restart();
  t.clock.offset = 3 * DAY;
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await warnings()).toEqual([
    ['on-token', 'certificate.expires', 14],
    ['director', 'certificate.expires', 60],
  ]);

  // Who knows of it is told again at the next threshold.
  const known = (await tasks()).find((one) => JSON.stringify(one).includes('director'));
  expect(
    (await t.send('POST', `/v1/tasks/${known?.id}/answer`, { answer: 'known', version: known?.version })).status,
  ).toBeLessThan(300);
  await until(async () => (JSON.stringify(await tasks()).includes('director') ? undefined : true));
  t.clock.offset = 32 * DAY;
  await until(async () => (JSON.stringify(await tasks()).includes('director') ? true : undefined));
  expect((await warnings()).slice(2).sort()).toEqual([
    ['director', 'certificate.expires', 30],
    ['on-token', 'certificate.expired', 0],
  ]);

  // Another certificate takes its place: the task is over by itself.
  expect((await t.send('DELETE', '/v1/certificates/director')).status).toBe(204);
  await until(async () => (JSON.stringify(await tasks()).includes('director') ? undefined : true));
}, 120_000);

test('`hub certs watch` says what ends first and fails when it is soon', async () => {
  const ran = await new Promise<{ status: unknown; stdout: string }>((resolve) =>
    execFile(
      process.execPath,
      ['--import', 'tsx', 'cli/main.ts', '--json', 'certs', 'watch'],
      { encoding: 'utf8', env: { ...process.env, HUB_URL: t.hub.url, HUB_KEY: t.key } },
      (error, stdout) => resolve({ status: error?.code ?? 0, stdout }),
    ),
  );
  expect([ran.status, JSON.parse(ran.stdout).ending]).toEqual([1, ['on-token']]);
}, 60_000);
