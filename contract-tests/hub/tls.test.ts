import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { selfSigned } from '../../connectors/kit/testing/certificate.ts';
import { mandatory } from '../../storage/testing/databases.ts';
import { type BareHub, startBareHub } from './bare-hub.ts';
import { eventually } from './harness.ts';

const there = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const ours = there || mandatory ? test : test.skip;

const folder = mkdtempSync(join(tmpdir(), 'hub-tls-'));
const file = (name: string): string => join(folder, name);
let t: BareHub | undefined;

const certificate = (name: string): void => selfSigned(folder, name, 'IP:127.0.0.1');
const use = (name: string): void => {
  copyFileSync(file(`${name}.key`), file('live.key'));
  copyFileSync(file(`${name}.pem`), file('live.pem'));
};
const subject = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });

beforeAll(async () => {
  if (!there && !mandatory) return;
  for (const name of ['first', 'second', 'third']) certificate(name);
  use('first');
  t = await startBareHub(`server: { tls: { cert: "${file('live.pem')}", key: "${file('live.key')}" } }`);
}, 60_000);
afterAll(async () => {
  await t?.stop();
  rmSync(folder, { recursive: true, force: true });
});

ours('answers by TLS alone, with a certificate that is checked, and tells clients to stay there', async () => {
  const hub = (t as BareHub).hub;
  expect(hub.url).toMatch(/^https:/);
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    request(
      `${hub.url}/v1/accounts`,
      { ca: readFileSync(file('first.pem')), headers: { authorization: `Bearer ${(t as BareHub).key}` } },
      (res) => {
        res.resume();
        resolve({ status: res.statusCode, ...res.headers });
      },
    )
      .once('error', reject)
      .end();
  });
  expect(headers).toMatchObject({ status: 200, 'strict-transport-security': 'max-age=31536000' });
  await expect(fetch(hub.url.replace('https', 'http'))).rejects.toThrow();
  // The command line on the same machine needs no certificate.
  expect((await fetch(`${hub.controlUrl}/health/live`)).status).toBe(200);
  expect(hub.controlUrl).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

ours(
  'takes a renewed certificate when the files change or at SIGHUP, and keeps the old one when the new one is broken',
  async () => {
    const { url } = (t as BareHub).hub;
    use('second');
    await eventually(
      () => subject(url),
      (name) => name === 'second',
    );
    writeFileSync(file('live.pem'), 'not a certificate');
    process.emit('SIGHUP', 'SIGHUP');
    expect(await subject(url)).toBe('second');
    expect((t as BareHub).lines.join('\n')).toContain('the one before stays in use');
    use('third');
    process.emit('SIGHUP', 'SIGHUP');
    expect(await subject(url)).toBe('third');
  },
  30_000,
);

ours(
  'is refused with files that do not belong together, by the names of the files',
  async () => {
    await expect(
      startBareHub(`server: { tls: { cert: "${file('first.pem')}", key: "${file('second.key')}" } }`),
    ).rejects.toMatchObject({ code: 'TLS_UNUSABLE', message: expect.stringContaining('second.key') });
  },
  60_000,
);

ours('speaks no TLS older than 1.2', async () => {
  await expect(
    new Promise((resolve, reject) => {
      connect(
        {
          port: Number(new URL((t as BareHub).hub.url).port),
          host: '127.0.0.1',
          rejectUnauthorized: false,
          maxVersion: 'TLSv1.1',
          minVersion: 'TLSv1',
        },
        () => resolve('spoken'),
      ).once('error', reject);
    }),
  ).rejects.toThrow();
});
