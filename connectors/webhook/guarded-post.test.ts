import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { parseNetworks } from './address.ts';
import { guardedPost, type Resolve } from './guarded-post.ts';

const loopback = parseNetworks(['127.0.0.1/32']);
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function receiver(listener: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0;
  const server = createServer((req, res) => {
    hits++;
    listener(req, res);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, hits: () => hits };
}
const request = (url: string, more: object = {}) => ({
  url,
  headers: {},
  body: '{}',
  timeoutMs: 2_000,
  signal: new AbortController().signal,
  ...more,
});
/** A resolver that answers each question with the next list, and the last one for ever. */
function scripted(...answers: string[][]): { resolve: Resolve; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    resolve: async () =>
      (answers[Math.min(asked++, answers.length - 1)] ?? []).map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      })),
  };
}

test('the body arrives whole, and the status comes back', async () => {
  let body = '';
  const { port } = await receiver((req, res) => {
    req.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    req.on('end', () => res.writeHead(202, { 'Retry-After': '7' }).end('thanks'));
  });
  const answer = await guardedPost({ allowed: loopback })(
    request(`http://127.0.0.1:${port}/x`, { body: '{"text":"Здравствуйте"}' }),
  );
  expect(answer).toEqual({ status: 202, retryAfter: '7' });
  expect(body).toBe('{"text":"Здравствуйте"}');
});

test.each([
  ['a private address', ['10.0.0.1']],
  ['a public address and a private one', ['8.8.8.8', '192.168.0.1']],
  ['a loopback address that is not the allowed one', ['127.0.0.2']],
  ['a mapped address', ['::ffff:127.0.0.1']],
  ['the metadata service', ['169.254.169.254']],
  ['a zone', ['fe80::1%lo']],
])('a name that leads to %s is refused before anything is sent', async (_title, addresses) => {
  const { resolve } = scripted(addresses);
  await expect(
    guardedPost({ allowed: loopback, resolve })(request('https://hooks.example.org:8443/')),
  ).rejects.toMatchObject({ kind: 'transient', code: 'WEBHOOK_ADDRESS_REFUSED' });
});

test('a name is asked once a delivery, and the connection goes to exactly the address that was checked', async () => {
  const { port, hits } = await receiver((_req, res) => res.writeHead(204).end());
  // Were the name asked again for the connection, the second answer would send it elsewhere.
  const first = scripted(['127.0.0.1'], ['127.0.0.9']);
  const post = guardedPost({ allowed: loopback, resolve: first.resolve });
  expect((await post(request(`http://a.localhost:${port}/`))).status).toBe(204);
  expect([first.asked(), hits()]).toEqual([1, 1]);
  // The next delivery asks anew: the name now leads elsewhere and is refused.
  await expect(post(request(`http://a.localhost:${port}/`))).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS_REFUSED' });
  expect(hits()).toBe(1);
});

test('plain http is not sent to an allowed address that is not loopback, whatever the name looks like', async () => {
  const { resolve } = scripted(['10.0.0.5']);
  await expect(
    guardedPost({ allowed: parseNetworks(['127.0.0.1/32', '10.0.0.0/8']), resolve })(request('http://a.localhost/')),
  ).rejects.toMatchObject({ code: 'WEBHOOK_ADDRESS_REFUSED' });
});

test('a redirect is not followed', async () => {
  const inside = await receiver((_req, res) => res.end());
  const { port } = await receiver((_req, res) =>
    res.writeHead(307, { location: `http://127.0.0.1:${inside.port}/secret` }).end(),
  );
  expect((await guardedPost({ allowed: loopback })(request(`http://127.0.0.1:${port}/`))).status).toBe(307);
  expect(inside.hits()).toBe(0);
});

test('an endless answer is cut, and its status counts', async () => {
  const { port } = await receiver((_req, res) => {
    res.writeHead(200);
    const more = setInterval(() => res.write('x'.repeat(8_192)), 1);
    res.on('close', () => clearInterval(more));
  });
  expect((await guardedPost({ allowed: loopback })(request(`http://127.0.0.1:${port}/`))).status).toBe(200);
});

test.each<[string, RequestListener]>([
  ['never answers', () => {}],
  [
    'dribbles its answer',
    (_req, res) => {
      res.writeHead(200);
      const more = setInterval(() => res.write('x'), 50);
      res.on('close', () => clearInterval(more));
    },
  ],
])('a receiver that %s is left after the time limit', async (_title, listener) => {
  const { port } = await receiver(listener);
  await expect(
    guardedPost({ allowed: loopback })(request(`http://127.0.0.1:${port}/`, { timeoutMs: 300 })),
  ).rejects.toMatchObject({ kind: 'transient', code: 'WEBHOOK_TIMEOUT' });
});

test('a refused connection, a cut answer and an unknown name are failures that may pass', async () => {
  const cut = await receiver((req) => req.socket.destroy());
  const gone = await receiver(() => {});
  const closing = servers.pop();
  await new Promise((resolve) => closing?.close(resolve));
  const post = guardedPost({ allowed: loopback, resolve: async () => [] });
  for (const url of [`http://127.0.0.1:${cut.port}/`, `http://127.0.0.1:${gone.port}/`, 'https://nowhere.example.org/'])
    await expect(post(request(url))).rejects.toMatchObject({ kind: 'transient', code: 'WEBHOOK_UNREACHABLE' });
});

test('an aborted attempt ends at once', async () => {
  const { port } = await receiver(() => {});
  const abort = new AbortController();
  const sent = guardedPost({ allowed: loopback })(request(`http://127.0.0.1:${port}/`, { signal: abort.signal }));
  setTimeout(() => abort.abort(), 100);
  await expect(sent).rejects.toMatchObject({ code: 'WEBHOOK_UNREACHABLE' });
});
