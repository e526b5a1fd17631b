import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { withUser } from '../../storage/postgres/database.ts';

export const databaseUrl = process.env.HUB_TEST_DATABASE_URL ?? 'postgres://127.0.0.1:5432/test';
export const redisUrl = process.env.HUB_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379/4';

/** A database of the benchmark's own on the server of HUB_TEST_DATABASE_URL, and what its durability is. */
export async function ownDatabase(): Promise<{ url: string; durability: string; drop(): Promise<void> }> {
  const name = `hub_bench_${randomBytes(4).toString('hex')}`;
  const { rows } = await once(
    databaseUrl,
    `select current_setting('server_version') as version, current_setting('synchronous_commit') as commit, current_setting('fsync') as fsync`,
  );
  await once(databaseUrl, `create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: withUser(String(url)),
    durability: `PostgreSQL ${rows[0]?.version}, synchronous_commit ${rows[0]?.commit}, fsync ${rows[0]?.fsync}`,
    drop: async () => {
      await once(databaseUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function once(url: string, sql: string): Promise<pg.QueryResult<Record<string, string>>> {
  const client = new pg.Client({ connectionString: withUser(url) });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
