import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { changeOnec, type GisZhkhSide, linkGisZhkh, startGisZhkh } from '../hub/giszhkh.ts';
import { eventually, startTestHub, type TestHub } from '../hub/harness.ts';

/** A hub with a company in it on which something of everything has happened. */
export interface Stage {
  hub: TestHub;
  /** Keys by what they may do. */
  keys: { all: string; watcher: string; desk: string; comparer: string; nothing: string; other: string };
  giszhkh: GisZhkhSide;
  /** A comparison with ГИС ЖКХ that has ended. */
  comparison: string;
  /** Operations by what became of them. */
  ops: { delivered: string; refused: string; dead: string[]; templated: string };
  account: { id: string; number: string; holder: string };
  /** A task about the operations that died. */
  task: string;
  /** An endpoint that takes events. */
  webhook: string;
  /** Operations that die. */
  killSome(): Promise<string[]>;
  /** A few messages more. */
  sendSome(): Promise<void>;
  stop(): Promise<void>;
}

const DEAD = 7;
const TEXT = 'Завтра с 10 до 14 часов не будет горячей воды.';
/** A sum of digits that every gateway takes, by its place in the row. */
const phone = (n: number): string => `+7916${String(1_230_000 + n)}`;

export async function startStage(): Promise<Stage> {
  const giszhkh = await startGisZhkh({ accounts: 62, buildings: 2 });
  const t = await startTestHub({
    accounts: 60,
    connectors: giszhkh.connectors,
    extra: 'limits: { quietHours: off }\nwebhooks: { allowAddresses: [127.0.0.1/32] }',
  });
  const taker = await startTaker();
  const make = async (name: string, scopes: string[]): Promise<string> =>
    (await t.call('POST', '/v1/keys', { name, scopes })).body.key;
  const keys = {
    all: await make('Дежурный инженер', ['*']),
    watcher: await make('Только просмотр', ['read:operations']),
    nothing: await make('Без прав', ['write:files']),
    other: (await t.call('POST', '/v1/keys', { name: 'другая', scopes: ['*'], organisation: 'other' })).body
      .key as string,
    comparer: await make('Сверка без лицевых счетов', ['read:reconciliations']),
    desk: await make('Диспетчерская', ['read:*', 'write:messages']),
  };
  await changeOnec(t);
  await t.hub.sync.run({ instance: 'onec-main' });
  await linkGisZhkh(t, giszhkh);
  // One that has charges, so none of the new ones.
  const account = (await t.call('GET', '/v1/accounts?limit=100')).body.items.find((a: Stage['account']) =>
    a.number.startsWith('1'),
  ) as Stage['account'];
  const send = async (n: number, more: object = {}, wait = 15): Promise<{ id: string; status: string }> => {
    const { status, body } = await t.call(
      'POST',
      '/v1/messages',
      { channel: 'sms', to: phone(n), text: `${TEXT} № ${n}`, ...more },
      wait > 0 ? { prefer: `wait=${wait}` } : {},
    );
    // Told here and now: what waits for it later would only see that its time is over.
    if (status !== (wait > 0 ? 200 : 202))
      throw new Error(`message ${n}: ${status} ${JSON.stringify(body)}\n${t.lines.slice(-30).join('\n')}`);
    return body as { id: string; status: string };
  };
  const template = {
    text: undefined,
    template: 'payment-due',
    variables: { account: account.number, amount: '4350.20', dueDate: '2026-12-10' },
  };
  const hook = await t.call('POST', '/v1/webhooks', {
    url: `http://127.0.0.1:${(taker.address() as AddressInfo).port}/events`,
    description: 'Расчётный центр',
    types: ['message.*', 'operation.dead'],
  });
  const delivered = await send(1, { account: account.id, reference: 'Док-000123', ...template });
  await Promise.all(Array.from({ length: 12 }, (_v, n) => send(10 + n)));
  const refused = await send(40, { sender: 'NEIZVESTNO' });
  const templated = await changedTemplate(t, send);
  await keepInQuarantine(t);
  const dead = await killSome(t, send);
  t.sms.clock.advance(60_000);
  await eventually(
    () => t.call('GET', `/v1/messages/${delivered.id}`),
    (m) => m.body.status === 'delivered',
  );
  const tasks = await eventually(
    () => t.call('GET', '/v1/tasks?status=open&kind=dead'),
    (x) => x.body.items[0]?.count === DEAD,
    40_000,
  );
  const { id: comparison } = (await t.call('POST', '/v1/reconciliations', { instance: 'giszhkh-main' })).body;
  await eventually(
    () => t.call('GET', `/v1/reconciliations/${comparison}`),
    (r) => r.body.status === 'done',
  );
  let serial = 100;
  return {
    hub: t,
    webhook: hook.body.id as string,
    task: tasks.body.items[0].id as string,
    killSome: () => killSome(t, (n, more, wait) => send(n + 200 + serial++, more, wait)),
    sendSome: async () => {
      await Promise.all([send(serial++), send(serial++), send(serial++)]);
    },
    keys,
    giszhkh,
    comparison,
    account,
    ops: { delivered: delivered.id, refused: refused.id, dead, templated },
    stop: async () => {
      await t.stop();
      await giszhkh.sim.close();
      taker.closeAllConnections();
      await new Promise((resolve) => taker.close(resolve));
    },
  };
}

