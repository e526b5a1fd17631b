import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sealedColumns } from '../../storage/sealed-columns.ts';
import { type Answer, eventually, startTestHub, type TestHub } from './harness.ts';

interface Person {
  id: string;
  name: string;
  phones: [string];
  source: { key: string };
}
let t: TestHub;
let people: Person[];
let at = 0;
const next = (): Person => people[at++] as Person;
const erase = (person: Person, more: object = {}): Promise<Answer> =>
  t.call('POST', `/v1/customers/${person.id}/erase`, { reason: `заявление, ${person.name}`, ...more });
const send = (person: Person, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  t.call(
    'POST',
    '/v1/messages',
    { channel: 'sms', to: person.phones[0], text: `Здравствуйте, ${person.name}!`, purpose: 'accident', ...more },
    headers,
  );

/** Everything in the store that tells of a person, sealed or not. */
async function tracesOf(person: Person): Promise<string[]> {
  const { db, cipher } = t.hub.store;
  const marks = [person.name, person.phones[0].slice(2)];
  const found: string[] = [];
  for (const c of sealedColumns) {
    const { rows } = await db.query(`select * from ${c.table} where ${c.column} is not null`);
    for (const r of rows) {
      const text = Buffer.from(cipher.open(r[c.column] as Uint8Array, c.context(r))).toString();
      if (marks.some((m) => text.includes(m))) found.push(`${c.table}.${c.column}`);
    }
  }
  const tables = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables.rows) {
    const { rows } = await db.query<{ v: string }>(`select to_jsonb(x)::text as v from "${name}" x`);
    if (rows.some(({ v }) => marks.some((m) => v.includes(m)))) found.push(name);
  }
  return [...new Set(found)].sort();
}

beforeAll(async () => {
  t = await startTestHub({ accounts: 30 });
  await t.hub.sync.run({ instance: 'onec-main' });
  const { items } = (await t.call('GET', '/v1/customers?limit=500')).body as { items: Person[] };
  // Some of the invented people have the same name; each of these has one of its own.
  people = items.filter((p) => p.phones.length > 0 && items.filter((o) => o.name === p.name).length === 1);
  expect(people.length).toBeGreaterThan(6);
}, 90_000);
afterAll(() => t.stop(), 30_000);

