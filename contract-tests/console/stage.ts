import { eventually, startTestHub, type TestHub } from '../hub/harness.ts';

/** A hub with a company in it on which something of everything has happened. */
export interface Stage {
  hub: TestHub;
  /** Keys by what they may do. */
  keys: { all: string; watcher: string; desk: string };
  /** Operations by what became of them. */
  ops: { delivered: string; refused: string; dead: string[]; waiting: string };
  account: { id: string; number: string };
  stop(): Promise<void>;
}

const DEAD = 7;
const TEXT = 'Завтра с 10 до 14 часов не будет горячей воды.';
/** A sum of digits that every gateway takes, by its place in the row. */
const phone = (n: number): string => `+7916${String(1_230_000 + n)}`;

export async function startStage(): Promise<Stage> {
  const t = await startTestHub({ accounts: 60 });
  const make = async (name: string, scopes: string[]): Promise<string> =>
    (await t.call('POST', '/v1/keys', { name, scopes })).body.key;
  const keys = {
    all: await make('Дежурный инженер', ['*']),
    watcher: await make('Только просмотр', ['read:operations']),
    desk: await make('Диспетчерская', ['read:*', 'write:messages']),
  };
  await t.hub.sync.run({ instance: 'onec-main' });
  const account = (await t.call('GET', '/v1/accounts?limit=1')).body.items[0] as Stage['account'];
  const send = async (n: number, more: object = {}, wait = 15): Promise<{ id: string; status: string }> =>
    (
      await t.call(
        'POST',
        '/v1/messages',
        { channel: 'sms', to: phone(n), text: `${TEXT} № ${n}`, ...more },
        wait > 0 ? { prefer: `wait=${wait}` } : {},
      )
    ).body;
  const template = {
    text: undefined,
    template: 'payment-due',
    variables: { account: account.number, amount: '4350.20', dueDate: '2026-12-10' },
  };
  const delivered = await send(1, { account: account.id, reference: 'Док-000123', ...template });
  await Promise.all(Array.from({ length: 12 }, (_v, n) => send(10 + n)));
  const refused = await send(40, { sender: 'NEIZVESTNO' });
  t.sms.clock.advance(60_000);
  await eventually(
    () => t.call('GET', `/v1/messages/${delivered.id}`),
    (m) => m.body.status === 'delivered',
  );
  return {
    hub: t,
    keys,
    account,
    ops: { delivered: delivered.id, refused: refused.id, dead: await killSome(t, send), waiting: '' },
    stop: () => t.stop(),
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
  await db.query(`update operation set accepted_at = accepted_at - interval '30 days' where id = any($1::uuid[])`, [ids]);
  await t.call('POST', '/v1/connectors/sms-main/resume');
  await eventually(
    () => db.query(`select id from operation where id = any($1::uuid[]) and status = 'dead'`, [ids]),
    ({ count }) => count === DEAD,
    40_000,
  );
  t.sms.faults.clear();
  return ids;
}
