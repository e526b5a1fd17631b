import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of one run; a command line holds no more. */
const BATCH = 500;

/**
 * What xmllint and the official schemas say of whole messages, in their order: an empty text for a valid one.
 *
 * @param facts folder that holds envelope.xsd and schemas/
 */
export function saidByXmllint(facts: string, messages: readonly string[]): string[] {
  const said: string[] = [];
  for (let from = 0; from < messages.length; from += BATCH) {
    const folder = mkdtempSync(join(tmpdir(), 'gis-'));
    const batch = messages.slice(from, from + BATCH);
    const names = batch.map((xml, i) => {
      writeFileSync(join(folder, `${i}.xml`), xml);
      return `${i}.xml`;
    });
    const { stderr, error } = spawnSync(
      'xmllint',
      ['--nonet', '--noout', '--schema', join(facts, 'envelope.xsd'), ...names],
      { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    rmSync(folder, { recursive: true, force: true });
    if (error) throw error;
    const lines = stderr.split('\n');
    const valid = new Set(lines.filter((l) => l.endsWith(' validates')).map((l) => l.slice(0, -' validates'.length)));
    for (const name of names)
      said.push(
        valid.has(name) ? '' : lines.filter((l) => l.startsWith(`${name}:`)).join('\n') || `nothing said of ${name}`,
      );
  }
  return said;
}
