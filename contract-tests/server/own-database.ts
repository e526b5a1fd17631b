import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { serverUrl } from '../../storage/testing/databases.ts';

/** A database of one test file on the server of the tests. */
export async function ownDatabase(): Promise<{ url: string; remove(): Promise<void> }> {
  const name = `hubtest_${randomBytes(6).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const url = new URL(serverUrl);
    if (url.username === '') url.username = process.env.PGUSER ?? 'root';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => run(`drop database if exists ${name} with (force)`) };
}
