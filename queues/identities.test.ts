import { expect, test } from '@jest/globals';
import type { Operation } from '../storage/repositories/operation.ts';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { linkingIdentities } from './identities.ts';
import type { TrackSink } from './ports.ts';

const ID = '0192f0c4-7a1b-7c3d-8e4f-791612345670';
let organisations = 0;

onEachDatabase('identities of results', [], (store) => {
  const sink = linkingIdentities({ outcome: () => [] } as unknown as TrackSink);
  const ended = async (org: string, status: 'succeeded' | 'failed', identities: unknown): Promise<void> => {
    const op = { org, instance: 'gis' } as Operation;
    const statements = sink.outcome(op, status, { identities }, new Date());
    if (statements.length > 0) await store.db.transact(statements);
  };
  const keys = async (org: string) =>
    (await store.db.query('select native_key, id from xref where org = $1 order by 1', [org])).rows;

  test('a success links its record and brings the version of what is kept of it', async () => {
    const org = `identities-${organisations++}`;
    await store.db.query(
      `insert into foreign_record (org, instance, entity, native_key, id, state, version, canonical, native_enc, changed_at, pulled_at)
       values ($1, 'gis', 'Meter', 'root', gen_random_uuid(), 'unmatched', 'v1', '{}', '\\x00', now(), now())`,
      [org],
    );
    await ended(org, 'succeeded', [{ entity: 'Meter', id: ID, nativeKey: 'root', version: 'v2' }]);
    expect(await keys(org)).toEqual([{ native_key: 'root', id: ID }]);
    const { rows } = await store.db.query(
      'select version, written_at is not null as written from foreign_record where org = $1',
      [org],
    );
    expect(rows).toEqual([{ version: 'v2', written: true }]);
  });

  test('a failure, and what is no identity, link nothing', async () => {
    const org = `identities-${organisations++}`;
    await ended(org, 'failed', [{ entity: 'Meter', id: ID, nativeKey: 'root' }]);
    await ended(org, 'succeeded', [{ entity: 'Meter', id: 'x', nativeKey: 'root' }, null, { id: ID }]);
    await ended(org, 'succeeded', 'root');
    expect(await keys(org)).toEqual([]);
  });
});
