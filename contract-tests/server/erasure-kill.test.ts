import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { entities, entity } from '../../canonical/registry.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import { ensureEntities } from '../../storage/entities.ts';
import { migrate } from '../../storage/migrate.ts';
import type { Database } from '../../storage/port.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { testCipher as cipher, onServer } from '../../storage/testing/databases.ts';
import { ownDatabase } from './own-database.ts';

const KILLS = 10;
const MESSAGES = 2_000;
const NEWS = 400;
const PERSON = { name: 'Загребайло Евлампия', phones: ['+79031112233'], emails: [] };

onServer('an erasure that is killed again and again', () => {
  let own: Awaited<ReturnType<typeof ownDatabase>>;
  let db: Database;
  const customer = uuidv7(Date.now());
  const account = uuidv7(Date.now());

  beforeAll(async () => {
    own = await ownDatabase();
    db = await openPostgres({ url: own.url });
    await migrate(db);
    await ensureEntities(
      db,
      [...entities.values()].map((e) => ({
        name: e.name,
        filters: Object.values(e.filters).map((f) => ({ path: f.path, blind: f.blind === true })),
      })),
    );
    const records = new RecordRepository(db, cipher);
    const put = (name: string, list: readonly { id: string; canonical: Record<string, unknown> }[]) => {
      const rows = list.map(({ id, canonical }) => ({ id, ...records.seal('uk', entity(name), id, canonical) }));
      return db.query(
        `insert into record (org, entity, id, instance, native_key, canonical, personal, blind, changed_at, pulled_at)
         select 'uk', $1, u.id, '', '', u.canonical, u.personal, u.blind, now(), now() from unnest($2::uuid[], $3::jsonb[], $4::bytea[], $5::jsonb[]) as u(id, canonical, personal, blind)`,
        [
          name,
          rows.map((r) => r.id),
          rows.map((r) => JSON.stringify(r.open)),
          rows.map((r) => r.personal),
          rows.map((r) => (r.blind === null ? null : JSON.stringify(r.blind))),
        ],
      );
    };
    await put('Customer', [{ id: customer, canonical: PERSON }]);
    await put('Residence', [{ id: uuidv7(Date.now()), canonical: { account, customer, status: 'owner' } }]);
    await put('Charge', [{ id: uuidv7(Date.now()), canonical: { account, period: '2026-10' } }]);
    const ids = Array.from({ length: MESSAGES }, () => uuidv7(Date.now()));
    const text = { channel: 'sms', to: PERSON.phones[0], text: 'Тайна', purpose: 'service', status: 'accepted' };
    await put(
      'Message',
      ids.map((id) => ({ id, canonical: text })),
    );
    await db.query(
      `insert into operation (org, id, kind, client, instance, payload, personal, status, accepted_at, updated_at)
       select 'uk', u.id, 'messages.send', 'c', 'sms', '{}', u.personal, 'dead', now(), now() from unnest($1::uuid[], $2::bytea[]) as u(id, personal)`,
      [ids, ids.map((id) => cipher.seal('{"to":"+79031112233"}', `operation:uk:${id}`))],
    );
    const news = Array.from({ length: NEWS }, () => uuidv7(Date.now()));
    await db.query(
      `insert into inbound (org, instance, dedupe_key, id, event, received_at) select 'uk', 'sms', u.id::text, u.id, u.event, now() from unnest($1::uuid[], $2::bytea[]) as u(id, event)`,
      [news, news.map((id) => cipher.seal('phone=8 (903) 111-22-33', `inbound:uk:${id}`))],
    );
  }, 120_000);
  afterAll(async () => {
    await db?.close();
    await own?.remove();
  }, 30_000);

  /** What is still there of the person, in the form the hub keeps it in. */
  const left = async (): Promise<number> => {
    const { rows } = await db.query<{ n: number }>(
      `select (select count(*) from operation where personal is not null) + (select count(*) from operation where status = 'dead') + (select count(*) from record where personal is not null or blind is not null)
         + (select count(*) from record where entity = 'Residence' and canonical <> '{}') + (select count(*) from erasure where targets is not null) as n`,
    );
    const inbound = await db.query<{ id: string; event: Uint8Array | null }>(
      'select id, event from inbound where event is not null',
    );
    const news = inbound.rows.filter((r) =>
      cipher.openText(r.event as Uint8Array, `inbound:uk:${r.id}`).includes('111-22-33'),
    );
    return Number(rows[0]?.n) + news.length;
  };
  const erasing = () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./erasing-child.ts', import.meta.url)), own.url, customer],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    let output = '';
    const begun = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += String(chunk);
        if (output.includes('begun')) resolve();
      });
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    return { child, begun, exited, output: () => output };
  };

  test('goes on each time, erases wholly, tells what law keeps, and is on record once', async () => {
    const seen: number[] = [await left()];
    for (let n = 0; n < KILLS; n++) {
      const { child, begun, exited } = erasing();
      await begun;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      child.kill('SIGKILL');
      await exited;
      seen.push(await left());
    }
    // All of them struck in the middle.
    expect(Math.min(...seen)).toBeGreaterThan(0);
    expect(new Set(seen).size).toBeGreaterThan(2);
    const last = erasing();
    expect(await last.exited).toBe(0);
    const erasure = JSON.parse(last.output().split('\n')[1] ?? '');
    expect(await left()).toBe(0);
    expect(erasure).toMatchObject({ waitsFor: 0, finishedAt: expect.any(String) });
    const kept = erasure.kept as { what: string; count: number; law: string }[];
    expect(kept.map((k) => k.what)).toEqual(['Charge, Payment, Debt', 'audit']);
    for (const k of kept) expect(k).toMatchObject({ count: 1, law: expect.stringMatching(/ФЗ/) });
    const audit = await db.query('select actor, action, subject from audit');
    expect(audit.rows).toEqual([{ actor: 'key-1', action: 'customers.erase-asked', subject: `Customer:${customer}` }]);
    const states = await db.query('select distinct status from operation');
    expect(states.rows).toEqual([{ status: 'cancelled' }]);
  }, 300_000);
});