describe('an erased person', () => {
  test('is nowhere in the store but where the answer says so, is told to readers of the feed, and stays erased', async () => {
    const person = next();
    const sent = await send(person, {}, { prefer: 'wait=10' });
    const failed = await send(person, { sender: 'NoSuchName' }, { prefer: 'wait=10' });
    const later = await send(person, { notBefore: '2030-01-01T10:00:00+03:00' });
    const file = await t.call('POST', '/v1/files', person.name, {
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(person.name)}.pdf`,
    });
    const optOut = await t.call('POST', '/v1/opt-outs', { phone: person.phones[0], scope: 'debt', reason: 'x' });
    expect(optOut.status).toBe(201);
    expect((await tracesOf(person)).length).toBeGreaterThan(5);
    const head = (await t.call('GET', '/v1/changes?after=0&limit=1000')).body.next;

    const erased = await erase(person, { files: [file.body.id] });
    expect(erased.status).toBe(200);
    expect(erased.body).toMatchObject({ waitsFor: 0, counts: { messages: 3, files: 1 } });
    expect(erased.body.counts.records).toBeGreaterThanOrEqual(1);
    const kept = erased.body.kept as { what: string; law: string; confirmed: boolean }[];
    expect(kept.map((k) => k.what)).toEqual(expect.arrayContaining(['opt-out', 'Charge, Payment, Debt']));
    for (const k of kept) expect([k.confirmed, k.law]).toEqual([false, expect.stringMatching(/ФЗ|ЖК РФ/)]);
    // The reason is what the operator wrote; the opt-out is named among what is kept.
    expect(await tracesOf(person)).toEqual(['erasure.reason', 'opt_out.phone']);

    for (const path of [`/v1/customers/${person.id}`, `/v1/messages/${sent.body.id}`, `/v1/files/${file.body.id}`])
      expect((await t.call('GET', path)).status).toBe(404);
    for (const [op, status] of [
      [sent, 'succeeded'],
      [failed, 'cancelled'],
      [later, 'cancelled'],
    ] as const) {
      const now = (await t.call('GET', `/v1/operations/${op.body.id}`)).body;
      expect([now.status, now.payload.to, now.payload.text]).toEqual([status, undefined, undefined]);
    }
    expect((await t.call('POST', `/v1/operations/${failed.body.id}/retry`)).status).toBe(409);
    const events = await eventually(
      () => t.call('GET', `/v1/changes?after=${head}&limit=1000`),
      (a) => a.body.items.filter((e: { type: string }) => /removed/.test(e.type)).length >= 4,
    );
    expect(events.body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'customers.removed', entityId: person.id }),
        expect.objectContaining({ type: 'messages.removed', entityId: sent.body.id }),
      ]),
    );

    await t.hub.sync.run({ instance: 'onec-main', full: true });
    expect((await t.call('GET', `/v1/customers/${person.id}`)).status).toBe(404);
    expect(await tracesOf(person)).toEqual(['erasure.reason', 'opt_out.phone']);
    // The operator sees that the upstream still has the person.
    expect((await t.call('GET', '/v1/erasures')).body.items[0]).toMatchObject({
      customer: person.id,
      seenAgainAt: expect.any(String),
    });
    await t.call('GET', '/v1/audit/head');
    expect((await t.call('GET', '/v1/audit?action=customers.erase&limit=1')).body.items[0]).toMatchObject({
      actor: 'control',
      subject: `Customer:${person.id}`,
    });
  }, 60_000);

  test('is not brought back by a quarantine, and a record in it goes too', async () => {
    const person = next();
    const corrupt = (body: object) =>
      fetch(`${t.onec.url}/__sim/objects`, {
        method: 'POST',
        body: JSON.stringify({ set: 'Catalog_ФизическиеЛица', action: 'corrupt', key: person.source.key, body }),
      });
    await corrupt({ Фамилия: person.name.repeat(20) });
    await t.hub.sync.run({ instance: 'onec-main', entity: 'Customer', full: true });
    expect((await t.call('GET', '/v1/quarantine')).body.items).toHaveLength(1);
    expect((await erase(person)).body.counts.quarantine).toBe(1);
    await t.hub.sync.run({ instance: 'onec-main', entity: 'Customer', full: true });
    expect((await t.call('GET', '/v1/quarantine')).body.items).toEqual([]);
    expect(await tracesOf(person)).toEqual(['erasure.reason']);
    await corrupt({ Фамилия: 'x' });
  }, 60_000);

  test('whose message is under way is erased when it has ended', async () => {
    const person = next();
    await fetch(`${t.sms.url}/__sim/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'cut-after-commit', times: 1 }),
    });
    await fetch(`${t.sms.url}/__sim/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'http-500', match: 'status' }),
    });
    const sent = await send(person);
    await eventually(
      () => t.call('GET', `/v1/operations/${sent.body.id}`),
      (a) => a.body.status === 'uncertain',
    );
    const first = await erase(person);
    expect([first.status, first.body.waitsFor, first.body.finishedAt]).toEqual([202, 1, null]);
    expect((await t.call('GET', `/v1/customers/${person.id}`)).status).toBe(404);
    await fetch(`${t.sms.url}/__sim/faults`, { method: 'DELETE' });
    await t.call('POST', `/v1/operations/${sent.body.id}/resolve`, { answer: 'happened' });
    await eventually(
      () => t.call('GET', '/v1/erasures'),
      (a) => a.body.items.find((e: { customer: string }) => e.customer === person.id).finishedAt !== null,
      45_000,
    );
    expect(await tracesOf(person)).toEqual(['erasure.reason']);
  }, 90_000);

  test('whose erasure broke off in the middle is erased by the next round', async () => {
    const person = next();
    await send(person, {}, { prefer: 'wait=10' });
    await t.hub.store.db.query('alter table quarantine rename to quarantine_away');
    expect((await erase(person)).status).toBe(500);
    await t.hub.store.db.query('alter table quarantine_away rename to quarantine');
    expect((await t.call('GET', `/v1/customers/${person.id}`)).status).toBe(404);
    await eventually(
      () => t.call('GET', '/v1/erasures'),
      (a) => a.body.items.find((e: { customer: string }) => e.customer === person.id).finishedAt !== null,
      45_000,
    );
    expect(await tracesOf(person)).toEqual(['erasure.reason']);
  }, 60_000);

  test('that is asked for twice is answered twice, and one that is not there is not found', async () => {
    const person = next();
    expect((await erase(person)).status).toBe(200);
    expect((await erase(person)).status).toBe(200);
    expect(
      (await t.call('POST', '/v1/customers/0192f0c4-7a1b-7c3d-8e4f-791612345670/erase', { reason: 'x' })).status,
    ).toBe(404);
    expect((await t.call('POST', `/v1/customers/${next().id}/erase`, {})).status).toBe(400);
  });
});
