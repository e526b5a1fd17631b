import { entity } from '../canonical/registry.ts';
import type { Money } from '../canonical/values/money.ts';
import type { Clock } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import type { RecordRepository, StoredRecord } from '../storage/repositories/records.ts';
import { type Task, taskOf } from '../tasks/task.ts';
import { type Balance, balanceOf, type Explanation, explain } from './balance.ts';
import type { BuildingDirectory } from './buildings.ts';
import type { RootEntity } from './find.ts';
import { type Freshness, freshnessOf, ownFreshness } from './freshness.ts';
import { type Household, householdOf } from './household.ts';
import { addressOf } from './show.ts';

/** A part of what is known, with how fresh it is. */
export interface Part<T> extends Freshness {
  items: readonly T[];
  /** There is more than what is shown. */
  isCut: boolean;
}

export interface Dossier {
  entity: RootEntity;
  id: string;
  customers: Part<Person>;
  premises: Part<Place>;
  accounts: Part<Account>;
  meters: Part<MeterWithReadings>;
  operations: Part<OpenOperation>;
  tasks: Part<Task>;
  messages: Part<SentMessage>;
  /** What a reader has to bear in mind. `DIFFERENT_TIMES`: balance, charges and payments are not of the same hour. */
  notices: readonly 'DIFFERENT_TIMES'[];
}

export interface Person {
  id: string;
  name: string;
  birthDate: string | null;
  phones: readonly string[];
  emails: readonly string[];
  /** What ties the person to accounts of this answer. */
  roles: readonly { account: string; role: string; share: string | null; since: string | null }[];
  /** Contacts and birthday are shown of whoever was asked for. */
  isAskedFor: boolean;
}
export interface Place {
  id: string;
  address: string | null;
  building: string;
  timezone: string | null;
  number: string;
  entrance: number | null;
  floor: number | null;
  area: string | null;
  purpose: string | null;
}
export interface Account {
  id: string;
  number: string;
  state: string;
  unifiedNumber: string | null;
  premises: string | null;
  holder: string | null;
  area: string | null;
  residents: number | null;
  openedOn: string | null;
  closedOn: string | null;
  /** Null where the accounting system tells none. */
  balance: (Balance & Freshness) | null;
  explanation: (Explanation & { charges: Freshness; payments: Freshness }) | null;
}
export interface MeterWithReadings {
  id: string;
  name: string | null;
  serialNumber: string | null;
  premises: string | null;
  kind: string | null;
  verifyBy: string | null;
  isOverdue: boolean;
  /** Newest first. */
  readings: readonly { readAt: string; values: readonly string[]; consumption: string | null }[];
}
export interface OpenOperation {
  id: string;
  kind: string;
  status: string;
  waitingFor: string | null;
  subject: string | null;
  reference: string | null;
  instance: string;
  code: string | null;
  acceptedAt: string;
}
export interface SentMessage {
  id: string;
  to: string;
  text: string;
  purpose: string;
  status: string;
  statusReason: string | null;
  account: string | null;
  at: string;
  deliveredAt: string | null;
}

export interface DossierOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  records: RecordRepository;
  buildings: BuildingDirectory;
}

const MOST = {
  people: 50,
  places: 20,
  accounts: 20,
  meters: 60,
  readings: 2,
  charges: 3_000,
  payments: 500,
  operations: 50,
  tasks: 50,
  messages: 20,
  phones: 6,
};
/** Months back that charges and payments are looked at. */
const MONTHS_BACK = 6;
/** Pulls of one schedule end within this time of each other, milliseconds. */
const SAME_TIME_MS = 3_600_000;

/**
 * Everything that is known of a person, an account or premises.
 * @param known what belongs to this root, where that was read already
 */
