import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';

const GOST = [
  'openssl_conf = init',
  '[init]',
  'engines = engines',
  '[engines]',
  'gost = gost',
  '[gost]',
  'engine_id = gost',
  'default_algorithms = ALL',
];

export interface Folder {
  path: string;
  file(name: string, content: Uint8Array | string): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'hub-cms-'));
  return {
    path,
    file(name, content) {
      const full = join(path, name);
      writeFileSync(full, content);
      return full;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A configuration that loads gost-engine, with further sections. */
export const gostConfig = (...sections: string[]): string => [...GOST, ...sections, ''].join('\n');

function hasGost(): boolean {
  const folder = temporaryFolder();
  try {
    const env = { ...process.env, OPENSSL_CONF: folder.file('openssl.cnf', gostConfig()) };
    return spawnSync('openssl', ['dgst', '-md_gost12_256', '/dev/null'], { env }).status === 0;
  } finally {
    folder.remove();
  }
}

const there = hasGost();

/**
 * A suite that asks OpenSSL with gost-engine (Debian: openssl, libengine-gost-openssl). Without it the suite is skipped
 * visibly, or fails where HUB_REQUIRE_SERVERS=1.
 */
export function describeWithGost(title: string, suite: () => void): void {
  if (there) {
    describe(title, suite);
    return;
  }
  describe(title, () => {
    if (process.env.HUB_REQUIRE_SERVERS === '1')
      test('has an OpenSSL with gost-engine', () => {
        throw new Error('Install openssl and libengine-gost-openssl.');
      });
    else test.skip('needs OpenSSL with gost-engine (Debian: libengine-gost-openssl)', () => {});
  });
}

/** Runs OpenSSL; throws with what it said when it fails. */
export function openssl(args: readonly string[], config?: string): Buffer {
  return execFileSync('openssl', args, {
    env: config ? { ...process.env, OPENSSL_CONF: config } : process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Exit status and output of a program, whatever it thinks. */
export function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): { status: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env: { ...process.env, ...env } });
  if (error) throw error;
  return { status: status ?? -1, output: `${stdout}${stderr}` };
}
