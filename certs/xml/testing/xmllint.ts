import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether libxml2's command line is here; CI installs it, so there it must be. */
export const hasXmllint = spawnSync('xmllint', ['--version']).status === 0 || process.env.HUB_REQUIRE_SERVERS === '1';

/**
 * Canonical forms, with comments, by libxml2. One process takes many documents and prints their forms without a separator.
 *
 * @throws Error when libxml2 refuses a document
 */
export function canonicalByLibxml2(option: '--c14n' | '--exc-c14n', documents: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'c14n-'));
  try {
    const files = documents.map((text, index) => {
      const file = join(folder, `${index}.xml`);
      writeFileSync(file, text);
      return file;
    });
    const run = spawnSync('xmllint', ['--nonet', option, ...files], { maxBuffer: 1 << 28, encoding: 'utf8' });
    // Its exit status only tells of the last document.
    if (run.error) throw run.error;
    if (run.status !== 0 || /error :/.test(run.stderr)) throw new Error(`xmllint: ${run.stderr.slice(0, 2_000)}`);
    return run.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
