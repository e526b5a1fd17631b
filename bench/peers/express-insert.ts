import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';

/** What the parent passes as JSON. */
export interface InsertOptions {
  databaseUrl: string;
}

/** The least that keeps what it was sent: one insert for each request, no check beyond JSON. */
const { databaseUrl } = JSON.parse(process.argv[2] ?? '{}') as InsertOptions;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
await pool.query('create table taken (id bigserial primary key, key text not null unique, body jsonb not null)');
const app = express();
app.post('/v1/messages', express.json(), async (req, res) => {
  const { rows } = await pool.query({
    name: 'take',
    text: 'insert into taken (key, body) values ($1, $2) returning id',
    values: [req.headers['idempotency-key'], JSON.stringify(req.body)],
  });
  res.status(202).json({ id: rows[0].id });
});
const server = createServer(app);
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
