import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HubError } from '../../canonical/errors.ts';
import { parseNetworks } from './address.ts';
import { guardedFetch } from './guarded-fetch.ts';

let server: Server;
let port = 0;
let hits = 0;
beforeAll(async () => {
  server = createServer((req, res) => {
    hits++;
    if (req.url === '/redirect') res.writeHead(302, { location: '/list' }).end();
    else if (req.url === '/large') res.end(Buffer.alloc(50_000));
    else if (req.url === '/silent') return;
    else req.pipe(res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const own = parseNetworks(['127.0.0.0/8']);
const ask = (url: string, allowed = own, resolve?: () => Promise<{ address: string; family: number }[]>) =>
  guardedFetch({ allowed, ...(resolve ? { resolve } : {}) })({
    method: 'POST',
    url,
    body: Buffer.from('question'),
    timeoutMs: 500,
    maxResponseBytes: 10_000,
  });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error: HubError) => error.code,
  );
const at = (path: string): string => `http://127.0.0.1:${port}${path}`;

test('gets what an allowed address answers, and follows no redirect', async () => {
  const { status, body } = await ask(at('/echo'));
  expect([status, Buffer.from(body).toString()]).toEqual([200, 'question']);
  expect((await ask(at('/redirect'))).status).toBe(302);
});

test('asks nobody whose address may not be asked, however it is written', async () => {
  const before = hits;
  for (const url of [
    at('/x'),
    `http://2130706433:${port}/x`,
    `http://[::ffff:127.0.0.1]:${port}/x`,
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/x',
    'http://user:word@example.org/x',
    'ftp://example.org/x',
    'file:///etc/passwd',
    'http://example.org:25/x',
    'ldap:///CN=ca',
  ])
    expect([url, await codeOf(ask(url, []))]).toEqual([url, 'FETCH_ADDRESS_REFUSED']);
  // A public name that leads inside, even with one address of several.
  const inside = async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];
  expect(await codeOf(ask(`http://crl.example.org:${port}/x`, [], inside))).toBe('WEBHOOK_ADDRESS_REFUSED');
  expect(hits).toBe(before);
});

test('ends what is too large or too slow', async () => {
  expect(await codeOf(ask(at('/large')))).toBe('FETCH_TOO_LARGE');
  expect(await codeOf(ask(at('/silent')))).toBe('FETCH_TIMEOUT');
  expect(await codeOf(ask('http://127.0.0.1:1/x'))).toBe('FETCH_UNREACHABLE');
});
