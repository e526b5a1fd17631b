import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** A child process that chaos may stop, kill and start again. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** The last lines that it wrote. */
  tail(): string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  readonly exited: Promise<void>;
}

const TAIL_CHARACTERS = 4_000;

export function startChild(
  name: string,
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number; cwd?: string } = {},
): Child {
  const { env = process.env, ...rest } = options;
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, ...rest });
  let tail = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      tail = (tail + String(chunk)).slice(-TAIL_CHARACTERS);
    });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      tail += error.message;
      resolve();
    });
  });
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid: child.pid ?? 0,
    get running() {
      return running();
    },
    tail: () => tail,
    signal: (signal) => {
      if (running()) child.kill(signal);
    },
    stop: async (signal = 'SIGTERM') => {
      if (!running()) return;
      // A stopped process would not see anything but SIGKILL.
      child.kill('SIGCONT');
      child.kill(signal);
      const last = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await exited;
      clearTimeout(last);
    },
    exited,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is wanted. @throws Error after the limit, with what was waited for */
export async function until(what: string, limitMs: number, ask: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      if (await ask()) return;
    } catch (error) {
      if (performance.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: error });
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await sleep(100);
  }
}
