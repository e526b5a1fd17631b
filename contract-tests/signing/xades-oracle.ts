import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the programs of the independent verifier are here; where CI installs them, they must be. */
export const hasXadesOracle =
  process.env.HUB_REQUIRE_SERVERS === '1' ||
  (spawnSync('xmllint', ['--version']).status === 0 && spawnSync('openssl', ['engine', 'gost']).status === 0);

/**
 * Verifies by libxml2 and OpenSSL, through the script among the vectors.
 *
 * @returns its exit code (0 valid, 1 invalid) and what it said
 */
export function xadesByOracle(
  vectors: string,
  document: Uint8Array,
  ...options: readonly string[]
): Promise<{ exit: number; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'xades-'));
  const file = join(folder, 'document.xml');
  writeFileSync(file, document);
  return new Promise((resolve, reject) => {
    execFile('bash', [join(vectors, 'verify-xades.sh'), ...options, file], (error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true });
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ exit: error ? Number(error.code) : 0, said: stdout + stderr });
    });
  });
}
