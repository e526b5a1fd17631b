import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../canonical/commands/registry.ts';
import { Journal } from '../queues/journal.ts';
import { createCipher } from '../storage/cipher.ts';
import { ensureEntities } from '../storage/entities.ts';
import { migrate } from '../storage/migrate.ts';
import { openPglite } from '../storage/pglite/database.ts';
import { mappingRates } from './mapping.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Operations accepted a second by one process with many callers at once. */
async function accepts(durability: 'fsync' | 'none', seconds: number): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const db = await openPglite({ dataDir, durability });
  try {
    await migrate(db);
    await ensureEntities(db, []);
    const command = commands.get('meter-readings.submit');
    if (!command) throw new Error('no command');
    const journal = new Journal({
      db,
      cipher: createCipher([{ version: 1, key: new Uint8Array(32) }]),
      clock: Date,
      random: Math.random,
      onAccepted: () => {},
    });
    const payload = {
      meter: '0192f0c4-7a1b-7c3d-8e4f-791612345670',
      readAt: '2026-11-24',
      values: ['1'],
      source: 'robot',
    };
    const until = performance.now() + seconds * 1000;
    let n = 0;
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        while (performance.now() < until) {
          await journal.accept({
            org: 'uk',
            client: 'bench',
            command,
            instance: 'none',
            payload,
            body: payload,
            idempotencyKey: `k${n++}-${Math.random()}`,
          });
        }
      }),
    );
    return n / seconds;
  } finally {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const lines: string[] = [];
const row = (what: string, figure: string): void => {
  lines.push(`| ${what} | ${figure} |`);
  say(`${what}: ${figure}`);
};

const rounds = [await mappingRates(1), await mappingRates(1), await mappingRates(1)];
const median = (name: string): number =>
  rounds.map((r) => r.find((x) => x.name === name)?.perSecond ?? 0).sort((a, b) => a - b)[1] ?? 0;
const ours = median('mapping + zod');
row('mapping + zod, accounts/s', ours.toFixed(0));
row('ratio to hand-written + zod (aim ≥ 0.5)', (ours / median('hand-written + zod')).toFixed(2));
row('ratio to JSONata without zod (aim ≥ 20)', (ours / median('JSONata (no zod)')).toFixed(1));
row('time against JSON.parse of the source (aim ≤ 2)', (median('JSON.parse of the source') / ours).toFixed(2));
const synced = await accepts('fsync', 5);
const unsynced = await accepts('none', 5);
row('accepts/s, embedded, fsync on', synced.toFixed(0));
row('accepts/s, embedded, fsync off', unsynced.toFixed(0));
row('ratio fsync on / off', (synced / unsynced).toFixed(2));

if (process.argv.includes('--write')) {
  appendFileSync(
    'bench/RESULTS.md',
    `\n## ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}\n\nMedian of three runs.\n\n| what | figure |\n| --- | --- |\n${lines.join('\n')}\n`,
  );
}
