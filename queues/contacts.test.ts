import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadContactLimits } from '../calendars/contact-limits.ts';
import { addDays } from '../calendars/local-day.ts';
import { isHubError } from '../canonical/errors.ts';
import { migrate } from '../storage/migrate.ts';
import type { Database } from '../storage/port.ts';
import { recipientIndex } from '../storage/recipient.ts';
import { OptOutRepository } from '../storage/repositories/opt-outs.ts';
import { onEachDatabase, onServer, testCipher } from '../storage/testing/databases.ts';
import type { Admission } from './admission.ts';
import { releaseContact, reserveAtSending } from './contacts.ts';
import { Journal } from './journal.ts';
import { commands } from './testing/workbench.ts';

const [rule] = loadContactLimits();
if (!rule) throw new Error('There must be a rule.');
const command = commands.get('test.none');
if (!command) throw new Error('There must be a command.');
const sendableOn = (day: string): Date => new Date(`${day}T09:00:00Z`);
const contactOn = (recipient: string, day: string, windows: 'rolling' | 'calendar' = 'rolling'): Admission => ({
  recipient,
  purpose: 'debt',
  contact: { rule: { ...rule, windows }, day, sendableOn },
});
const journalOf = (db: Database, clock = { now: () => Date.now() }): Journal =>
  new Journal({ db, cipher: testCipher, clock, random: Math.random, onAccepted: () => {} });
let serial = 0;
const accept = (journal: Journal, admission: Admission, idempotencyKey?: string) => {
  const payload = { n: ++serial };
  return journal.accept({
    org: 'uk',
    client: 'app',
    command,
    instance: 'sms',
    payload: idempotencyKey ? { n: 0 } : payload,
    body: idempotencyKey ? { n: 0 } : payload,
    admission,
    ...(idempotencyKey ? { idempotencyKey } : {}),
  });
};
const accepted = (outcomes: readonly PromiseSettledResult<unknown>[]): number =>
  outcomes.filter((o) => o.status === 'fulfilled').length;
const person = (): string => `person-${++serial}`;

/** The most contacts of one person in any stretch of so many days. */
async function mostIn(db: Database, recipient: string, length: number): Promise<number> {
  const { rows } = await db.query<{ day: string }>(
    'select day::text as day from contact where recipient = $1 and released_at is null',
    [recipient],
  );
  const days = rows.map((r) => r.day);
  return Math.max(0, ...days.map((start) => days.filter((d) => d >= start && d < addDays(start, length)).length));
}

