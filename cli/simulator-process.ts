import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunningSimulators {
  /** Base URL by system. */
  urls: Readonly<Record<string, string>>;
  /** True when they ran before and belong to somebody else. */
  borrowed: boolean;
  close(): Promise<void>;
}

export interface SimulatorsRequest {
  /** First port; each further system takes the next one. */
  firstPort: number;
  systems: readonly string[];
  seed: number;
  accounts: number;
  startTimeoutMs?: number;
}

/** Message of a simulator process to the hub that started it. */
export interface SimulatorsReady {
  ready: Record<string, string>;
}

/**
 * Uses the simulators that already answer on the wanted ports, or starts them in a process of their own, which keeps
 * their work out of the hub's event loop. The process ends with the hub, even when the hub is killed.
 */
export async function runSimulators(request: SimulatorsRequest): Promise<RunningSimulators> {
  const running = await findRunning(request);
  if (running) return { urls: running, borrowed: true, close: async () => {} };
  const { firstPort, systems, seed, accounts, startTimeoutMs = 60_000 } = request;
  const script = process.argv[1];
  if (!script) throw new Error('The command line was not started from a file; start simulators with `hub sim`.');
  const args = [
    'sim',
    systems.join(','),
    '--port',
    String(firstPort),
    '--seed',
    String(seed),
    '--accounts',
    String(accounts),
    '--with-parent',
  ];
  const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const urls = await Promise.race([
    readyOf(child),
    delay(startTimeoutMs, undefined, { ref: false }).then(() => undefined),
  ]);
  if (!urls) {
    child.kill('SIGKILL');
    throw new Error(`The simulators did not start within ${startTimeoutMs / 1000} s.`);
  }
  return { urls, borrowed: false, close: () => stop(child) };
}

function readyOf(child: ChildProcess): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve((message as SimulatorsReady).ready));
    child.once('exit', (code) =>
      reject(
        new Error(
          `The simulators ended at their start (code ${code}); the lines above say why. A port in use? Try --sim-port.`,
        ),
      ),
    );
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(timer);
}

async function findRunning(request: SimulatorsRequest): Promise<Record<string, string> | undefined> {
  const urls: Record<string, string> = {};
  for (const [i, system] of request.systems.entries()) {
    const url = `http://127.0.0.1:${request.firstPort + i}`;
    try {
      const response = await fetch(`${url}/__sim/state`, { signal: AbortSignal.timeout(2_000) });
      const state = (await response.json()) as { system?: string };
      if (state.system !== system) return undefined;
      urls[system] = url;
    } catch {
      return undefined;
    }
  }
  return urls;
}
