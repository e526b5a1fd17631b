import { type ChildProcess, spawn } from 'node:child_process';
import { readControlFile } from '../../cli/control-file.ts';
import { eventually } from './harness.ts';

export interface ChildHubOptions {
  config: string;
  data: string;
  port?: number;
  /** Pull at the start, as `hub serve` does. */
  sync?: boolean;
}

/** A hub in a process of its own, which a test may kill. */
export interface ChildHub {
  process: ChildProcess;
  /** What it has written so far. */
  output(): string;
  exit: Promise<number | null>;
  /** Address and control key, once it takes requests. */
  ready(): Promise<{ url: string; key: string }>;
  /** Resolves when the process is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

export function startChildHub({ config, data, port = 0, sync = false }: ChildHubOptions): ChildHub {
  const args = ['--import', 'tsx', 'cli/main.ts', 'serve', '--config', config, '--data', data, '--port', String(port)];
  const child = spawn(process.execPath, [...args, '--log-level', 'error', ...(sync ? [] : ['--no-sync'])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: '', NODE_OPTIONS: '' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += String(chunk);
    });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    process: child,
    output: () => output,
    exit,
    ready: async () => {
      const control = await eventually(
        async () => {
          if (child.exitCode !== null) throw new Error(`The hub ended at its start (${child.exitCode}): ${output}`);
          return readControlFile(data);
        },
        (c) => c?.pid === child.pid,
        150_000,
      );
      return { url: control?.url ?? '', key: control?.key ?? '' };
    },
    stop: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await exit;
    },
  };
}
