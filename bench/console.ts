import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../config/load.ts';
import { connectorKinds, connectorSchemas } from '../connectors/registry.ts';
import { type Hub, startHub } from '../hub.ts';
import { openPostgres } from '../storage/postgres/database.ts';
import { ownDatabase } from './peers/server-database.ts';
import type { Report } from './report.ts';

const MILLION = 1_000_000;
const CALLS = 100;
const WARM_UP = 10;
const DAYS = 30;
const PHONES = 200_000;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const CONFIG = `
organisations: [{ id: uk, name: УК, timezone: Europe/Moscow }]
connectors:
  sms-main: { system: smsc, organisation: uk, url: "http://127.0.0.1:9", auth: { login: hub, password: hub-sandbox } }
  sms-backup: { system: smsc, organisation: uk, url: "http://127.0.0.1:9", auth: { login: hub, password: hub-sandbox } }
  onec-main: { system: onec, organisation: uk, url: "http://127.0.0.1:9/uk", timezone: Europe/Moscow, auth: { login: hub, password: hub-sandbox } }
`;

/** What the console asks for, on PostgreSQL with a million operations of a month: p50 and p95 of each call, over HTTP. */
export async function consoleBenchmark(
  report: Report,
  { operations = MILLION }: { operations?: number },
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-console-'));
  const database = await ownDatabase();
  let hub: Hub | undefined;
  try {
    hub = await startHub({
      config: parseConfig(CONFIG, 'hub.yaml', connectorSchemas(), {}, connectorKinds()),
      dataDir,
      databaseUrl: database.url,
      port: 0,
      host: '127.0.0.1',
      active: false,
      controlKey: `hub_${randomBytes(16).toString('hex')}`,
      log: quiet,
    });
    await fill(hub, database.url, operations, report);
    const { key } = await hub.keys.create({ org: 'uk', name: 'bench', scopes: ['*'] });
    report.row('the console: operations in the journal', operations.toLocaleString('en-US'));
    for (const [name, call] of Object.entries(await callsOf(hub))) {
      const times: number[] = [];
      for (let n = 0; n < WARM_UP + CALLS; n++) {
        const began = performance.now();
        const { path, body } = call(n);
        const answer = await fetch(`${hub.url}${path}`, {
          method: body ? 'POST' : 'GET',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const text = await answer.text();
        if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${text.slice(0, 300)}`);
        if (n >= WARM_UP) times.push(performance.now() - began);
      }
      times.sort((a, b) => a - b);
      const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
      report.row(`— ${name}, ms p50 / p95`, `${at(0.5)} / ${at(0.95)}`);
    }
  } finally {
    await hub?.close();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface BenchCall {
  path: string;
  body?: unknown;
}

async function callsOf(hub: Hub): Promise<Record<string, (n: number) => BenchCall>> {
  const { rows } = await hub.store.db.query<{ id: string; reference: string }>(
    'select id, reference from operation where org = $1 order by random() limit 120',
    ['uk'],
  );
  const some = (n: number) => rows[n % rows.length] as { id: string; reference: string };
  const search = (body: (n: number) => object) => (n: number) => ({ path: '/v1/operations/search', body: body(n) });
  const list = (query: string) => () => ({ path: `/v1/operations/masked?${query}` });
  const since = (days: number): string => encodeURIComponent(new Date(Date.now() - days * 86_400_000).toISOString());
  return {
    overview: () => ({ path: '/v1/overview' }),
    'figures of a day, by quarter of an hour': () => ({ path: `/v1/stats?step=900&since=${since(1)}` }),
    'figures of a month, by the hour': () => ({ path: `/v1/stats?step=3600&since=${since(DAYS - 1)}` }),
    'dead operations by cause': () => ({ path: '/v1/operations/causes?status=dead' }),
    'failed operations by cause': () => ({ path: '/v1/operations/causes?status=failed' }),
    'newest operations': list('deliveries=without'),
    'of a status': list('status=failed'),
    'of two statuses': list('status=dead,uncertain'),
    'of a rare kind': list('kind=meter-readings.submit'),
    'of a connector that was used a month ago': list('instance=sms-backup'),
    'of a rare kind and a status': list('kind=meter-readings.submit&status=failed'),
    'by id': search((n) => ({ q: some(n).id })),
    'by reference': search((n) => ({ q: some(n).reference })),
    'by phone': search((n) => ({ q: phone(n * 37) })),
    'by id of the gateway': search((n) => ({ q: String(1_000 + n) })),
    'by something that is not there': search(() => ({ q: 'нет-такого' })),
    'life of one operation': (n) => ({ path: `/v1/operations/${some(n).id}/life` }),
  };
}

function phone(n: number): string {
  return `+79${String(n % PHONES).padStart(9, '0')}`;
}

/** A month of operations: 92 % succeeded, 4 % failed, 1 % dead, 1 % cancelled, the rest under way; each with an attempt. */
async function fill(hub: Hub, url: string, operations: number, report: Report): Promise<void> {
  const { cipher } = hub.store;
  // Filling takes longer than the hub lets any statement of its own.
  const db = await openPostgres({ url });
  const run = (sql: string, params: Parameters<typeof db.query>[1] = []) => db.query(sql, params, { unlimited: true });
  try {
    const step = 100_000;
    for (let from = 0; from < operations; from += step) {
      report.progress(`console: ${from} of ${operations} filled in`);
      await run(
        `insert into operation (org, id, kind, client, instance, subject, payload, reference, status, waiting_for, attempts, due_at, own_id, error, result, accepted_at, updated_at, finished_at)
         select 'uk', (lpad(to_hex((extract(epoch from u.at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(u.n % 4096), 3, '0') || '8' || substr(md5(u.n::text), 1, 15))::uuid,
           case when u.n % 200 = 0 then 'meter-readings.submit' else 'messages.send' end, 'app',
           case when u.n % 200 = 0 then 'onec-main' when u.n < $3 / 50 then 'sms-backup' else 'sms-main' end,
           'account:' || substr(md5((u.n % 34588)::text), 1, 32), '{"channel":"sms","purpose":"service"}', 'doc-' || u.n,
           u.status, case when u.status = 'waiting' then 'time' end, 1, case when u.status in ('accepted', 'waiting', 'retrying') then now() + interval '1 day' end, u.n + 1000,
           case when u.status in ('failed', 'dead', 'uncertain', 'retrying') then jsonb_build_object('kind', 'rejected', 'code', 'CODE_' || u.n % 17, 'message', 'What happened', 'retryable', false, 'upstream', jsonb_build_object('system', 'smsc', 'code', (u.n % 9)::text)) end,
           case when u.status = 'succeeded' then '{"segments":1}'::jsonb end, u.at, u.at, case when u.status in ('succeeded', 'failed', 'dead', 'cancelled') then u.at end
         from (select n, now() - interval '${DAYS} days' * (1 - n::float8 / $3) as at,
           case when n % 100 < 4 then 'failed' when n % 100 = 4 then 'dead' when n % 100 = 5 then 'cancelled' when n % 1000 = 6 then 'uncertain' when n % 1000 = 7 then 'retrying' when n % 1000 = 8 then 'waiting' when n % 1000 = 9 then 'accepted' else 'succeeded' end as status
           from generate_series($1::bigint, $2::bigint) as n) u`,
        [from, Math.min(operations, from + step) - 1, operations],
      );
    }
    report.progress('console: attempts, messages, figures');
    await run(
      `insert into attempt (org, operation, no, action, lease_no, instance, started_at, ended_at, outcome) select org, id, 1, 'send', 1, instance, accepted_at, accepted_at, 'done' from operation`,
    );
    const digests = Array.from({ length: PHONES }, (_v, n) => cipher.blind('Message.to', phone(n)));
    await run(
      `insert into record (org, entity, id, canonical, blind, changed_at, pulled_at)
       select org, 'Message', id, '{"channel":"sms","status":"delivered"}', jsonb_build_object('to', ($1::text[])[1 + (own_id % ${PHONES})::int]), accepted_at, accepted_at from operation where kind = 'messages.send'`,
      [digests],
    );
    await run(
      `insert into operation_stat (org, span, start, kind, instance, status, n)
       select org, p.span, date_trunc(p.span, accepted_at, 'UTC'), kind, instance, s.status, count(*) from operation cross join (values ('minute'), ('hour')) as p(span)
         cross join lateral (values ('accepted'), (status)) as s(status)
       where p.span = 'hour' or accepted_at > now() - interval '3 days' group by 1, 2, 3, 4, 5, 6 on conflict do nothing`,
    );
    await run('vacuum analyze');
  } finally {
    await db.close();
  }
}
