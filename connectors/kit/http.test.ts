import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { HttpRequest } from '../http-port.ts';
import { HttpTransport, NetworkFault } from './http.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

async function serve(
  handle: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<{ url: string; server: Server }> {
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

function call(
  request: Partial<HttpRequest> & { url: string },
  options: { signal?: AbortSignal; deadline?: number; clock?: { now(): number } } = {},
) {
  const transport = new HttpTransport();
  opened.push(transport);
  const client = transport.client({ clock: Date, log: silent, ...options });
  return client.request({ method: 'POST', body: 'x', timeoutMs: 5_000, ...request });
}

async function faultOf(work: Promise<unknown>): Promise<NetworkFault> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  return error as NetworkFault;
}

describe('the way out of the hub', () => {
  test('passes on method, path with query, headers and body, and gives header names in small letters', async () => {
    const { url } = await serve(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      res.setHeader('X-Seen', `${req.method} ${req.url} ${req.headers['x-own']} ${req.headers['user-agent']}`);
      res.setHeader('Set-Cookie', ['a=1', 'b=2']);
      res.statusCode = 418;
      res.end(Buffer.concat(chunks));
    });
    const answer = await call({ url: `${url}a%20b?c=%27d%27`, headers: { 'X-Own': 'yes' }, body: 'тело' });
    expect(answer.status).toBe(418);
    expect(answer.text()).toBe('тело');
    expect(answer.headers['x-seen']).toBe('POST /a%20b?c=%27d%27 yes connector-hub');
    expect(answer.headers['set-cookie']).toBe('a=1, b=2');
  });

  test('is certain that nothing was sent when nobody listens', async () => {
    const { url, server } = await serve(() => {});
    server.close();
    await once(server, 'close');
    expect(await faultOf(call({ url }))).toMatchObject({ name: 'NetworkFault', code: 'ECONNREFUSED', sent: false });
  });

  test('is not certain when the connection breaks before the answer, or in the middle of it', async () => {
    const { url } = await serve((req, res) => {
      req.resume();
      req.on('end', () => {
        if (req.url === '/before') req.socket.destroy();
        else {
          res.writeHead(200, { 'content-length': '100' });
          res.write('half', () => req.socket.destroy());
        }
      });
    });
    for (const path of ['before', 'middle'])
      expect(await faultOf(call({ url: `${url}${path}` }))).toMatchObject({ code: 'ECONNRESET', sent: true });
  });

  test('does not send again by itself what was lost on a kept connection', async () => {
    let requests = 0;
    const { url } = await serve((req, res) => {
      requests++;
      req.resume();
      req.on('end', () => (requests === 1 ? res.end('ok') : req.socket.destroy()));
    });
    const transport = new HttpTransport();
    opened.push(transport);
    const client = transport.client({ clock: Date, log: silent });
    const request = { method: 'GET', url, timeoutMs: 5_000 } as const;
    await client.request(request);
    expect(await faultOf(client.request(request))).toMatchObject({ sent: true });
    expect(requests).toBe(2);
  });

  test('gives up on silence after the time of the request', async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('half');
    });
    expect(await faultOf(call({ url, timeoutMs: 200 }))).toMatchObject({ code: 'TIMEOUT', sent: true });
  });

  test('gives up on an answer that only trickles', async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(200);
      const timer = setInterval(() => res.write('.'), 20);
      res.on('close', () => clearInterval(timer));
    });
    expect(await faultOf(call({ url, timeoutMs: 100 }))).toMatchObject({ code: 'TIMEOUT', sent: true });
  });

  test('refuses a larger answer than the request allows, announced, in pieces or packed', async () => {
    const { url } = await serve((req, res) => {
      if (req.url === '/announced') res.end('x'.repeat(2_000));
      else if (req.url === '/packed')
        res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(2_000)));
      else {
        res.write('x'.repeat(900));
        res.write('x'.repeat(900));
        res.end();
      }
    });
    for (const path of ['announced', 'pieces', 'packed'])
      expect(await faultOf(call({ url: `${url}${path}`, maxResponseBytes: 1_000 }))).toMatchObject({
        code: 'TOO_BIG',
        sent: true,
      });
    // It would be as long the next time.
    expect(new NetworkFault('TOO_BIG', true).asTransient('1C')).toMatchObject({
      kind: 'misconfigured',
      code: 'TOO_BIG',
    });
  });

  test('unpacks an answer', async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('привет'));
    });
    const answer = await call({ url });
    expect(answer.text()).toBe('привет');
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  test('follows no redirect', async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await call({ url })).status).toBe(302);
  });

  test('sends nothing when the deadline passes while a connection is being had', async () => {
    let requests = 0;
    const { url } = await serve((_req, res) => {
      requests++;
      res.end();
    });
    let now = 0;
    const clock = { now: () => now++ };
    // Seen by the first look, and past by the one before the first byte.
    const error = await faultOf(call({ url }, { deadline: 2, clock }));
    expect(error).toMatchObject({ kind: 'transient', code: 'ATTEMPT_LATE' });
    expect(requests).toBe(0);
  });

  test('stops by signal, and knows whether the request had gone out', async () => {
    const { url } = await serve(() => {});
    const stop = new AbortController();
    const running = faultOf(call({ url }, { signal: stop.signal }));
    await new Promise((resolve) => setTimeout(resolve, 150));
    stop.abort();
    expect(await running).toMatchObject({ code: 'ERR_CANCELED', sent: true });
    expect(await faultOf(call({ url }, { signal: stop.signal }))).toMatchObject({ code: 'ERR_CANCELED', sent: false });
  });
});
