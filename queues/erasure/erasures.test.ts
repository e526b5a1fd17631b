import { expect, test } from '@jest/globals';
import { HubError } from '../../canonical/errors.ts';
import { entities, entity } from '../../canonical/registry.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import { storedEntities } from '../../storage/entities.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { testCipher as cipher, onEachDatabase } from '../../storage/testing/databases.ts';
import type { Journal } from '../journal.ts';
import { applyRetention } from '../retention.ts';
import { log } from '../testing/workbench.ts';
import { Erasures } from './erasures.ts';
import { isAbout } from './sealed-search.ts';

const stored = storedEntities(entities.values());
const NOW = new Date('2026-11-24T10:00:00Z');

onEachDatabase('erasure', stored, (store) => {
  const bench = () => {
    const { db } = store;
    const org = `org-${Math.random().toString(36).slice(2, 8)}`;
    const records = new RecordRepository(db, cipher);
    const notCancellable = {
      cancel: async () => {
        throw new HubError('conflict', 'OPERATION_NOT_CANCELLABLE', 'x');
      },
    } as unknown as Journal;
    const erasures = new Erasures({
      db,
      cipher,
      clock: { now: () => NOW.getTime() },
      log,
      records,
      journal: notCancellable,
      cancelled: () => [],
      onChange: () => {},
    });
    const put = async (
      name: string,
      canonical: Record<string, unknown>,
      id = uuidv7(NOW.getTime()),
    ): Promise<string> => {
      const { open, personal, blind } = records.seal(org, entity(name), id, canonical);
      const native = name === 'Customer';
      await db.query(
        `insert into record (org, entity, id, instance, native_key, canonical, personal, blind, native_enc, changed_at, pulled_at) values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::jsonb, $9, $10, $10)`,
        [
          org,
          name,
          id,
          native ? 'onec' : '',
          native ? `key-${id}` : '',
          JSON.stringify(open),
          personal,
          blind === null ? null : JSON.stringify(blind),
          native ? cipher.seal('{}', `record:${org}:${name}:${id}`) : null,
          NOW,
        ],
      );
      if (native)
        await db.query('insert into xref (org, entity, instance, native_key, id) values ($1, $2, $3, $4, $5)', [
          org,
          name,
          'onec',
          `key-${id}`,
          id,
        ]);
      return id;
    };
    const message = async (phone: string, status: string, purpose = 'service', finished = NOW): Promise<string> => {
      const id = await put('Message', { channel: 'sms', to: phone, text: 'Тайна', purpose, status: 'sent' });
      await db.query(
        `insert into operation (org, id, kind, client, instance, payload, personal, reference, status, accepted_at, updated_at, finished_at) values ($1, $2, 'messages.send', 'c', 'sms', $3::jsonb, $4, 'doc', $5, $6, $6, $7)`,
        [
          org,
          id,
          JSON.stringify({ purpose }),
          cipher.seal('{}', `operation:${org}:${id}`),
          status,
          NOW,
          status === 'uncertain' ? null : finished,
        ],
      );
      await db.query(
        `insert into attempt (org, operation, no, action, lease_no, instance, started_at, ended_at, traffic) values ($1, $2, 1, 'send', 1, 'sms', $3, $4, $5)`,
        [org, id, NOW, finished, cipher.seal('[]', `traffic:${org}:${id}`)],
      );
      return id;
    };
    const left = async (ids: readonly string[]) =>
      (
        await db.query<{ n: number }>(
          `select (select count(*) from operation where id = any($1::uuid[]) and personal is not null)
                + (select count(*) from attempt where operation = any($1::uuid[]) and traffic is not null)
                + (select count(*) from record where id = any($1::uuid[]) and (personal is not null or blind is not null or native_enc is not null)) as n`,
          [ids],
        )
      ).rows[0]?.n;
    return { db, org, erasures, put, message, left };
  };

  test('empties the person, messages and news; leaves those of others, and what runs until it has ended', async () => {
    const t = bench();
    const person = await t.put('Customer', { name: 'Загребайло Евлампия', phones: ['+79031112233'], emails: [] });
    const other = await t.put('Customer', { name: 'Другой Человек', phones: ['+79034445566'], emails: [] });
    const found = async (): Promise<string[]> =>
      (await new RecordRepository(t.db, cipher).byWords(t.org, entity('Customer'), ['загре'], 10)).map((r) => r.id);
    expect(await found()).toEqual([person]);
    const residence = await t.put('Residence', { account: uuidv7(1), customer: person, status: 'owner' });
    const over = [await t.message('+79031112233', 'succeeded'), await t.message('+79031112233', 'failed')];
    const running = await t.message('+79031112233', 'uncertain');
    const others = await t.message('+79034445566', 'succeeded');
    const news = uuidv7(NOW.getTime());
    await t.db.query(
      `insert into inbound (org, instance, dedupe_key, id, event, received_at) values ($1, 'sms', 'd1', $2, $3, $5), ($1, 'sms', 'd2', $4, $6, $5)`,
      [
        t.org,
        news,
        cipher.seal('phone=8 (903) 111-22-33', `inbound:${t.org}:${news}`),
        other,
        NOW,
        cipher.seal('phone=89034445566', `inbound:${t.org}:${other}`),
      ],
    );
    const first = await t.erasures.erase(t.org, person, { by: 'k', reason: 'r', files: [] });
    expect(first).toMatchObject({ waitsFor: 1, finishedAt: null, counts: { records: 2, messages: 2, news: 1 } });
    expect(await t.left([person, residence, ...over])).toBe(0);
    expect(await found()).toEqual([]);
    expect(await t.left([other, others])).toBe(4);
    expect(await t.left([running])).toBe(3);
    expect((await t.db.query('select 1 from suppression where org = $1 and id = $2', [t.org, person])).count).toBe(1);
    const failed = await t.db.query<{ status: string }>('select status from operation where id = $1', [
      over[1] as string,
    ]);
    expect(failed.rows[0]?.status).toBe('cancelled');
    await t.db.query(`update operation set status = 'succeeded', finished_at = $2 where id = $1`, [running, NOW]);
    await t.erasures.round();
    expect(await t.erasures.find(t.org, person)).toMatchObject({
      waitsFor: 0,
      finishedAt: NOW,
      counts: { messages: 3 },
    });
    expect(await t.left([running])).toBe(0);
    const { rows } = await t.db.query('select targets from erasure where org = $1', [t.org]);
    expect(rows).toEqual([{ targets: null }]);
  });

  test('of another organisation is not found', async () => {
    const [a, b] = [bench(), bench()];
    const person = await a.put('Customer', { name: 'Загребайло Евлампия', phones: [], emails: [] });
    await expect(b.erasures.erase(b.org, person, { by: 'k', reason: 'r', files: [] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('by retention takes phone and text when the purpose of a message is over, and keeps the operation', async () => {
    const t = bench();
    const old = new Date(NOW.getTime() - 40 * 86_400_000);
    const code = await t.message('+79031112233', 'succeeded', 'code', old);
    const fresh = await t.message('+79031112233', 'succeeded', 'code', NOW);
    const debt = await t.message('+79031112233', 'succeeded', 'debt', old);
    const settings = { operationsDays: 1000, eventsDays: 1000, idempotencyDays: 1000 };
    const removed = await applyRetention(t.db, { ...settings, contentDays: { code: 30 }, trafficDays: 35 }, NOW);
    expect(removed['content.code']).toBeGreaterThanOrEqual(1);
    expect([await t.left([code]), await t.left([fresh]), await t.left([debt])]).toEqual([0, 3, 2]);
    const kept = await t.db.query<{ reference: string }>('select reference from operation where id = $1', [code]);
    expect(kept.rows[0]?.reference).toBe('doc');
  });
});

test('a person is recognised by a phone in any usual form', () => {
  const marks = { phones: ['+79031112233'], emails: ['a.person@example.ru'], names: ['Загребайло Евлампия'], keys: [] };
  for (const text of [
    '8 (903) 111-22-33',
    '+7 903 111 22 33',
    '{"phone":"79031112233"}',
    'A.Person@example.ru',
    'загребайло евлампия',
  ])
    expect([text, isAbout(text, marks)]).toEqual([text, true]);
  for (const text of ['+79031112234', 'другой', '']) expect(isAbout(text, marks)).toBe(false);
});