/** Requests of several people on several days, spread over journals as they come. */
const mailings = fc.array(
  fc.record({
    person: fc.integer({ min: 0, max: 2 }),
    day: fc.integer({ min: 0, max: 12 }),
    journal: fc.integer({ min: 0, max: 1 }),
    pause: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);

async function neverTooMany(db: Database, journals: readonly Journal[], runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(mailings, fc.constantFrom('rolling', 'calendar'), async (mailing, windows) => {
      const people = [person(), person(), person()];
      const pending: Promise<unknown>[] = [];
      for (const m of mailing) {
        const journal = journals[m.journal % journals.length] as Journal;
        pending.push(accept(journal, contactOn(people[m.person] as string, addDays('2026-11-02', m.day), windows)));
        if (m.pause) await new Promise((resolve) => setImmediate(resolve));
      }
      const outcomes = await Promise.allSettled(pending);
      for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toMatchObject({ code: 'CONTACT_LIMIT' });
      for (const p of people) {
        expect(await mostIn(db, p, 1)).toBeLessThanOrEqual(2);
        if (windows === 'rolling') expect(await mostIn(db, p, 7)).toBeLessThanOrEqual(4);
        // Calendar weeks of that November: from the 2nd, and from the 9th.
        const { rows } = await db.query(
          `select date_trunc('week', day) as week, count(*) as n from contact where recipient = $1 and released_at is null group by 1`,
          [p],
        );
        for (const r of rows) expect(Number(r.n)).toBeLessThanOrEqual(4);
      }
      // What was refused left nothing behind, what was accepted has its place.
      const { rows } = await db.query('select count(*) as n from contact where recipient = any($1::text[])', [people]);
      expect(Number(rows[0]?.n)).toBe(accepted(outcomes));
    }),
    { numRuns: runs },
  );
}

onEachDatabase('contact limits', [], (store) => {
  test('of requests that come together as many pass as the rule allows, and the rest of the group goes on', async () => {
    const journal = journalOf(store.db);
    const [a, b] = [person(), person()];
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 5 }, () => accept(journal, contactOn(a, '2026-11-24'))),
      accept(journal, contactOn(b, '2026-11-24')),
      journal.accept({ org: 'uk', client: 'app', command, instance: 'sms', payload: { n: 1 }, body: {} }),
    ]);
    expect(outcomes.map((o) => o.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({
      code: 'CONTACT_LIMIT',
      facts: {
        details: { rule: 'messages.perDay', source: '230-ФЗ, ст. 7 ч. 5 п. 2', retryAt: '2026-11-25T09:00:00.000Z' },
        errors: [{ pointer: '/to' }],
      },
    });
  });

  test('a refusal by the week tells the day on which there is room again', async () => {
    const journal = journalOf(store.db);
    const p = person();
    for (const day of ['2026-11-02', '2026-11-02', '2026-11-03', '2026-11-04'])
      await accept(journal, contactOn(p, day));
    await expect(accept(journal, contactOn(p, '2026-11-05'))).rejects.toMatchObject({
      facts: { details: { rule: 'messages.perWeek', retryAt: '2026-11-09T09:00:00.000Z' } },
    });
    await accept(journal, contactOn(p, '2026-11-09'));
  });

  test('a contact planned for a later day counts before it comes', async () => {
    const journal = journalOf(store.db);
    const p = person();
    for (const day of ['2026-11-12', '2026-11-12', '2026-11-13', '2026-11-14'])
      await accept(journal, contactOn(p, day));
    await expect(accept(journal, contactOn(p, '2026-11-10'))).rejects.toMatchObject({ code: 'CONTACT_LIMIT' });
  });

  test('a refused request may come again with the same key, and a replay is no second contact', async () => {
    const journal = journalOf(store.db);
    const p = person();
    const first = await accept(journal, contactOn(p, '2026-11-24'), `k1-${p}`);
    await accept(journal, contactOn(p, '2026-11-24'));
    expect(await accept(journal, contactOn(p, '2026-11-24'), `k1-${p}`)).toEqual({ id: first.id, replayed: true });
    await expect(accept(journal, contactOn(p, '2026-11-24'), `k2-${p}`)).rejects.toMatchObject({
      code: 'CONTACT_LIMIT',
    });
    expect(await accept(journal, contactOn(p, '2026-11-25'), `k2-${p}`)).toMatchObject({ replayed: false });
  });

  test('a place that is given back is free again, and taken again when the operation is tried again', async () => {
    const journal = journalOf(store.db);
    const p = person();
    const { id } = await accept(journal, contactOn(p, '2026-11-24'));
    await accept(journal, contactOn(p, '2026-11-24'));
    await store.db.transact([releaseContact('uk', id, new Date())]);
    await accept(journal, contactOn(p, '2026-11-24'));
    const again = { org: 'uk', operation: id, recipient: p, contact: contactOn(p, '2026-11-24').contact as never };
    expect(await reserveAtSending(store.db, again, new Date())).toEqual(sendableOn('2026-11-25'));
    const tomorrow = { ...again, contact: contactOn(p, '2026-11-25').contact as never };
    expect(await reserveAtSending(store.db, tomorrow, new Date())).toBeUndefined();
    expect(await mostIn(store.db, p, 7)).toBe(3);
  });

  test('an operation that is held over to another day moves its place along', async () => {
    const journal = journalOf(store.db);
    const p = person();
    const { id } = await accept(journal, contactOn(p, '2026-11-24'));
    const claim = { org: 'uk', operation: id, recipient: p, contact: contactOn(p, '2026-11-26').contact as never };
    expect(await reserveAtSending(store.db, claim, new Date())).toBeUndefined();
    const { rows } = await store.db.query('select day::text as day from contact where operation = $1', [id]);
    expect(rows).toEqual([{ day: '2026-11-26' }]);
    await accept(journal, contactOn(p, '2026-11-24'));
    await accept(journal, contactOn(p, '2026-11-24'));
  });

  test('a recipient on the opt-out list is refused for that purpose while the entry holds, with nothing left behind', async () => {
    const clock = { at: Date.parse('2026-11-24T10:00:00Z'), now: () => clock.at };
    const journal = journalOf(store.db, clock);
    const optOuts = new OptOutRepository(store.db, testCipher, clock.now);
    const phone = '+79160000042';
    const to = (purpose: string): Admission => ({ recipient: recipientIndex(testCipher, phone), purpose });
    await optOuts.add({
      org: 'uk',
      phone,
      scope: 'debt',
      reason: 'Заявление',
      by: 'key',
      until: new Date('2026-12-01T00:00:00Z'),
    });
    await accept(journal, to('service'));
    const refused = await accept(journal, to('debt'), 'opt-out').catch((e: unknown) => e);
    expect(isHubError(refused) && refused.code).toBe('RECIPIENT_OPTED_OUT');
    expect(String(refused)).not.toContain(phone);
    const { rows } = await store.db.query(`select count(*) as n from idempotency where key = 'opt-out'`);
    expect(Number(rows[0]?.n)).toBe(0);
    clock.at = Date.parse('2026-12-01T00:00:00Z');
    await accept(journal, to('debt'));
    await optOuts.add({ org: 'uk', phone, scope: 'all', reason: 'Заявление', by: 'key' });
    await expect(accept(journal, to('code'))).rejects.toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    await accept(journalOf(store.db, clock), { ...to('code'), recipient: recipientIndex(testCipher, '+79160000043') });
  });

  test('never more than allowed in any window, however requests come', async () => {
    await neverTooMany(store.db, [journalOf(store.db)], 25);
  }, 60_000);
});

onServer('contact limits of two processes', (open) => {
  test('never more than allowed in any window, however requests of both interleave', async () => {
    const { db, remove } = await open();
    try {
      await migrate(db);
      await neverTooMany(db, [journalOf(db), journalOf(db)], 40);
    } finally {
      await remove();
    }
  }, 90_000);
});
