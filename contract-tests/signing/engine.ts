import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'hub-gost-engine-'));
const config = join(folder, 'openssl.cnf');
writeFileSync(
  config,
  `openssl_conf = start
[start]
engines = engines
[engines]
gost = gost
[gost]
engine_id = gost
default_algorithms = ALL
CRYPT_PARAMS = id-Gost28147-89-CryptoPro-A-ParamSet
`,
);
/** Environment of a program that uses gost-engine. */
export const env = { ...process.env, OPENSSL_CONF: config };
export const opensslConfig = config;

/** gost-engine, made by others: Debian's package libengine-gost-openssl. */
export const isEngineThere = spawnSync('openssl', ['dgst', '-md_gost12_256', config], { env }).status === 0;

/** Tests against gost-engine: skipped visibly without it, and in CI a failure. */
export const withEngine: typeof describe | typeof describe.skip =
  isEngineThere || process.env.HUB_REQUIRE_SERVERS ? describe : describe.skip;

/** Runs `openssl` with gost-engine. @throws when it fails */
export function openssl(...args: readonly string[]): Buffer {
  return execFileSync('openssl', args, { env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
}

/** A folder that goes with the tests of the file. */
export const workFolder = folder;

/** Writes octets where `openssl` can read them; gone with the tests of the file. */
export function fileOf(name: string, octets: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, octets);
  return path;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));
