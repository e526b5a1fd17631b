import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimClock } from './clock.ts';
import type { Effects } from './effects.ts';
import type { Faults } from './faults.ts';

export interface Simulator {
  readonly system: string;
  readonly url: string;
  readonly port: number;
  readonly effects: Effects;
  readonly faults: Faults;
  readonly clock: SimClock;
  close(): Promise<void>;
}

export interface SimRequest {
  method: string;
  /** Decoded path without query; raw text where it can't be decoded. */
  path: string;
  rawPath: string;
  /** Raw query without the question mark. */
  rawQuery: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface SimResponse {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Runs after the answer was handed to the socket (or cut). */
  cut?: 'before-answer' | 'half-way';
}

export interface SimulatorParts {
  system: string;
  effects: Effects;
  faults: Faults;
  clock: SimClock;
  state(): unknown;
  handle(request: SimRequest): Promise<SimResponse> | SimResponse;
  /** System-specific test controls: POST /__sim/<name>. */
  controls?: Readonly<Record<string, (input: unknown) => unknown>>;
  onClose?(): void;
}

const MAX_BODY = 32 * 1024 * 1024;

/** Starts a simulator on loopback, with its control routes under /__sim. */
export async function startSimulator(parts: SimulatorParts, port: number): Promise<Simulator> {
  const server = createServer((req, res) => {
    void serve(parts, req, res);
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken; the ${parts.system} simulator needs another one (--sim-port).`)
          : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const actual = (server.address() as AddressInfo).port;
  const { system, effects, faults, clock } = parts;
  return {
    system,
    effects,
    faults,
    clock,
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    close: () =>
      new Promise((resolve) => {
        parts.onClose?.();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(parts: SimulatorParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.setHeader('date', new Date(parts.clock.now()).toUTCString());
  const [rawPath = '', rawQuery = ''] = splitQuery(req.url ?? '/');
  try {
    const body = await readBody(req);
    const request: SimRequest = {
      method: req.method ?? 'GET',
      path: decoded(rawPath),
      rawPath,
      rawQuery,
      headers: req.headers,
      body,
    };
    const response =
      rawPath === '/__sim' || rawPath.startsWith('/__sim/') ? control(parts, request) : await parts.handle(request);
    send(res, response);
  } catch (error) {
    send(res, {
      status: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `simulator fault: ${error instanceof Error ? error.stack : String(error)}`,
    });
  }
}

function send(res: ServerResponse, response: SimResponse): void {
  if (response.cut === 'before-answer') {
    res.socket?.destroy();
    return;
  }
  const body = typeof response.body === 'string' ? Buffer.from(response.body) : (response.body ?? Buffer.alloc(0));
  res.writeHead(response.status, { 'content-length': String(body.length), ...response.headers });
  if (response.cut === 'half-way') {
    res.write(body.subarray(0, Math.floor(body.length / 2)), () => res.socket?.destroy());
    return;
  }
  res.end(body);
}

function splitQuery(url: string): [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) req.destroy(new Error(`The body is over ${MAX_BODY} bytes.`));
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('error', reject);
  });
}

function json(value: unknown, status = 200): SimResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

function control(parts: SimulatorParts, request: SimRequest): SimResponse {
  const { effects, faults, clock } = parts;
  const name = request.rawPath.slice('/__sim'.length).replace(/^\//, '');
  try {
    const input: unknown = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : {};
    const route = `${request.method} ${name}`;
    switch (route) {
      case 'GET ':
        return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page(parts) };
      case 'GET effects': {
        const of = new URLSearchParams(request.rawQuery).get('of');
        return json(of === null ? effects.report() : effects.byKey(of));
      }
      case 'DELETE effects':
        effects.clear();
        return json({});
      case 'GET state':
        return json({
          system: parts.system,
          clock: new Date(clock.now()).toISOString(),
          faults: faults.list(),
          ...(parts.state() as object),
        });
      case 'GET faults':
        return json({ known: faults.known, active: faults.list(), struck: faults.struck() });
      case 'POST faults':
        faults.add(input);
        return json({ active: faults.list() });
      case 'DELETE faults':
        faults.clear((input as { fault?: string }).fault);
        return json({ active: faults.list() });
      case 'GET clock':
        return json({ now: new Date(clock.now()).toISOString() });
      case 'POST clock': {
        const { advanceMs, set } = input as { advanceMs?: number; set?: string };
        if (typeof advanceMs === 'number') clock.advance(advanceMs);
        else if (typeof set === 'string' && !Number.isNaN(Date.parse(set))) clock.set(new Date(set));
        else throw new Error('Give { "advanceMs": number } or { "set": "RFC 3339 instant" }.');
        return json({ now: new Date(clock.now()).toISOString() });
      }
      default: {
        const own = request.method === 'POST' ? parts.controls?.[name] : undefined;
        if (own) return json(own(input) ?? {});
        return json(
          { error: `There is no ${request.method} /__sim/${name}.`, controls: Object.keys(parts.controls ?? {}) },
          404,
        );
      }
    }
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

function page(parts: SimulatorParts): string {
  const show = (value: unknown): string =>
    JSON.stringify(value, null, 2).replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${parts.system} simulator</title>
<style>body{font:15px system-ui;margin:2rem auto;max-width:60rem}pre{background:#f3f3f3;padding:1rem;overflow:auto}</style>
<h1>${parts.system} simulator</h1><h2>Effects</h2><pre>${show(parts.effects.report())}</pre>
<h2>Faults</h2><pre>${show({ known: parts.faults.known, active: parts.faults.list() })}</pre><h2>State</h2><pre>${show(parts.state())}</pre></html>`;
}
