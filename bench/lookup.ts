import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entity } from '../canonical/registry.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import { parseConfig } from '../config/load.ts';
import { connectorKinds, connectorSchemas } from '../connectors/registry.ts';
import { type Hub, startHub } from '../hub.ts';
import { newRowColumns, RecordRepository } from '../storage/repositories/records.ts';
import { ownDatabase } from './peers/server-database.ts';
import type { Report } from './report.ts';

const ACCOUNTS = 34_588;
const BUILDINGS = 163;
const METERS = 90_000;
const MONTHS = 2;
const SERVICES = 12;
const MILLION = 1_000_000;
const CALLS = 200;
const WARM_UP = 20;
const PAGE = 5_000;
const ORG = 'uk';
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const CONFIG = `
organisations: [{ id: uk, name: УК, timezone: Europe/Moscow }]
connectors:
  sms-main: { system: smsc, organisation: uk, url: "http://127.0.0.1:9", auth: { login: hub, password: hub-sandbox } }
  onec-main: { system: onec, organisation: uk, url: "http://127.0.0.1:9/uk", timezone: Europe/Moscow, auth: { login: hub, password: hub-sandbox } }
`;

/** The lookup of the desk over HTTP on both stores: a company of the reference size with its operations of a month. */
export async function lookupBenchmark(
  report: Report,
  { operations = MILLION, accounts = ACCOUNTS }: { operations?: number; accounts?: number },
): Promise<void> {
  for (const store of ['PostgreSQL', 'embedded store'] as const) {
    const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-lookup-'));
    const database = store === 'PostgreSQL' ? await ownDatabase() : undefined;
    let hub: Hub | undefined;
    try {
      hub = await startHub({
        config: parseConfig(CONFIG, 'hub.yaml', connectorSchemas(), {}, connectorKinds()),
        dataDir,
        ...(database ? { databaseUrl: database.url } : {}),
        port: 0,
        host: '127.0.0.1',
        active: false,
        controlKey: `hub_${randomBytes(16).toString('hex')}`,
        log: quiet,
      });
      const company = await fill(hub, accounts, operations, (line) => report.progress(`lookup, ${store}: ${line}`));
      const { key } = await hub.keys.create({ org: ORG, name: 'bench', scopes: ['*'] });
      report.row(
        `lookup of a resident on the ${store}: accounts, operations`,
        `${accounts.toLocaleString('en-US')}, ${operations.toLocaleString('en-US')}`,
      );
      const all: number[] = [];
      const plain: number[] = [];
      for (const { accountId } of company.slice(0, WARM_UP + CALLS)) {
        const began = performance.now();
        await (
          await fetch(`${hub.url}/v1/accounts/${accountId}`, { headers: { authorization: `Bearer ${key}` } })
        ).text();
        plain.push(performance.now() - began);
      }
      report.row('— for comparison: one account by its id, ms p50 / p95', figures(plain.slice(WARM_UP)));
      for (const [name, call] of Object.entries(callsOf(company))) {
        const times: number[] = [];
        for (let n = 0; n < WARM_UP + CALLS; n++) {
          const body = call((n * 7_919) % accounts);
          const began = performance.now();
          const answer = await fetch(`${hub.url}/v1/lookup`, {
            method: 'POST',
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
          const text = await answer.text();
          if (![200, 422].includes(answer.status)) throw new Error(`${name}: ${answer.status} ${text.slice(0, 300)}`);
          if (n >= WARM_UP) times.push(performance.now() - began);
        }
        all.push(...times);
        report.row(`— ${name}, ms p50 / p95`, figures(times));
      }
      report.row('— all together, ms p50 / p95', figures(all));
    } finally {
      await hub?.close();
      await database?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

function figures(times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  return `${at(0.5)} / ${at(0.95)}`;
}

interface Resident {
  id: string;
  name: string;
  phone: string;
  account: string;
  accountId: string;
  street: string;
  house: number;
  flat: number;
}

function callsOf(company: readonly Resident[]): Record<string, (n: number) => { q?: string; id?: string }> {
  const of = (n: number) => company[n] as Resident;
  return {
    'by phone': (n) => ({ q: `8 (${of(n).phone.slice(2, 5)}) ${of(n).phone.slice(5)}` }),
    'by account number': (n) => ({ q: of(n).account.replace(/^0+/, '') }),
    'by address with the flat': (n) => ({ q: `${of(n).street} д. ${of(n).house} кв. ${of(n).flat}` }),
    'by last name and address': (n) => ({ q: `${of(n).name.split(' ')[0]} ${of(n).street} ${of(n).house}` }),
    'by whole name': (n) => ({ q: of(n).name }),
    'by last name alone, mostly too broad': (n) => ({ q: of(n).name.split(' ')[0] as string }),
    'by something that is not there': (n) => ({ q: `Нетакой Никто ${of(n).street}` }),
    'opened by id': (n) => ({ id: of(n).accountId }),
  };
}

const STEMS =
  'Абрам Бел Виноград Голуб Давыд Егор Жук Зайц Ильин Козл Лебед Медвед Никол Орл Павл Ромаш Семен Тих Устин Фрол Харит Цвет Черн Шиш Щерб Юдин Яковл Гусар Мельник Соболь'.split(
    ' ',
  );
const ENDINGS = ['ов', 'ин', 'ский', 'енко', 'аев', 'ицын', 'ушкин'];
const FIRST =
  'Анна Иван Ольга Рустам Мария Алексей Гульнара Сергей Елена Дмитрий Наталья Андрей Татьяна Ильдар Светлана Павел Ирина Михаил Людмила Артём'.split(
    ' ',
  );
const MIDDLE = 'Петр Серг Иван Ильдар Андре Никола Рашид Михайл Алексе Павл Дмитри Виктор Юрь Олег Игор Фёдор'.split(
  ' ',
);
const STREETS =
  'Баумана Весенняя Гагарина Декабристов Зелёная Кирова Лесная Мира Новая Победы Садовая Советская Чехова Школьная Пушкина Заречная Тукаева Чистопольская'.split(
    ' ',
  );

/** Some number that looks drawn and is the same every time. */
const mixed = (n: number, salt: number): number =>
  (Math.imul(n + 1, 2_654_435_761) ^ Math.imul(salt + 7, 40_503)) >>> 7;
const pick = <T>(list: readonly T[], n: number, salt: number): T => list[mixed(n, salt) % list.length] as T;
const money = (kop: number) => ({ amount: (kop / 100).toFixed(2), currency: 'RUB' });

/** The read model by COPY, as a first load fills it, and the journal by SQL. */
async function fill(
  hub: Hub,
  accounts: number,
  operations: number,
  progress: (line: string) => void,
): Promise<Resident[]> {
  const { db, cipher } = hub.store;
  const records = new RecordRepository(db, cipher);
  const now = new Date();
  let tick = now.getTime() - 1_000_000_000;
  const id = (): string => uuidv7(tick++);
  const load = async (
    name: string,
    list: readonly { id: string; canonical: Record<string, unknown> }[],
  ): Promise<void> => {
    progress(`${list.length} × ${name}`);
    for (let i = 0; i < list.length; i += PAGE) {
      const page = list
        .slice(i, i + PAGE)
        .map((r) => ({ ...r, nativeKey: r.id, version: '1', nativeHash: null, native: { Ref_Key: r.id } }));
      await db.copy('record', newRowColumns, records.newRows(ORG, entity(name), 'onec-main', 'm', page, now));
    }
  };
  const make = (n: number, of: (n: number) => Record<string, unknown>) =>
    Array.from({ length: n }, (_v, i) => ({ id: id(), canonical: of(i) }));
  const buildings = make(BUILDINGS, (i) => {
    const name = `ул. ${pick(STREETS, i, 1)}, д. ${1 + (i % 90)}`;
    return { name, timezone: 'Europe/Moscow', address: { text: `г. Казань, ${name}`, city: 'Казань', gar: null } };
  });
  await load('Building', buildings);
  const premises = make(accounts, (i) => ({
    building: buildings[i % BUILDINGS]?.id,
    number: String(1 + Math.floor(i / BUILDINGS)),
    purpose: 'residential',
  }));
  await load('Premises', premises);
  const people = make(accounts, (i) => {
    const [lastName, firstName, middleName] = [
      pick(STEMS, i, 2) + pick(ENDINGS, i, 3),
      pick(FIRST, i, 4),
      `${pick(MIDDLE, i, 5)}ович`,
    ];
    return {
      name: `${lastName} ${firstName} ${middleName}`,
      lastName,
      firstName,
      middleName,
      birthDate: '1980-01-01',
      phones: [`+79${String(100_000_000 + i)}`],
      emails: [],
    };
  });
  await load('Customer', people);
  const held = make(accounts, (i) => ({
    number: String(100_000 + i).padStart(9, '0'),
    name: null,
    state: 'open',
    premises: premises[i]?.id,
    holder: people[i]?.id,
    unifiedNumber: null,
    serviceId: null,
  }));
  await load('PersonalAccount', held);
  await load(
    'Residence',
    make(accounts, (i) => ({
      account: held[i]?.id,
      customer: people[i]?.id,
      status: 'owner',
      share: null,
      since: '2015-01-01',
    })),
  );
  const meters = make(Math.round((METERS * accounts) / ACCOUNTS), (i) => ({
    name: 'ХВС',
    serialNumber: String(i),
    premises: premises[i % accounts]?.id,
    building: null,
    kind: 'individual',
    removed: false,
    tariffs: 1,
    verifyBy: '2028-01-01',
  }));
  await load('Meter', meters);
  const month = (back: number): string =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
  for (let m = MONTHS; m >= 1; m--) {
    await load(
      'MeterReading',
      meters.map((meter) => ({
        id: id(),
        canonical: {
          meter: meter.id,
          readAt: `${month(m)}-20T00:00:00+03:00`,
          values: [String(100 - m)],
          consumption: null,
        },
      })),
    );
    await load(
      'Charge',
      make(accounts * SERVICES, (i) => ({
        account: held[Math.floor(i / SERVICES)]?.id,
        period: month(m),
        service: `Услуга ${i % SERVICES}`,
        amount: money(10_000 + (i % 9_999)),
        recalculation: null,
        benefits: null,
        volume: null,
        rate: null,
      })),
    );
    await load(
      'Payment',
      make(accounts, (i) => ({
        account: held[i]?.id,
        amount: money(100_000),
        paidOn: `${month(m)}-10`,
        source: 'Сбербанк',
        paymentId: null,
        registryNumber: null,
      })),
    );
  }
  await load(
    'Debt',
    make(accounts, (i) => ({
      account: held[i]?.id,
      principal: money((i % 7) * 100_000),
      penalty: money(0),
      total: money((i % 7) * 100_000),
      asOf: now.toISOString(),
    })),
  );
  await fillJournal(
    hub,
    held.map((a) => a.id),
    people.map((p) => cipher.blind('Message.to', String((p.canonical.phones as string[])[0]))),
    operations,
    progress,
  );
  progress('vacuum analyze');
  await db.query('vacuum analyze', [], { unlimited: true });
  return held.map(({ id: accountId, canonical }, i) => ({
    id: people[i]?.id as string,
    name: people[i]?.canonical.name as string,
    phone: `+79${String(100_000_000 + i)}`,
    account: canonical.number as string,
    accountId,
    street: pick(STREETS, i % BUILDINGS, 1),
    house: 1 + ((i % BUILDINGS) % 90),
    flat: 1 + Math.floor(i / BUILDINGS),
  }));
}

/** A month of messages about accounts: 97 % over, each with its record. */
async function fillJournal(
  { store: { db, cipher } }: Hub,
  accounts: readonly string[],
  phones: readonly string[],
  operations: number,
  progress: (line: string) => void,
): Promise<void> {
  const step = 20_000;
  for (let from = 0; from < operations; from += step) {
    if (from % 200_000 === 0) progress(`${from} of ${operations} operations`);
    const ids = Array.from({ length: Math.min(step, operations - from) }, () => uuidv7(Date.now()));
    const of = (i: number): number => mixed(from + i, 11) % accounts.length;
    await db.query(
      `insert into operation (org, id, kind, client, instance, subject, payload, status, attempts, due_at, accepted_at, updated_at)
       select 'uk', u.id, 'messages.send', 'app', 'sms-main', 'account:' || u.account, '{"channel":"sms","purpose":"service"}',
         case when u.n % 100 < 97 then 'succeeded' when u.n % 100 = 97 then 'failed' when u.n % 100 = 98 then 'dead' else 'retrying' end, 1, null, now(), now()
       from unnest($1::uuid[], $2::text[], $3::int[]) as u(id, account, n)`,
      [ids, ids.map((_v, i) => accounts[of(i)] as string), ids.map((_v, i) => from + i)],
    );
    await db.query(
      `insert into record (org, entity, id, canonical, personal, blind, changed_at, pulled_at)
       select 'uk', 'Message', u.id, jsonb_build_object('channel', 'sms', 'status', 'delivered', 'purpose', 'service', 'account', u.account), u.personal, jsonb_build_object('to', u.phone), now(), now()
       from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) as u(id, account, phone, personal)`,
      [
        ids,
        ids.map((_v, i) => accounts[of(i)] as string),
        ids.map((_v, i) => phones[of(i)] as string),
        ids.map((id) =>
          cipher.seal(
            '{"to":"+79000000000","text":"Завтра с 10 до 14 часов не будет горячей воды."}',
            `record:uk:Message:${id}`,
          ),
        ),
      ],
    );
  }
}
