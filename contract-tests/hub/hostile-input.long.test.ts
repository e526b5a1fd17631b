import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BareHub, startBareHub } from './bare-hub.ts';

let t: BareHub;
let port: number;
let id = 0;
const auth = (): string => `Authorization: Bearer ${t.key}\r\n`;

beforeAll(async () => {
  t = await startBareHub(
    'server: { headersSeconds: 2, requestSeconds: 5, maxConnections: 200, trustProxy: [loopback] }\nlimits: { filesMaxBytes: 1048576 }',
  );
  port = Number(new URL(t.hub.url).port);
}, 60_000);
afterAll(() => t.stop());

interface Raw {
  socket: Socket;
  /** Everything that came back, once the hub has ended the connection. */
  ended: Promise<string>;
}
const open = (): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const ended = new Promise<string>((done) => {
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      socket.on('close', () => done(text));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.on('error', () => {});
      resolve({ socket, ended });
    });
  });
const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
/** The hub still answers others, and soon. */
const isWell = async (): Promise<void> => {
  const began = performance.now();
  expect((await t.get('/v1/accounts')).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(2_000);
};
const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${t.hub.url}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${t.key}`, ...headers } });

describe('a body', () => {
  test('of 10,000 nested lists is refused before it is parsed', async () => {
    const answer = await post('/v1/messages', `${'['.repeat(10_000)}${']'.repeat(10_000)}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'BODY_TOO_DEEP']);
    await isWell();
  });

  test('of a million empty objects costs no long stop', async () => {
    const answer = await post('/v1/messages', `[${'{},'.repeat(1_000_000)}{}]`);
    expect(answer.status).toBe(400);
    expect(((await answer.text()) as string).length).toBeLessThan(20_000);
    await isWell();
  });

  test('that unpacks to more than is taken is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 32));
    const answer = await post('/v1/messages', bomb, { 'content-encoding': 'gzip' });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  test('larger than is taken is refused, told so or not', async () => {
    expect((await post('/v1/messages', 'x'.repeat(11 * 1024 * 1024))).status).toBe(413);
    expect((await post('/v1/files', Buffer.alloc(1_048_577))).status).toBe(413);
    const { socket, ended } = await open();
    socket.write(`POST /v1/files HTTP/1.1\r\nHost: h\r\n${auth()}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = 'x'.repeat(65_536);
    for (let n = 0; n < 40 && !socket.destroyed; n++) socket.write(`10000\r\n${chunk}\r\n`);
    socket.end('0\r\n\r\n');
    expect(statusOf(await ended)).toBe(413);
    expect((await t.hub.store.db.query('select 1 from file_chunk')).count).toBe(0);
  });

  test('is not read from who has no key', async () => {
    const { socket, ended } = await open();
    socket.write('POST /v1/messages HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\nConnection: close\r\n\r\n{');
    expect(statusOf(await ended)).toBe(401);
  });
});

describe('an upload that lies about its length', () => {
  test('sends less than it said: nothing is kept', async () => {
    const { socket, ended } = await open();
    socket.write(`POST /v1/files HTTP/1.1\r\nHost: h\r\n${auth()}Content-Length: 500000\r\n\r\n${'x'.repeat(300_000)}`);
    socket.end();
    await ended;
    await isWell();
    expect((await t.hub.store.db.query('select 1 from file')).count).toBe(0);
    expect((await t.hub.store.db.query('select 1 from file_chunk')).count).toBe(0);
  });

  test('sends more than it said: what is beyond is no part of the file and no request', async () => {
    const { socket, ended } = await open();
    socket.write(
      `POST /v1/files HTTP/1.1\r\nHost: h\r\n${auth()}Content-Length: 10\r\n\r\n0123456789DELETE /v1/x HTTP/1.1\r\nBroken\r\n\r\n`,
    );
    const text = await ended;
    expect(text).toMatch(/HTTP\/1\.1 400/);
    expect(text).not.toContain('404');
    const { rows } = await t.hub.store.db.query<{ size: number }>('select size from file');
    expect(rows.every((r) => Number(r.size) === 10)).toBe(true);
  });

  test('says it in two ways: the request is refused', async () => {
    const { socket, ended } = await open();
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: h\r\n${auth()}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    );
    expect(statusOf(await ended)).toBe(400);
  });
});

describe('a client that takes its time', () => {
  test('with the headers is cut off', async () => {
    const began = performance.now();
    const { socket, ended } = await open();
    socket.write('GET /v1/accounts HTTP/1.1\r\nHost: h\r\n');
    const drip = setInterval(() => socket.write(`X-${++id}: a\r\n`), 200);
    const text = await ended;
    clearInterval(drip);
    expect([0, 408]).toContain(statusOf(text));
    expect(performance.now() - began).toBeLessThan(7_000);
  }, 15_000);

  test('with the body is cut off', async () => {
    const began = performance.now();
    const { socket, ended } = await open();
    socket.write(`POST /v1/messages HTTP/1.1\r\nHost: h\r\n${auth()}Content-Length: 100000\r\n\r\n`);
    const drip = setInterval(() => socket.write('x'), 200);
    await ended;
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(10_000);
    await isWell();
  }, 15_000);

  test('is no reason for others to wait, however many there are', async () => {
    const slow = await Promise.all(Array.from({ length: 150 }, open));
    for (const { socket } of slow) socket.write('GET /v1/accounts HTTP/1.1\r\nHost: h\r\nX-A:');
    await isWell();
    await Promise.all(slow.map((s) => s.ended));
    await isWell();
  }, 20_000);
});

test('connections beyond the most are closed at once, and free places are given again', async () => {
  const many = await Promise.all(Array.from({ length: 260 }, open));
  const closed = await Promise.race([
    Promise.all(many.slice(230).map((m) => m.ended)),
    new Promise<string[]>((resolve) => setTimeout(() => resolve(['open']), 5_000)),
  ]);
  expect(closed.every((text) => text === '')).toBe(true);
  for (const { socket } of many) socket.destroy();
  await Promise.all(many.map((m) => m.ended));
  await isWell();
}, 20_000);

describe('headers', () => {
  test.each([
    ['too large', `X-A: ${'x'.repeat(20_000)}\r\n`, 431],
    ['with a line break of their own', 'X-A: a\rb\r\n', 400],
  ])('%s are refused', async (_how, header, status) => {
    const { socket, ended } = await open();
    socket.write(`GET /v1/accounts HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${header}\r\n`);
    expect(statusOf(await ended)).toBe(status);
  });

  test('beyond a hundred are not looked at', async () => {
    const { socket, ended } = await open();
    const many = Array.from({ length: 300 }, (_, n) => `X-${n}: a\r\n`).join('');
    socket.write(`GET /v1/accounts HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${many}${auth()}\r\n`);
    expect(statusOf(await ended)).toBe(401);
  });

  test('of an answer can not be made by what a caller sends', async () => {
    const evil = 'a\r\nX-Evil: 1\r\n\r\n<script>';
    const file = await post('/v1/files', 'x', {
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(evil)}`,
    });
    const { id: fileId } = (await file.json()) as { id: string };
    const { socket, ended } = await open();
    socket.write(
      `GET /v1/files/${fileId} HTTP/1.1\r\nHost: h\r\n${auth()}X-Purpose: ${encodeURIComponent(evil)}\r\nConnection: close\r\n\r\n`,
    );
    const text = await ended;
    expect(statusOf(text)).toBe(200);
    expect(text.split('\r\n\r\n')[0]).not.toMatch(/^X-Evil/m);
    expect(text.split('\r\n\r\n')[0]).toMatch(/content-disposition: attachment;/i);
    for (const path of ['/v1/accounts?number=a%0d%0aX-Evil:1', '/v1/%0d%0aX-Evil:1', '/v1/accounts/%0d%0aX-Evil:1'])
      expect([...(await t.get(path)).headers.keys()]).not.toContain('x-evil');
    const hook = await t.send('POST', '/v1/webhooks', { url: 'https://example.org/a\r\nX-Evil: 1' });
    expect(hook.body.url ?? '').not.toMatch(/[\r\n]/);
  });

  test('say that nothing may be loaded, framed or guessed, on every kind of answer', async () => {
    for (const path of ['/v1/accounts', '/v1/nothing', '/docs', '/openapi.json', '/health/live']) {
      const { headers } = await t.get(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; frame-ancestors 'none'/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect([
        headers.get('x-content-type-options'),
        headers.get('x-frame-options'),
        headers.get('cache-control'),
      ]).toEqual(['nosniff', 'DENY', 'no-store']);
    }
    expect(await (await t.get('/docs')).text()).not.toMatch(/<script|style="|onclick/);
  });
});

test('X-Forwarded-For is believed of the proxies that are named', async () => {
  await t.get('/v1/customers', { 'x-forwarded-for': '203.0.113.7, 198.51.100.9' });
  await t.get('/v1/audit/head');
  const { items } = (await (await t.get('/v1/audit?action=customers.list&limit=1')).json()) as {
    items: { details: { from: string } }[];
  };
  expect(items[0]?.details.from).toBe('198.51.100.9');
});

test('the process has met no unforeseen fault in all of this', () => {
  expect(t.lines.filter((line) => line.includes('unforeseen'))).toEqual([]);
});
