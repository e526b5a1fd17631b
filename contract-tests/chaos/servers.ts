import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type Child, freePort, sleep, startChild, until } from './child.ts';

/** An ordinary user: PostgreSQL refuses to run as root. */
function ordinaryUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Folder of the programs of the newest PostgreSQL here. @throws Error when there is none */
export function postgresFolder(): string {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error('PostgreSQL is not installed (Debian package: postgresql).');
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** A PostgreSQL of this run only, durable, on a port of its own. */
export class OwnPostgres {
  readonly #bin = postgresFolder();
  readonly #user = ordinaryUser();
  readonly #folder: string;
  #port = 0;
  #child: Child | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `postgres://hub@127.0.0.1:${this.#port}/hub`;
  }

  async create(): Promise<string> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    if (this.#user.uid !== undefined) chownSync(this.#folder, this.#user.uid, this.#user.gid ?? 0);
    execFileSync(
      join(this.#bin, 'initdb'),
      ['-D', this.#folder, '-U', 'hub', '--auth=trust', '--locale=C.UTF-8', '--encoding=UTF8'],
      { ...this.#user, cwd: this.#folder, stdio: 'ignore' },
    );
    this.#port = await freePort();
    await this.start();
    const client = new pg.Client({ connectionString: `postgres://hub@127.0.0.1:${this.#port}/postgres` });
    await client.connect();
    const { rows } = await client.query('show server_version');
    await client.query('create database hub');
    await client.end();
    return String(rows[0].server_version);
  }

  async start(): Promise<void> {
    const args = ['-D', this.#folder, '-p', String(this.#port), '-c', 'listen_addresses=127.0.0.1'];
    this.#child = startChild(
      'postgres',
      join(this.#bin, 'postgres'),
      [...args, '-c', `unix_socket_directories=${this.#folder}`, '-c', 'max_connections=200'],
      { ...this.#user, cwd: this.#folder },
    );
    await until('PostgreSQL starts', 60_000, async () => {
      const client = new pg.Client({ connectionString: `postgres://hub@127.0.0.1:${this.#port}/postgres` });
      client.on('error', () => undefined);
      await client.connect();
      await client.end();
      return true;
    });
  }

  /** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one: no checkpoint, the log is replayed. */
  async restart(mode: 'fast' | 'immediate', pauseMs: number): Promise<void> {
    await this.#child?.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await sleep(pauseMs);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#child?.stop('SIGINT');
  }
}

/** A Redis of this run only, without persistence. */
export class OwnRedis {
  #port = 0;
  #child: Child | undefined;

  get url(): string {
    return `redis://127.0.0.1:${this.#port}/0`;
  }

  async create(): Promise<string> {
    this.#port = await freePort();
    await this.start();
    const info = await this.#with((client) => client.info('server'));
    return /redis_version:(\S+)/.exec(info)?.[1] ?? '?';
  }

  async start(): Promise<void> {
    const args = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#child = startChild('redis', 'redis-server', args);
    await until('Redis starts', 20_000, async () => (await this.#with((client) => client.ping())) === 'PONG');
  }

  async flush(): Promise<void> {
    await this.#with((client) => client.flushall());
  }

  async restart(pauseMs: number): Promise<void> {
    await this.#child?.stop('SIGKILL');
    await sleep(pauseMs);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  async #with<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  }
}