export async function dossierOf(
  o: DossierOptions,
  org: string,
  root: { entity: RootEntity; id: string },
  known?: Household,
): Promise<Dossier> {
  const { db, records } = o;
  const now = new Date(o.clock.now());
  const roots = {
    Customer: { customers: [root.id] },
    PersonalAccount: { accounts: [root.id] },
    Premises: { premises: [root.id] },
  }[root.entity];
  const [household, buildings, fresh] = await Promise.all([
    known ?? householdOf(records, org, roots),
    o.buildings.of(org),
    freshnessOf(db, org),
  ]);
  const accounts = household.accounts.slice(0, MOST.accounts);
  const places = household.premises.slice(0, MOST.places);
  const people = peopleShown(household, root, accounts);
  const ids = accounts.map((a) => a.id);
  const since = monthsBefore(now, MONTHS_BACK);
  const [charges, payments, debts, meters, messages] = await Promise.all([
    records.referring(org, entity('Charge'), 'account', ids, MOST.charges, { path: 'period', value: since }),
    records.referring(org, entity('Payment'), 'account', ids, MOST.payments, { path: 'paidOn', value: `${since}-01` }),
    records.referring(org, entity('Debt'), 'account', ids, MOST.accounts * 2),
    records.referring(
      org,
      entity('Meter'),
      'premises',
      places.map((p) => p.id),
      MOST.meters + 1,
    ),
    messagesTo(
      o,
      org,
      ids,
      people.flatMap((p) => (p.isAskedFor ? p.phones : [])),
    ),
  ]);
  const inUse = meters.filter((m) => m.canonical.removed !== true).slice(0, MOST.meters);
  const subjects = [
    ...ids.map((id) => `account:${id}`),
    ...inUse.map((m) => `meter:${m.id}`),
    ...places.map((p) => `premises:${p.id}`),
    ...people.filter((p) => p.isAskedFor).map((p) => `customer:${p.id}`),
  ];
  const [readings, operations] = await Promise.all([
    lastReadings(
      db,
      org,
      inUse.map((m) => m.id),
    ),
    openOperations(
      db,
      org,
      subjects,
      messages.map((m) => m.id),
    ),
  ]);
  const tasks = await openTasks(
    o,
    org,
    subjects,
    operations.map((op) => op.id),
  );
  const own = ownFreshness(now);
  const today = now.toISOString().slice(0, 10);
  const money = { balance: fresh('Debt'), charges: fresh('Charge'), payments: fresh('Payment') };
  return {
    entity: root.entity,
    id: root.id,
    customers: {
      ...fresh('Customer', 'Residence'),
      items: people.slice(0, MOST.people),
      isCut: household.isCut || people.length > MOST.people,
    },
    premises: {
      ...fresh('Premises', 'Building'),
      items: places.map((p) =>
        placeOf(p, addressOf(p, buildings), buildings.get(String(p.canonical.building))?.timezone ?? null),
      ),
      isCut: household.premises.length > places.length,
    },
    accounts: {
      ...fresh('PersonalAccount'),
      items: accounts.map((a) => {
        const of = (list: readonly StoredRecord[]): StoredRecord[] => list.filter((r) => r.canonical.account === a.id);
        const [debt] = of(debts);
        return {
          ...accountOf(a),
          balance: debt
            ? { ...balanceOf(debt, of(charges)), ...money.balance, asOf: String(debt.canonical.asOf) }
            : null,
          explanation: debt
            ? {
                ...explain(debt.canonical.principal as Money, of(charges), of(payments)),
                charges: money.charges,
                payments: money.payments,
              }
            : null,
        };
      }),
      isCut: household.accounts.length > accounts.length,
    },
    meters: {
      ...fresh('Meter', 'MeterReading'),
      items: inUse.map((m) => meterOf(m, readings.get(m.id) ?? [], today)),
      isCut: meters.length > MOST.meters,
    },
    operations: { ...own, items: operations.slice(0, MOST.operations), isCut: operations.length > MOST.operations },
    tasks: { ...own, items: tasks.slice(0, MOST.tasks), isCut: tasks.length > MOST.tasks },
    messages: {
      ...own,
      items: messages.slice(0, MOST.messages).map(messageOf),
      isCut: messages.length > MOST.messages,
    },
    notices: areApart([money.balance.asOf, money.charges.asOf, money.payments.asOf]) ? ['DIFFERENT_TIMES'] : [],
  };
}

/** The one who was asked for, or all people of the account or flat that was, and who else belongs there. */
function peopleShown(
  household: Household,
  root: { entity: RootEntity; id: string },
  accounts: readonly StoredRecord[],
): Person[] {
  return household.customers
    .map(({ id, canonical: c }) => {
      const isAskedFor = root.entity !== 'Customer' || root.id === id;
      const roles = accounts.flatMap((account) => {
        const lived = household.residences.find(
          (r) => r.canonical.account === account.id && r.canonical.customer === id,
        );
        if (!lived && account.canonical.holder !== id) return [];
        const { status, share, since } = (lived?.canonical ?? {}) as {
          status?: string;
          share?: string | null;
          since?: string | null;
        };
        return [{ account: account.id, role: status ?? 'holder', share: share ?? null, since: since ?? null }];
      });
      return {
        id,
        name: String(c.name),
        birthDate: isAskedFor ? ((c.birthDate as string | null) ?? null) : null,
        phones: isAskedFor ? (c.phones as string[]) : [],
        emails: isAskedFor ? (c.emails as string[]) : [],
        roles,
        isAskedFor,
      };
    })
    .sort((a, b) => Number(b.isAskedFor) - Number(a.isAskedFor) || a.name.localeCompare(b.name, 'ru'));
}

function placeOf({ id, canonical: c }: StoredRecord, address: string | null, timezone: string | null): Place {
  const { building, number, entrance, floor, area, purpose } = c as unknown as Place;
  return { id, address, building, timezone, number, entrance, floor, area, purpose };
}

function accountOf({ id, canonical: c }: StoredRecord): Omit<Account, 'balance' | 'explanation'> {
  const { number, state, unifiedNumber, premises, holder, area, residents, openedOn, closedOn } =
    c as unknown as Account;
  return { id, number, state, unifiedNumber, premises, holder, area, residents, openedOn, closedOn };
}

