import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { submitMeterReading } from '../../canonical/commands/submit-meter-reading.ts';
import { entities, entity } from '../../canonical/registry.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import { Journal } from '../../queues/journal.ts';
import { ensureEntities, storedEntities } from '../../storage/entities.ts';
import { migrate } from '../../storage/migrate.ts';
import type { Database } from '../../storage/port.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { testCipher as cipher, onServer } from '../../storage/testing/databases.ts';
import { ownDatabase } from './own-database.ts';

const READINGS = 2_000;
const INQUIRIES = 300;
const KILLS = 6;

onServer('flows in two processes that are killed again and again', () => {
  let own: Awaited<ReturnType<typeof ownDatabase>>;
  let db: Database;
  beforeAll(async () => {
    own = await ownDatabase();
    db = await openPostgres({ url: own.url });
    await migrate(db);
    await ensureEntities(db, storedEntities(entities.values()));
  }, 60_000);
  afterAll(async () => {
    await db?.close();
    await own?.remove();
  }, 30_000);

  const child = () => {
    const process_ = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./flow-child.ts', import.meta.url)), own.url],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const begun = new Promise<void>((resolve) => process_.stdout.once('data', () => resolve()));
    const exited = new Promise<void>((resolve) => process_.once('exit', () => resolve()));
    return {
      begun,
      kill: async (): Promise<void> => {
        process_.kill('SIGKILL');
        await exited;
      },
    };
  };
  const made = async (kind: string): Promise<number> =>
    Number((await db.query(`select count(*) as n from operation where kind = $1`, [kind])).rows[0]?.n);
  const open = async (): Promise<number> =>
    Number((await db.query(`select count(*) as n from flow_item where due_at <= now() or state = 'new'`)).rows[0]?.n);
  /** Two minutes pass: nobody holds what the dead have leased. */
  const leasesRunOut = () => db.query('update flow_item set lease_until = now() where lease_until is not null');

  test('each reading is published once and each inquiry answered once, wherever the kills have struck', async () => {
    const first = child();
    await first.begun;
    while (Number((await db.query('select count(*) as n from flow')).rows[0]?.n) < 2)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await first.kill();

    const journal = new Journal({ db, cipher, clock: Date, random: Math.random, onAccepted: () => {} });
    const readings = await Promise.all(
      Array.from({ length: READINGS }, () => {
        const payload = { meter: uuidv7(Date.now()), readAt: '2026-11-24', values: ['1.5'], source: 'mobile-app' };
        return journal.accept({
          org: 'uk',
          client: 'app',
          command: submitMeterReading,
          instance: 'onec-main',
          payload,
          body: payload,
        });
      }),
    );
    await db.query(
      `update operation set status = 'succeeded', holds = false, due_at = null, finished_at = now() where kind = 'meter-readings.submit'`,
    );
    await db.query(
      `insert into event (org, id, type, operation, data, at) select 'uk', gen_random_uuid(), 'operation.succeeded', id, '{"kind":"meter-readings.submit"}', now() from operation where kind = 'meter-readings.submit'`,
    );
    const records = new RecordRepository(db, cipher);
    const put = async (name: string, canonical: Record<string, unknown>): Promise<string> => {
      const id = uuidv7(Date.now());
      const value = entity(name).schema.parse(canonical);
      const now = new Date();
      const record = { id, nativeKey: id, version: '1', nativeHash: null, canonical: value, native: {} };
      const { sql, params = [] } = records.upsertStatement('uk', entity(name), 'onec-main', 'm', [record], now, now);
      await db.query(sql, params);
      return id;
    };
    const building = await put('Building', { name: 'Баумана, 5', timezone: 'Europe/Moscow' });
    const premises = await put('Premises', { building, number: '17' });
    await put('PersonalAccount', { number: '1', premises, state: 'open' });
    await db.query(
      `insert into sync_state (org, instance, entity, delta_at, updated_at) values ('uk', 'onec-main', 'CourtCase', now(), now())`,
    );
    const today = new Date().toISOString().slice(0, 10);
    const later = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    for (let i = 0; i < INQUIRIES; i++) {
      const id = await put('DebtInquiry', {
        subrequest: crypto.randomUUID(),
        premises,
        status: 'sent',
        sentOn: today,
        answerBy: later,
        responseStatus: 'notSent',
      });
      await db.query(
        `insert into event (org, id, type, entity, entity_id, data, at) values ('uk', gen_random_uuid(), 'debt-inquiries.changed', 'DebtInquiry', $1, '{}', now())`,
        [id],
      );
    }

    const seen: number[] = [];
    for (let n = 0; n < KILLS; n++) {
      const pair = [child(), child()];
      await Promise.all(pair.map((c) => c.begun));
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300));
      await Promise.all(pair.map((c) => c.kill()));
      seen.push(await made('meter-readings.publish'));
      await leasesRunOut();
    }
    // The kills struck in the middle, not before the beginning or after the end.
    expect(new Set(seen).size).toBeGreaterThan(2);
    const last = [child(), child()];
    const until = Date.now() + 90_000;
    while (
      (await made('meter-readings.publish')) < READINGS ||
      (await made('debt-inquiries.answer')) < INQUIRIES ||
      (await open()) > 0
    ) {
      if (Date.now() > until) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // What they would do twice they would do now.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await Promise.all(last.map((c) => c.kill()));

    const published = await db.query<{ parent: string; n: number }>(
      `select trace->>'parent' as parent, count(*) as n from operation where kind = 'meter-readings.publish' group by 1`,
    );
    expect(published.rows.filter((r) => Number(r.n) !== 1)).toEqual([]);
    expect(published.rows.map((r) => r.parent).sort()).toEqual(readings.map((r) => r.id).sort());
    const answered = await db.query<{ n: number }>(
      `select count(*) as n from operation where kind = 'debt-inquiries.answer' group by subject`,
    );
    expect(answered.rows.map((r) => Number(r.n))).toEqual(Array.from({ length: INQUIRIES }, () => 1));
    expect(await open()).toBe(0);
  }, 240_000);
});
