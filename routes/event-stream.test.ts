import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Response } from 'express';
import { FeedPulse } from '../queues/feed-pulse.ts';
import type { Database } from '../storage/port.ts';
import { streamEvents } from './event-stream.ts';

const EVENTS = 50_000;
const PAD = 'x'.repeat(1_000);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Reader {
  pagesRead: number;
  /** Most bytes that the response held for its reader. */
  most: number;
  res: ServerResponse;
  over: Promise<void>;
}

/** A server whose feed is full at once; each connection has its own count of pages. */
async function fullFeed(stallMs: number): Promise<{ port: number; readers: Reader[] }> {
  const readers: Reader[] = [];
  const server = createServer((_req, res) => {
    const reader: Reader = { pagesRead: 0, most: 0, res, over: Promise.resolve() };
    const db = {
      query: async (sql: string, params: readonly number[]) => {
        reader.most = Math.max(reader.most, res.writableLength);
        if (sql.includes('event_counter')) return { rows: [{ org: 'uk', last_no: EVENTS }], count: 1 };
        reader.pagesRead++;
        const [, after = 0, limit = 0] = params;
        const rows = Array.from({ length: Math.min(limit, EVENTS - after) }, (_v, i) => ({
          no: after + i + 1,
          id: `e${after + i + 1}`,
          type: 'accounts.changed',
          entity: null,
          entity_id: null,
          operation: null,
          data: { pad: PAD },
          at: new Date(0),
        }));
        return { rows, count: rows.length };
      },
    } as unknown as Database;
    const pulse = new FeedPulse({ db, log });
    cleanups.push(() => pulse.stop());
    const end = new AbortController();
    cleanups.push(() => end.abort());
    // Of express only these are used.
    const response = Object.assign(res, {
      status: () => response,
      set: (headers: Record<string, string>) => {
        for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
        return response;
      },
    }) as unknown as Response;
    reader.over = streamEvents({
      db,
      log,
      pulse,
      end,
      res: response,
      org: 'uk',
      after: 0,
      filter: {},
      stillGood: async () => true,
      heartbeatMs: 200,
      stallMs,
    });
    readers.push(reader);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { port: (server.address() as AddressInfo).port, readers };
}

function ask(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: hub\r\n\r\n');
  cleanups.push(() => void socket.destroy());
  return socket;
}

test('of 50,000 events no more than the connection takes is read for a reader that takes nothing, and others get them all', async () => {
  const { port, readers } = await fullFeed(60_000);
  const deaf = [ask(port), ask(port), ask(port)];
  for (const socket of deaf) socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const swift = ask(port);
  let text = '';
  let last = 0;
  await new Promise<void>((resolve) => {
    swift.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const numbers = [...text.matchAll(/\nid: (\d+)\n/g)].map((m) => Number(m[1]));
      for (const no of numbers) {
        expect(no).toBe(last + 1);
        last = no;
      }
      const cut = text.lastIndexOf('\nid: ');
      text = /^\nid: \d+\n/.test(text.slice(cut)) ? text.slice(cut + 5) : text.slice(Math.max(0, cut));
      if (last === EVENTS) resolve();
    });
  });
  expect(readers[3]?.pagesRead).toBeGreaterThanOrEqual(250);
  for (const reader of readers.slice(0, 3)) {
    // Some megabytes fit into the buffers of the kernel on both sides; the whole would be 250 pages and 55 MB.
    expect(reader.pagesRead).toBeLessThan(100);
    expect(reader.most).toBeLessThan(400_000);
    expect(reader.res.writableLength).toBeLessThan(400_000);
  }
}, 120_000);

test('a reader that takes nothing for the limit is ended and nothing is read for it any more', async () => {
  const { port, readers } = await fullFeed(300);
  ask(port).pause();
  const until = Date.now() + 20_000;
  while (readers.length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  await readers[0]?.over;
  expect(readers[0]?.res.destroyed).toBe(true);
  const pages = readers[0]?.pagesRead;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(readers[0]?.pagesRead).toBe(pages);
}, 60_000);
