import { entity } from '../../canonical/registry.ts';
import { type Money, rubles } from '../../canonical/values/money.ts';
import { partitionOf } from '../../storage/entities.ts';
import type { Database } from '../../storage/port.ts';
import type { RecordRepository } from '../../storage/repositories/records.ts';
import type { Reconciled, Scope } from './model.ts';

/** One of ours that the other system is to have. */
export interface Ours {
  /** Of the record; for a payment document, of the account. */
  id: string;
  canonical: Readonly<Record<string, unknown>>;
  /** House it lies in. */
  building: string | null;
  /** Closed or removed: the other system need not have it. */
  ended: boolean;
}

interface Reading {
  db: Database;
  records: RecordRepository;
  org: string;
  instance: string;
  scope: Scope;
}

const ACCOUNTS = partitionOf('PersonalAccount');
const PREMISES = partitionOf('Premises');
/** House of `r`, an account or a meter: by its premises, else its own. */
const HOUSE = `coalesce((select p.canonical->>'building' from ${PREMISES} p where p.org = r.org and p.entity = 'Premises' and p.id = (r.canonical->>'premises')::uuid), r.canonical->>'building')`;
/**
 * Condition on `r`, an account or a meter: it belongs to a house that the other system has of us; $4 is one house, or null for all of them.
 * What of other houses is not there was never to be there.
 */
const IN_HOUSE = `exists (select 1 from xref h where h.org = r.org and h.entity = 'Building' and h.instance = $3 and ($4::text is null or h.id::text = $4)
  and h.id::text = ${HOUSE})`;

/** A page of ours in the order of ids. */
export async function ourPage(r: Reading, name: Reconciled, after: string, limit: number): Promise<Ours[]> {
  return name === 'PaymentDocument' ? chargedAccounts(r, after, limit) : recordsOf(r, name, after, limit);
}

/** How many there are to compare. */
export async function ourCount({ db, org, instance, scope }: Reading, name: Reconciled): Promise<number> {
  const building = scope.building ?? null;
  const { rows } =
    name === 'PaymentDocument'
      ? await db.query<{ n: number }>(
          `select count(distinct c.canonical->>'account') as n from ${partitionOf('Charge')} c join ${ACCOUNTS} r on r.org = c.org and r.entity = 'PersonalAccount' and r.id = (c.canonical->>'account')::uuid
           where c.org = $1 and c.entity = $2 and c.instance <> $3 and ${IN_HOUSE} and c.deleted_at is null and c.canonical->>'period' = $5`,
          [org, 'Charge', instance, building, scope.period ?? ''],
        )
      : await db.query<{ n: number }>(
          `select count(*) as n from ${partitionOf(name)} r where r.org = $1 and r.entity = $2 and r.instance <> $3 and ${IN_HOUSE} and r.deleted_at is null`,
          [org, name, instance, building],
        );
  return Number(rows[0]?.n ?? 0);
}

async function recordsOf(
  { db, records, org, instance, scope }: Reading,
  name: Reconciled,
  after: string,
  limit: number,
): Promise<Ours[]> {
  const { rows } = await db.query<{ id: string; building: string }>(
    `select r.id, ${HOUSE} as building from ${partitionOf(name)} r where r.org = $1 and r.entity = $2 and r.instance <> $3 and ${IN_HOUSE} and r.deleted_at is null and r.id > $5::uuid order by r.id limit $6`,
    [org, name, instance, scope.building ?? null, after, limit],
  );
  const houses = new Map(rows.map((row) => [row.id, row.building]));
  const found = await records.byIds(
    org,
    entity(name),
    rows.map((row) => row.id),
  );
  return found
    .map(({ id, canonical }) => ({
      id,
      canonical,
      building: houses.get(id) ?? null,
      ended: name === 'Meter' ? canonical.removed === true : canonical.state === 'closed',
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Accounts that were charged for the month, with what is to be paid: charged and recalculated, less benefits. */
async function chargedAccounts({ db, org, instance, scope }: Reading, after: string, limit: number): Promise<Ours[]> {
  const amount = (field: string): string => `coalesce(sum((c.canonical#>>'{${field},amount}')::numeric), 0)`;
  const { rows } = await db.query<{ account: string; building: string; kopecks: string }>(
    `select c.canonical->>'account' as account, ${HOUSE} as building, ((${amount('amount')} + ${amount('recalculation')} - ${amount('benefits')}) * 100)::bigint::text as kopecks
     from ${partitionOf('Charge')} c join ${ACCOUNTS} r on r.org = c.org and r.entity = 'PersonalAccount' and r.id = (c.canonical->>'account')::uuid
     where c.org = $1 and c.entity = $2 and c.instance <> $3 and ${IN_HOUSE} and c.deleted_at is null and c.canonical->>'period' = $5 and c.canonical->>'account' > $6
     group by 1, 2 order by 1 limit $7`,
    [org, 'Charge', instance, scope.building ?? null, scope.period ?? '', after, limit],
  );
  return rows.map(({ account, building, kopecks }) => {
    const total: Money = rubles(BigInt(kopecks));
    return {
      id: account,
      canonical: { account, period: scope.period, state: 'exposed', total },
      building,
      ended: kopecks === '0',
    };
  });
}
