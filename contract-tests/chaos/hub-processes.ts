import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, sleep, startChild, until } from './child.ts';

export type Role = 'api' | 'worker' | 'all';

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** One place of the deployment: the process in it may change, its address stays. */
export class HubPlace {
  readonly name: string;
  readonly role: Role;
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #args: readonly string[];
  readonly url: string;
  #child: Child | undefined;
  #wanted = false;
  /** Times that a process ended without having been asked to. */
  crashes = 0;

  private constructor(name: string, role: Role, port: number, setup: HubSetup) {
    this.name = name;
    this.role = role;
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = join(setup.folder, name);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, 'faketime'), '+0\n');
    this.#env = {
      ...process.env,
      NODE_OPTIONS: '',
      ...setup.env,
      ...(setup.fakeTime && existsSync(FAKETIME)
        ? {
            LD_PRELOAD: FAKETIME,
            FAKETIME_TIMESTAMP_FILE: join(this.#folder, 'faketime'),
            FAKETIME_CACHE_DURATION: '1',
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }
        : {}),
    };
    const data = join(setup.folder, setup.sharedData ? 'data' : `${name}/data`);
    this.#args = [
      ...setup.program,
      'serve',
      ...['--config', join(setup.folder, 'hub.yaml'), '--data', data, '--port', String(port)],
      ...(setup.roles ? ['--role', role] : []),
      ...['--no-sync', '--log-level', 'error'],
    ];
  }

  static async create(name: string, role: Role, setup: HubSetup): Promise<HubPlace> {
    return new HubPlace(name, role, await freePort(), setup);
  }

  get running(): boolean {
    return this.#child?.running === true;
  }

  start(): void {
    this.#wanted = true;
    const child = startChild(this.name, process.execPath, this.#args, { env: this.#env });
    this.#child = child;
    void child.exited.then(async () => {
      if (!this.#wanted || this.#child !== child) return;
      this.crashes++;
      process.stdout.write(`  ${this.name} ended by itself:\n${child.tail()}\n`);
      await sleep(1_000);
      if (this.#wanted && this.#child === child) this.start();
    });
  }

  async ready(limitMs = 300_000): Promise<void> {
    await until(`${this.name} is ready`, limitMs, async () => {
      const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
      return answer.ok;
    });
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#child?.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#child?.stop('SIGTERM');
  }

  pause(): void {
    this.#child?.signal('SIGSTOP');
  }

  resume(): void {
    this.#child?.signal('SIGCONT');
  }

  /** Moves the wall clock of the process, seconds; needs `fakeTime`. */
  jump(seconds: number): void {
    writeFileSync(join(this.#folder, 'faketime'), `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }
}

export interface HubSetup {
  folder: string;
  /** Arguments of node before the command: from source, or the built program. */
  program: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Server mode: processes have roles. */
  roles: boolean;
  /** One data directory for all (the embedded store). */
  sharedData: boolean;
  fakeTime: boolean;
}

/** Makes an API key by the command line, as an operator would. */
export function createKey(setup: HubSetup): string {
  const data = join(setup.folder, setup.sharedData ? 'data' : 'cli-data');
  const out = execFileSync(
    process.execPath,
    [
      ...setup.program,
      ...['keys', 'create', 'chaos', '--scopes', '*', '--json'],
      ...['--config', join(setup.folder, 'hub.yaml'), '--data', data],
    ],
    { env: { ...process.env, NODE_OPTIONS: '', ...setup.env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return (JSON.parse(out) as { key: string }).key;
}
