import { HubError } from '../canonical/errors.ts';
import type { Claim, Claims, Clock, OperationView } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';

/** Claims of one instance, kept in the store so that they outlive the process and hold among several of them. */
export function claimsOf(o: { db: Database; cipher: Cipher; clock: Clock }, instance: string): Claims {
  return {
    begin: async (op, likeness) => {
      try {
        await o.db.query(
          `insert into upstream_claim (org, operation, instance, likeness, begun_at) values ($1, $2, $3, $4, $5)
           on conflict (org, operation, instance) do update set likeness = excluded.likeness, begun_at = excluded.begun_at`,
          [op.organisation, op.id, instance, o.cipher.hmac(`likeness:${instance}`, likeness), new Date(o.clock.now())],
        );
      } catch (cause) {
        throw new HubError(
          'transient',
          'CLAIM_NOT_WRITTEN',
          'The store could not note the attempt; nothing was sent.',
          {},
          { cause },
        );
      }
    },
    keep: async (op, upstreamId) => {
      await o.db.query(
        'update upstream_claim set upstream_id = $4 where org = $1 and operation = $2 and instance = $3',
        [op.organisation, op.id, instance, upstreamId],
      );
    },
    take: async (op, likeness, upstreamIds) =>
      take(o, op, instance, o.cipher.hmac(`likeness:${instance}`, likeness), upstreamIds),
  };
}

/** What stands in the way of taking one of the ids: counted anew in the statement that takes. */
const SITUATION = `
  with own as (select likeness, upstream_id from upstream_claim where org = $1 and operation = $2 and instance = $3),
  free as (select u.id, u.n from unnest($4::text[]) with ordinality u(id, n)
           where not exists (select 1 from upstream_claim c where c.instance = $3 and c.upstream_id = u.id)),
  rivals as (select o.status from upstream_claim c join operation o on o.org = c.org and o.id = c.operation and o.instance = c.instance
             where c.instance = $3 and c.upstream_id is null and c.likeness = (select likeness from own)
               and (c.org, c.operation) <> ($1, $2::uuid) and o.status in ('running', 'uncertain')),
  facts as (select (select count(*) from free)::int as free, (select count(*) from rivals where status = 'running')::int as running,
                   (select count(*) from rivals)::int as rivals)`;

async function take(
  o: { db: Database; clock: Clock },
  op: OperationView,
  instance: string,
  likeness: Uint8Array,
  upstreamIds: readonly string[],
): Promise<Claim> {
  const params = [op.organisation, op.id, instance, [...upstreamIds]];
  try {
    const [, taken, asked] = await o.db.transact([
      // An attempt whose note was lost (a restored backup) is still one of those that may own what was found.
      {
        sql: `insert into upstream_claim (org, operation, instance, likeness, begun_at) values ($1, $2, $3, $4, $5)
              on conflict (org, operation, instance) do nothing`,
        params: [op.organisation, op.id, instance, likeness, new Date(o.clock.now())],
      },
      {
        sql: `${SITUATION}
          update upstream_claim t set upstream_id = (select id from free order by n limit 1) from facts
          where t.org = $1 and t.operation = $2 and t.instance = $3 and t.upstream_id is null
            and facts.free > 0 and facts.running = 0 and facts.free <= facts.rivals + 1
          returning t.upstream_id`,
        params,
      },
      { sql: `${SITUATION} select facts.*, (select upstream_id from own) as own from facts`, params },
    ]);
    const facts = asked?.rows[0];
    const own = (taken?.rows[0]?.upstream_id ?? facts?.own) as string | null | undefined;
    if (own !== null && own !== undefined)
      return upstreamIds.includes(own) ? { status: 'taken', upstreamId: own } : { status: 'none' };
    if (Number(facts?.free) === 0) return { status: 'none' };
    return { status: Number(facts?.running) > 0 ? 'rivals' : 'ambiguous' };
  } catch (error) {
    // Two of the same likeness reached for the same id at once: one of them has it now.
    if ((error as { code?: string }).code === '23505') return { status: 'rivals' };
    throw error;
  }
}
