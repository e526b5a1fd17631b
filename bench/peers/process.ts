import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A contender in a process of its own. */
export interface Peer {
  url: string;
  /** Processor time of all its threads so far, seconds. */
  cpuSeconds(): number;
  /** Resident memory now, MB. */
  rssMb(): number;
  /** Asks the process something over its channel, and waits for the answer. */
  ask<T>(message: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** Clock ticks of the kernel's processor accounting, a second. */
const TICKS = 100;
/** `--cpu-prof` needs an orderly end; who takes longer is killed. */
const STOP_MS = 20_000;

/**
 * Starts a script of this folder, which tells `{ url }` when it is ready.
 *
 * @param argument handed over as JSON in the first argument
 * @param nodeArguments for Node itself, such as `--cpu-prof`
 */
export async function startPeer(
  script: string,
  argument: unknown,
  nodeArguments: readonly string[] = [],
): Promise<Peer> {
  const file = new URL(script, import.meta.url).pathname;
  const child = fork(file, [JSON.stringify(argument)], {
    execArgv: [...nodeArguments, '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended before it was ready (code ${code}).`);
  });
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }];
  ended.catch(() => {});
  return peerOf(child, message.url);
}

/** Starts another program that answers on a known address once it is ready. */
export async function startProgram(
  program: string,
  argv: readonly string[],
  url: string,
  readyMs: number,
): Promise<Peer> {
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  const until = performance.now() + readyMs;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer) return peerOf(child, url);
    if (performance.now() > until || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`${program} does not answer at ${url}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function peerOf(child: ChildProcess, url: string): Peer {
  return {
    url,
    cpuSeconds: () => {
      // Fields after the name, which may hold spaces: utime and stime are the 14th and the 15th of all.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    rssMb: () =>
      Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024),
    ask: async <T>(message: unknown) => {
      const answer = once(child, 'message');
      child.send(message as object);
      return ((await answer) as [T])[0];
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
