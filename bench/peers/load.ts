import { connect, type Socket } from 'node:net';

/** One request as it goes over the wire; the next of a connection goes out when the last was answered. */
export interface Load {
  url: string;
  connections: number;
  seconds: number;
  /** Text of the n-th request, without `host`. */
  request(n: number): { method?: string; path: string; headers?: Readonly<Record<string, string>>; body?: string };
  /** Status that every answer must have. */
  status: number;
}

export interface LoadResult {
  perSecond: number;
  answers: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from('0\r\n\r\n');

/**
 * Asks over keep-alive connections, each anew as soon as it was answered. Written on bare sockets: it costs the machine
 * that it shares with the contenders as little as can be.
 *
 * @throws Error when an answer has another status, or a connection ends
 */
export async function generate(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let n = 0;
  const started = performance.now();
  const until = started + load.seconds * 1000;
  await Promise.all(
    Array.from({ length: load.connections }, () =>
      ask(
        load,
        until,
        () => n++,
        (ms) => latencies.push(ms),
      ),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { perSecond: latencies.length / seconds, answers: latencies.length, p50: at(0.5), p99: at(0.99) };
}

function ask(load: Load, until: number, next: () => number, answered: (ms: number) => void): Promise<void> {
  const { hostname, port, host } = new URL(load.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sent = 0;
    let pending: Buffer = Buffer.alloc(0);
    const send = (): void => {
      sent = performance.now();
      socket.write(wire(load.request(next()), host));
    };
    socket.once('connect', send);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${load.url} closed a connection.`)));
    socket.on('data', (chunk) => {
      pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
      const status = whole(pending);
      if (status === undefined) return;
      const text = pending;
      pending = Buffer.alloc(0);
      if (status !== load.status) {
        reject(new Error(`${load.url} answered ${status}: ${text.toString('utf8').slice(0, 600)}`));
        socket.destroy();
        return;
      }
      answered(performance.now() - sent);
      if (performance.now() < until) send();
      else finish(socket, resolve);
    });
  });
}

function finish(socket: Socket, resolve: () => void): void {
  socket.removeAllListeners('close');
  socket.destroy();
  resolve();
}

function wire({ method = 'GET', path, headers = {}, body }: ReturnType<Load['request']>, host: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (body !== undefined) lines.push(`content-length: ${Buffer.byteLength(body)}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}\r\n${body ?? ''}`;
}

/** Status of an answer that has come whole. */
function whole(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const complete =
    length === undefined
      ? bytes.length >= end + 4 + CHUNKS_END.length && bytes.subarray(-CHUNKS_END.length).equals(CHUNKS_END)
      : bytes.length >= end + HEAD_END.length + Number(length);
  return complete ? Number(head.slice(9, 12)) : undefined;
}
