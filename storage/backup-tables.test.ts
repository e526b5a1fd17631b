import { expect, test } from '@jest/globals';
import { backedUp, leftOut } from './backup.ts';
import { openBefore, openTestPglite } from './testing/databases.ts';

const store = openBefore(() => openTestPglite(), []);

test('a backup knows every table of the schema: what it keeps, and what it may leave out', async () => {
  const { rows } = await store.db.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  );
  expect(rows.map((r) => r.name).sort()).toEqual([...backedUp, ...leftOut].sort());
});