function meterOf(
  { id, canonical: c }: StoredRecord,
  readings: MeterWithReadings['readings'],
  today: string,
): MeterWithReadings {
  const { name, serialNumber, premises, kind, verifyBy } = c as unknown as MeterWithReadings;
  return {
    id,
    name,
    serialNumber,
    premises,
    kind,
    verifyBy,
    isOverdue: verifyBy !== null && verifyBy < today,
    readings,
  };
}

function messageOf({ id, canonical: c, changedAt }: StoredRecord): SentMessage {
  const { to, text, purpose, status, statusReason, account, deliveredAt } = c as unknown as SentMessage;
  return {
    id,
    to,
    text,
    purpose,
    status,
    statusReason,
    account,
    deliveredAt,
    at: acceptedAt(id) ?? changedAt.toISOString(),
  };
}

/** A message is made when it is accepted, and its id tells when that was (RFC 9562 §5.7). */
function acceptedAt(id: string): string | undefined {
  const ms = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
  return id[14] === '7' ? new Date(ms).toISOString() : undefined;
}

/** Newest first: about the accounts, and to the phones. */
async function messagesTo(
  { records }: DossierOptions,
  org: string,
  accounts: readonly string[],
  phones: readonly string[],
): Promise<StoredRecord[]> {
  const Message = entity('Message');
  const [about, ...to] = await Promise.all([
    records.referring(org, Message, 'account', accounts, MOST.messages + 1),
    ...[...new Set(phones)]
      .slice(0, MOST.phones)
      .map((phone) => records.newest(org, Message, { to: phone }, MOST.messages + 1)),
  ]);
  const known = new Map((about ?? []).map((r) => [r.id, r]));
  const more = await records.byIds(
    org,
    Message,
    [...new Set(to.flat())].filter((id) => !known.has(id)),
  );
  return [...known.values(), ...more].sort((a, b) => b.id.localeCompare(a.id));
}

async function lastReadings(
  db: Database,
  org: string,
  meters: readonly string[],
): Promise<Map<string, MeterWithReadings['readings']>> {
  if (meters.length === 0) return new Map();
  const { rows } = await db.query<{
    meter: string;
    canonical: { readAt: string; values: string[]; consumption: string | null };
  }>(
    `select m.id as meter, r.canonical from unnest($2::text[]) as m(id)
     cross join lateral (
       select canonical from record_meter_reading where org = $1 and canonical->>'meter' = m.id and deleted_at is null
       order by (canonical->>'readAt')::timestamptz desc limit ${MOST.readings}) r`,
    [org, meters],
  );
  const found = new Map<string, { readAt: string; values: string[]; consumption: string | null }[]>();
  for (const { meter, canonical: c } of rows) {
    const list = found.get(meter) ?? [];
    list.push({ readAt: c.readAt, values: c.values, consumption: c.consumption });
    found.set(meter, list);
  }
  return found;
}

/** Operations that have not ended, newest first: about these subjects, or the sending of these messages. */
async function openOperations(
  db: Database,
  org: string,
  subjects: readonly string[],
  messages: readonly string[],
): Promise<OpenOperation[]> {
  const { rows } = await db.query(
    `select id, kind, status, waiting_for, subject, reference, instance, error->>'code' as code, accepted_at from operation
     where org = $1 and (subject = any($2::text[]) or id = any($3::uuid[])) and status not in ('succeeded', 'failed', 'cancelled')
     order by id desc limit ${MOST.operations + 1}`,
    [org, subjects, messages],
  );
  return rows.map((r) => ({
    id: r.id as string,
    kind: r.kind as string,
    status: r.status as string,
    waitingFor: r.waiting_for as string | null,
    subject: r.subject as string | null,
    reference: r.reference as string | null,
    instance: r.instance as string,
    code: r.code as string | null,
    acceptedAt: (r.accepted_at as Date).toISOString(),
  }));
}

/** Open tasks about these subjects or operations. A task about a whole group names neither. */
async function openTasks(
  { db, cipher }: DossierOptions,
  org: string,
  subjects: readonly string[],
  operations: readonly string[],
): Promise<Task[]> {
  const { rows } = await db.query(
    `select * from task where org = $1 and status = 'open' and (subject = any($2::text[]) or operation = any($3::uuid[])) order by id desc limit ${MOST.tasks + 1}`,
    [org, subjects, operations],
  );
  return rows.map((row) => taskOf(row, cipher));
}

function monthsBefore(now: Date, n: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - n, 1)).toISOString().slice(0, 7);
}

function areApart(moments: readonly (string | null)[]): boolean {
  const times = moments.filter((m): m is string => m !== null).map((m) => Date.parse(m));
  return times.length > 1 && Math.max(...times) - Math.min(...times) > SAME_TIME_MS;
}
