import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { selfSigned } from '../../connectors/kit/testing/certificate.ts';
import { type Child, freePort, startChild, until } from '../../contract-tests/chaos/child.ts';
import { mandatory } from '../../storage/testing/databases.ts';
import { openCommands, openWaiting, type RedisSettings } from './connection.ts';

const runs = (name: string, argument: string): boolean => {
  try {
    execFileSync(name, [argument], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const programs = runs('redis-server', '--version') && runs('openssl', 'version');
const ours = programs || mandatory ? test : test.skip;

const folder = mkdtempSync(join(tmpdir(), 'hub-redis-'));
const children: Child[] = [];
const connections: Redis[] = [];
afterAll(async () => {
  for (const connection of connections) connection.disconnect();
  for (const child of children) await child.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (name: string, args: readonly string[]): Child => {
  const child = startChild(name, 'redis-server', args, { cwd: folder });
  children.push(child);
  return child;
};
const opened = (settings: RedisSettings, open = openCommands): Redis => {
  const connection = open(settings);
  connection.on('error', () => {});
  connections.push(connection);
  return connection;
};
const answers = (redis: Redis) => async () => (await redis.ping()) === 'PONG';

ours(
  'speaks TLS with a server of an own authority, and refuses one of another',
  async () => {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    selfSigned(folder, 'ours');
    selfSigned(folder, 'other');
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
      '-subj',
      '/CN=redis',
    );
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
    openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ours.pem',
      '-CAkey',
      'ours.key',
      '-CAcreateserial',
      '-out',
      'server.pem',
      '-days',
      '2',
      '-extfile',
      'names',
    );
    const port = await freePort();
    start('redis', [
      ...['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 'p@ss'],
      ...[
        '--tls-cert-file',
        'server.pem',
        '--tls-key-file',
        'server.key',
        '--tls-ca-cert-file',
        'ours.pem',
        '--tls-auth-clients',
        'no',
      ],
    ]);
    const ca = readFileSync(join(folder, 'ours.pem'), 'utf8');
    const url = `rediss://:${encodeURIComponent('p@ss')}@localhost:${port}/1`;
    await until('Redis speaks TLS', 20_000, answers(opened({ url, prefix: 'x', ca }, openWaiting)));
    const wrong = opened({ url, prefix: 'x', ca: readFileSync(join(folder, 'other.pem'), 'utf8') });
    const refused = await new Promise<Error>((resolve) => wrong.once('error', resolve));
    expect(String((refused as { code?: string }).code)).toMatch(/CERT|SIGNATURE|ISSUER/);
  },
  60_000,
);

ours(
  'finds the master by Sentinel, and the new one after the old one has died',
  async () => {
    const [master, replica, ...sentinels] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const server = (port: number, more: readonly string[] = []) =>
      start(`redis-${port}`, [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dbfilename',
        `${port}.rdb`,
        '--requirepass',
        'p',
        '--masterauth',
        'p',
        ...more,
      ]);
    const first = server(master);
    server(replica, ['--replicaof', '127.0.0.1', String(master)]);
    const url = (port: number) => `redis://:p@127.0.0.1:${port}/0`;
    await until('the replica follows', 30_000, async () =>
      (await opened({ url: url(master), prefix: 'x' }, openWaiting).info('replication')).includes('state=online'),
    );
    for (const port of sentinels) {
      const file = join(folder, `sentinel-${port}.conf`);
      writeFileSync(
        file,
        `port ${port}\nbind 127.0.0.1\nrequirepass s\nsentinel sentinel-pass s\nsentinel monitor hub 127.0.0.1 ${master} 2\nsentinel auth-pass hub p\nsentinel down-after-milliseconds hub 1000\nsentinel failover-timeout hub 5000\n`,
      );
      start(`sentinel-${port}`, [file, '--sentinel']);
    }
    const settings: RedisSettings = {
      url: 'redis://:p@sentinel/0',
      prefix: 'x',
      sentinel: { addresses: sentinels.map((port) => ({ host: '127.0.0.1', port })), name: 'hub', password: 's' },
    };
    const commands = opened(settings);
    const waiting = opened(settings, openWaiting);
    const writes = (n: number) => async () =>
      (await commands.set('n', n)) === 'OK' && (await waiting.get('n')) === String(n);
    await until('the master is found', 30_000, writes(1));
    const portOf = async (redis: Redis) => ((await redis.config('GET', 'port')) as string[])[1];
    expect(await portOf(commands)).toBe(String(master));
    // The sentinels have to know each other and the replica before they can agree.
    await until('the sentinels know each other', 30_000, async () => {
      const sentinel = opened({ url: `redis://:s@127.0.0.1:${sentinels[0]}/0`, prefix: 'x' }, openWaiting);
      const known = (await sentinel.call('SENTINEL', 'MASTER', 'hub')) as string[];
      sentinel.disconnect();
      const value = (name: string) => Number(known[known.indexOf(name) + 1]);
      return value('num-slaves') === 1 && value('num-other-sentinels') === 2;
    });
    await first.stop('SIGKILL');
    await until('the new master is used', 60_000, writes(2));
    expect(await portOf(commands)).toBe(String(replica));
    expect(await portOf(waiting)).toBe(String(replica));
  },
  150_000,
);