/** Operations that are given up for their age: they are made old while the connector rests, instead of waiting for days. */
async function killSome(
  t: TestHub,
  send: (n: number, more?: object, wait?: number) => Promise<{ id: string }>,
): Promise<string[]> {
  await t.call('POST', '/v1/connectors/sms-main/pause', { reason: 'проверка связи' });
  t.sms.faults.add({ fault: 'throttle' });
  const made = await Promise.all(Array.from({ length: DEAD }, (_v, n) => send(60 + n, {}, 0)));
  const ids = made.map((m) => m.id);
  const { db } = t.hub.store;
  await db.query(`update operation set accepted_at = accepted_at - interval '30 days' where id = any($1::uuid[])`, [
    ids,
  ]);
  await t.call('POST', '/v1/connectors/sms-main/resume');
  await eventually(
    () => db.query(`select id from operation where id = any($1::uuid[]) and status = 'dead'`, [ids]),
    ({ count }) => count === DEAD,
    40_000,
  );
  t.sms.faults.clear();
  return ids;
}

/** A refused message whose template has changed since: what it said then stands in its payload. */
async function changedTemplate(
  t: TestHub,
  send: (n: number, more?: object) => Promise<{ id: string }>,
): Promise<string> {
  const { id } = await send(50, {
    text: undefined,
    template: 'payment-due',
    variables: { account: '000012345', amount: '4350.20', dueDate: '2026-12-10' },
    sender: 'NEIZVESTNO',
  });
  const { db, cipher } = t.hub.store;
  const context = `operation:uk:${id}`;
  const { rows } = await db.query<{ personal: Uint8Array }>('select personal from operation where id = $1', [id]);
  const personal = JSON.parse(cipher.openText(rows[0]?.personal as Uint8Array, context)) as Record<string, unknown>;
  const text = 'Долг по счету 000012345: 4350 р. Срок 10.12';
  await db.query(`update operation set personal = $2, payload = payload - 'sender' where id = $1`, [
    id,
    cipher.seal(JSON.stringify({ ...personal, text }), context),
  ]);
  return id;
}

async function keepInQuarantine({ hub: { store } }: TestHub): Promise<void> {
  const row = async (entity: string, key: string, field: string, reason: string): Promise<void> => {
    const native = store.cipher.seal('{"Ref_Key":"x"}', `quarantine:uk:onec-main:${entity}:${key}`);
    await store.db.query(
      `insert into quarantine (org, instance, entity, native_key, reason, field, mapping, native_enc, first_at, last_at)
       values ('uk', 'onec-main', $1, $2, $3, $4, $5, $6, now() - interval '2 days', now() - interval '20 minutes')`,
      [entity, key, reason, field, `onec/${entity.toLowerCase()}`, native],
    );
  };
  await row(
    'Meter',
    '5f3c9a52-1d6e-4b8a-9c57-0a7a5d7be101',
    'resource',
    'resource: is not one of cold-water, hot-water, electricity, gas, heat',
  );
  await row('PersonalAccount', '8d1f4c70-64f2-4c0b-8a53-2f4be9d2ab77', 'area', 'area: must be a decimal number');
}

/** Takes whatever it is sent. */
async function startTaker(): Promise<Server> {
  const server = createServer((req, res) => {
    req.resume().on('end', () => res.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** A day of figures, as a company of the usual size would have made them; for pictures. */
export async function fillHistory({ hub }: Stage): Promise<void> {
  const quarter = 15 * 60_000;
  const now = Math.floor(Date.now() / quarter) * quarter;
  const rows = Array.from({ length: 96 }, (_v, n) => {
    const at = new Date(now - (n + 1) * quarter);
    const day = Math.max(0, Math.sin(((at.getUTCHours() + 3 - 6 + at.getUTCMinutes() / 60) / 24) * 2 * Math.PI));
    const accepted = Math.round(12 + 210 * day + 25 * Math.abs(Math.sin(n * 2.7)));
    const bad = n > 30 && n < 36 ? Math.round(accepted * 0.35) : Math.round(accepted * 0.012);
    return { at, accepted, bad };
  });
  await hub.hub.store.db.query(
    `insert into operation_stat (org, span, start, kind, instance, status, n)
     select 'uk', 'minute', u.at, 'messages.send', 'sms-main', u.status, u.n from unnest($1::timestamptz[], $2::text[], $3::bigint[]) as u(at, status, n) where u.n > 0
     on conflict do nothing`,
    [
      rows.flatMap((r) => [r.at, r.at, r.at]),
      rows.flatMap(() => ['accepted', 'succeeded', 'dead']),
      rows.flatMap((r) => [r.accepted, r.accepted - r.bad, r.bad]),
    ],
  );
}
