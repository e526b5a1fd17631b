import { expect, test } from '@jest/globals';
import { entities } from '../canonical/registry.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import { storedEntities } from '../storage/entities.ts';
import { RecordRepository } from '../storage/repositories/records.ts';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { readCauses } from './causes.ts';
import { Journal } from './journal.ts';
import { readLife } from './life.ts';
import { OperationSearch } from './search.ts';

const stored = storedEntities(entities.values());

onEachDatabase('finding operations', stored, (store) => {
  let serial = 0;
  const company = () => {
    const org = `uk-${++serial}`;
    const records = new RecordRepository(store.db, testCipher);
    const search = new OperationSearch({
      db: store.db,
      cipher: testCipher,
      records,
      carried: () => [
        { instance: `sms-${org}`, kinds: ['messages.send'] },
        { instance: `onec-${org}`, kinds: ['meter-readings.submit'] },
      ],
    });
    const operation = async (more: Record<string, string | number | null> = {}): Promise<string> => {
      const id = uuidv7(Date.now(), Math.random);
      const row: Record<string, string | number | Date | null> = {
        org,
        id,
        kind: 'messages.send',
        client: 'app',
        instance: `sms-${org}`,
        payload: '{}',
        status: 'succeeded',
        accepted_at: new Date(),
        updated_at: new Date(),
        ...more,
      };
      await store.db.query(
        `insert into operation (${Object.keys(row).join(', ')}) values (${Object.keys(row)
          .map((_k, i) => `$${i + 1}`)
          .join(', ')})`,
        Object.values(row),
      );
      return id;
    };
    const found = async (q: string): Promise<[string, string | null][]> =>
      (await search.find(org, q, {}, 50)).map(({ op, by }) => [op.id, by]);
    return { org, records, search, operation, found };
  };

  test('by the id of a part, of a claim, and by our own number at the upstream', async () => {
    const c = company();
    const [part, claim, own] = [await c.operation(), await c.operation(), await c.operation({ own_id: 4711 })];
    const now = new Date();
    await store.db.query(
      `insert into upstream_ref (org, operation, instance, part, parts, ref, created_at, updated_at) values ($1, $2, $3, 1, 1, 'ref-1', $4, $4)`,
      [c.org, part, `sms-${c.org}`, now],
    );
    await store.db.query(
      `insert into upstream_claim (org, operation, instance, likeness, upstream_id, begun_at) values ($1, $2, $3, '\\x00', 'claim-1', $4)`,
      [c.org, claim, `sms-${c.org}`, now],
    );
    expect(await c.found('ref-1')).toEqual([[part, 'upstream']]);
    expect(await c.found('claim-1')).toEqual([[claim, 'upstream']]);
    expect(await c.found('4711')).toEqual([[own, 'upstream']]);
    expect(await company().found('ref-1')).toEqual([]);
  });

  test('by the phone of the message and by the number of the account, neither of which is stored readably', async () => {
    const c = company();
    const accountId = uuidv7(Date.now(), Math.random);
    const id = await c.operation({ subject: `account:${accountId}` });
    const message = entities.get('Message');
    const accounts = entities.get('PersonalAccount');
    if (!message || !accounts) throw new Error('the model has both');
    const insert = async (entity: string, recordId: string, blind: Record<string, string>): Promise<void> => {
      await store.db.query(
        `insert into record (org, entity, id, canonical, blind, changed_at, pulled_at) values ($1, $2, $3, '{}', $4::jsonb, now(), now())`,
        [c.org, entity, recordId, JSON.stringify(blind)],
      );
    };
    await insert('Message', id, { to: testCipher.blind('Message.to', '+79161234567') });
    await insert('PersonalAccount', accountId, { number: testCipher.blind('PersonalAccount.number', '000777') });
    expect(await c.found('8 916 123-45-67')).toEqual([[id, 'phone']]);
    expect(await c.found('000777')).toEqual([[id, 'account']]);
    expect(await c.found('+79161234568')).toEqual([]);
  });

  test('a list of one kind or connector holds the same as the whole list has of it, page by page', async () => {
    const c = company();
    const ids: string[] = [];
    for (let n = 0; n < 12; n++)
      ids.push(
        await c.operation(
          n % 3 === 0
            ? { kind: 'meter-readings.submit', instance: `onec-${c.org}` }
            : { status: n % 2 ? 'failed' : 'dead' },
        ),
      );
    const list = async (filter: object, before?: string) =>
      (await c.search.list(c.org, filter, 3, before)).map((o) => o.id);
    const readings = ids.filter((_id, n) => n % 3 === 0).reverse();
    expect(await list({ kind: 'meter-readings.submit' })).toEqual(readings.slice(0, 3));
    expect(await list({ kind: 'meter-readings.submit' }, readings[2])).toEqual(readings.slice(3));
    expect(await list({ instance: `onec-${c.org}` })).toEqual(readings.slice(0, 3));
    expect(await list({ kind: 'messages.send', statuses: ['dead'] })).toEqual(
      ids
        .filter((_id, n) => n % 3 !== 0 && n % 2 === 0)
        .reverse()
        .slice(0, 3),
    );
    expect(await list({ withoutKinds: ['messages.send'] })).toEqual(readings.slice(0, 3));
    expect(await list({})).toEqual(ids.toReversed().slice(0, 3));
  });

  test('causes are told apart by kind, connector, code and what the upstream said, the largest first', async () => {
    const c = company();
    const error = (code: string, upstream?: string) =>
      JSON.stringify({
        kind: 'transient',
        code,
        message: `m-${code}`,
        retryable: true,
        ...(upstream ? { upstream: { system: 's', code: upstream } } : {}),
      });
    for (let n = 0; n < 3; n++) await c.operation({ status: 'dead', error: error('A', '1') });
    await c.operation({ status: 'dead', error: error('A', '2') });
    await c.operation({ status: 'dead', error: null, ordering: 'fifo', subject: 's' });
    await c.operation({ status: 'failed', error: error('A', '1') });
    const causes = await readCauses(store.db, c.org, 'dead');
    expect(causes.map((x) => [x.code, x.upstreamCode, x.count, x.holding, x.message])).toEqual([
      ['A', '1', 3, 0, 'm-A'],
      [null, null, 1, 1, null],
      ['A', '2', 1, 0, 'm-A'],
    ]);
    expect(await readCauses(store.db, `${c.org}-other`, 'dead')).toEqual([]);
  });

  test('a life tells what caused an operation, what it caused, and what holds it', async () => {
    const c = company();
    const parent = await c.operation();
    const id = await c.operation({
      status: 'accepted',
      subject: 'meter:1',
      ordering: 'fifo',
      trace: JSON.stringify({ parent }),
    });
    const child = await c.operation({ trace: JSON.stringify({ parent: id }) });
    const later = await c.operation({ status: 'accepted', subject: 'meter:1', ordering: 'fifo' });
    const journal = new Journal({
      db: store.db,
      cipher: testCipher,
      clock: Date,
      random: Math.random,
      onAccepted: () => {},
    });
    const life = await readLife(store.db, testCipher, await journal.get(c.org, id));
    expect([life.parent?.id, life.children.map((o) => o.id), life.heldBy]).toEqual([parent, [child], undefined]);
    expect((await readLife(store.db, testCipher, await journal.get(c.org, later))).heldBy?.id).toBe(id);
  });
});
