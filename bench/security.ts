import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendMessage } from '../canonical/commands/send-message.ts';
import { entities, entity } from '../canonical/registry.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import { Journal } from '../queues/journal.ts';
import { AuditLog } from '../storage/audit/log.ts';
import { verifyAudit } from '../storage/audit/verify.ts';
import { type Cipher, createCipher } from '../storage/cipher.ts';
import { ensureEntities } from '../storage/entities.ts';
import { migrate } from '../storage/migrate.ts';
import { openPglite } from '../storage/pglite/database.ts';
import { RecordRepository } from '../storage/repositories/records.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

const CALLERS = 100;
const SLICE_MS = 2_000;
const ROUNDS = 5;
const RECORDS = 2_000;
const PAYLOAD = {
  channel: 'sms',
  to: '+79161234567',
  text: 'Завтра с 10 до 14 часов не будет горячей воды.',
  purpose: 'service',
};

/** Seals nothing: what the hub would cost without encryption at rest. */
function open(cipher: Cipher): Cipher {
  return {
    ...cipher,
    seal: (plain) => Buffer.from(plain as Uint8Array),
    open: (sealed) => sealed,
    openText: (sealed) => Buffer.from(sealed).toString(),
  };
}

/**
 * What encryption at rest and the audit log cost: the same work with and without, by turns, on one embedded store with
 * real fsync and a hundred callers at once.
 */
export async function securityBenchmark(report: Report): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const db = await openPglite({ dataDir, durability: 'fsync' });
  try {
    await migrate(db);
    await ensureEntities(
      db,
      [...entities.values()].map((e) => ({ name: e.name, filters: [] })),
    );
    const cipher = createCipher([{ version: 1, key: new Uint8Array(32).fill(1) }]);
    const journal = (c: Cipher) =>
      new Journal({ db, cipher: c, clock: Date, random: Math.random, onAccepted: () => {} });
    const [sealing, plain] = [journal(cipher), journal(open(cipher))];
    let n = 0;
    const accept = (j: Journal) => () =>
      j.accept({
        org: 'uk',
        client: 'bench',
        command: sendMessage,
        instance: 'nowhere',
        payload: PAYLOAD,
        body: PAYLOAD,
        idempotencyKey: `k${n++}`,
      });

    const customer = entity('Customer');
    const records = new RecordRepository(db, cipher);
    const ids = Array.from({ length: RECORDS }, () => uuidv7(Date.now()));
    const now = new Date();
    await db.transact([
      records.upsertStatement(
        'uk',
        customer,
        'bench',
        'm',
        ids.map((id) => ({
          id,
          nativeKey: id,
          version: '1',
          nativeHash: null,
          native: {},
          canonical: { name: `Иванова ${id}`, phones: ['+79161234567'], emails: [] },
        })),
        now,
        now,
      ),
    ]);
    const audit = new AuditLog({
      db,
      cipher,
      now: Date.now,
      warn: (message) => report.progress(message),
    });
    const read = () => records.get('uk', customer, ids[n++ % RECORDS] as string);
    const contenders = {
      'accept, sealed': accept(sealing),
      'accept, not sealed': accept(plain),
      'read of a person, entered': async () => {
        const id = ids[n % RECORDS] as string;
        await read();
        await audit.append({
          org: 'uk',
          actor: 'bench',
          action: 'customers.view',
          subject: `Customer:${id}`,
          purpose: 'bench',
          details: {},
        });
      },
      'read of a person, not entered': read,
      'accept while looks are entered': accept(sealing),
    };
    const rates: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round <= ROUNDS; round++)
      for (const [name, work] of Object.entries(contenders)) {
        const isBeside = name.includes('while');
        const beside = isBeside ? load(contenders['read of a person, entered'], 10) : undefined;
        const perSecond = await load(work, CALLERS);
        await beside;
        // The first round only warms up.
        if (round > 0) rates[name]?.push(perSecond);
        report.progress(`security: round ${round} of ${ROUNDS}, ${name}: ${perSecond.toFixed(0)}/s`);
      }
    await audit.drain();
    for (const [name, values] of Object.entries(rates)) report.row(`security, ${name}, a second`, spread(values, 0));
    const ratio = (a: string, b: string) => spread(ratios(rates[a] ?? [], rates[b] ?? []), 2);
    report.row('— accept, sealed against not sealed', ratio('accept, sealed', 'accept, not sealed'));
    report.row(
      '— read, entered against not entered',
      ratio('read of a person, entered', 'read of a person, not entered'),
    );
    report.row(
      '— accept, with looks entered beside it against alone',
      ratio('accept while looks are entered', 'accept, sealed'),
    );
    const began = performance.now();
    const { rows, fault } = await verifyAudit(db, cipher, 'uk');
    if (fault) throw new Error(fault.message);
    report.row('— rows of the audit log verified a second', (rows / ((performance.now() - began) / 1000)).toFixed(0));
  } finally {
    await db.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Calls a second of many callers, each asking anew as soon as it was answered. */
async function load(work: () => Promise<unknown>, callers: number): Promise<number> {
  const began = performance.now();
  let calls = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() - began < SLICE_MS) {
        await work();
        calls++;
      }
    }),
  );
  return calls / ((performance.now() - began) / 1000);
}
