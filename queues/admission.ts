import { HubError } from '../canonical/errors.ts';
import type { Database, Result, Statement } from '../storage/port.ts';
import { type Claim, type ContactClaim, refusals, reserveStatements } from './contacts.ts';

/** What a message must pass to be accepted; looked at in the transaction that accepts it. */
export interface Admission {
  /** Blind index of the recipient's phone. */
  recipient: string;
  purpose: string;
  /** Set when a frequency rule counts it. */
  contact?: ContactClaim;
}

/** An operation of a group that is being accepted. */
export interface Candidate {
  org: string;
  client: string;
  kind: string;
  id: string;
  idempotencyKey: string | undefined;
  admission: Admission;
}

/** Statements that take refused operations out of the transaction again, and what they tell. */
export interface AdmissionPlan {
  statements: readonly Statement[];
  /** Why operations were refused, by id; `results` are those of the statements. */
  refused(db: Database, results: readonly Result[]): Promise<ReadonlyMap<string, HubError>>;
}

/** To run right after the operations were inserted: a refused one leaves no trace, and its group goes on. */
export function admissionPlan(candidates: readonly Candidate[], now: Date): AdmissionPlan {
  if (candidates.length === 0) return { statements: [], refused: async () => new Map() };
  const claims: Claim[] = candidates.flatMap(({ org, id, admission: { recipient, contact } }) =>
    contact ? [{ org, operation: id, recipient, contact }] : [],
  );
  const reserve = claims.length === 0 ? [] : [...reserveStatements(claims, now), dropWithoutPlace(claims)];
  return {
    statements: [dropOptedOut(candidates, now), ...reserve, dropKeys(candidates)],
    refused: async (db, results) => {
      const stopped = new Set((results[0]?.rows ?? []).map((r) => r.id as string));
      const crowded = new Set(claims.length === 0 ? [] : (results.at(-2)?.rows ?? []).map((r) => r.id as string));
      const limits =
        crowded.size === 0
          ? new Map()
          : await reasons(
              db,
              claims.filter((c) => crowded.has(c.operation)),
            );
      return new Map([
        ...candidates.filter((c) => stopped.has(c.id)).map((c) => [c.id, optedOut(c.admission.purpose)] as const),
        ...[...crowded].map((id) => [id, limits.get(id) ?? crowdedOut()] as const),
      ]);
    },
  };
}

/** The group is committed: what was accepted with the refused ones must be told so, even if the store fails right now. */
async function reasons(db: Database, claims: readonly Claim[]): Promise<ReadonlyMap<string, HubError>> {
  try {
    return await refusals(db, claims);
  } catch (cause) {
    return new Map(
      claims.map((c) => [
        c.operation,
        new HubError(
          'conflict',
          'CONTACT_LIMIT',
          `The recipient was contacted as often as ${c.contact.rule.source} allows; when it may be sent could not be read from the store just now.`,
          { details: { rule: c.contact.rule.group, source: c.contact.rule.source } },
          { cause },
        ),
      ]),
    );
  }
}

/** @param purpose of the message that was refused */
export function optedOut(purpose: string): HubError {
  return new HubError(
    'rejected',
    'RECIPIENT_OPTED_OUT',
    `The recipient is on the opt-out list for messages of the purpose ${purpose}; GET /v1/opt-outs tells since when. Nothing was sent.`,
    { errors: [{ pointer: '/to', message: `is on the opt-out list for the purpose ${purpose}` }] },
  );
}

/** There was no room, and there is by now: another operation has given its place back. */
function crowdedOut(): HubError {
  return new HubError(
    'rate-limited',
    'CONTACT_LIMIT',
    'The recipient had been contacted often enough when this came; a place has become free meanwhile. Send it again.',
    { retryAfterMs: 1_000 },
  );
}

function dropOptedOut(candidates: readonly Candidate[], now: Date): Statement {
  return {
    sql: `delete from operation o using unnest($1::text[], $2::uuid[], $3::text[], $4::text[]) as u(org, id, recipient, purpose)
          where o.org = u.org and o.id = u.id and exists (
            select 1 from opt_out x where x.org = u.org and x.recipient = u.recipient and x.scope in ('all', u.purpose) and (x.until is null or x.until > $5))
          returning o.id`,
    prepare: true,
    params: [
      candidates.map((c) => c.org),
      candidates.map((c) => c.id),
      candidates.map((c) => c.admission.recipient),
      candidates.map((c) => c.admission.purpose),
      now,
    ],
  };
}

function dropWithoutPlace(claims: readonly Claim[]): Statement {
  return {
    sql: `delete from operation o using unnest($1::text[], $2::uuid[]) as u(org, id)
          where o.org = u.org and o.id = u.id and not exists (select 1 from contact c where c.org = u.org and c.operation = u.id)
          returning o.id`,
    params: [claims.map((c) => c.org), claims.map((c) => c.operation)],
  };
}

/** A refused request may come again later with the same key. */
function dropKeys(candidates: readonly Candidate[]): Statement {
  const keyed = candidates.filter((c) => c.idempotencyKey !== undefined);
  return {
    sql: `delete from idempotency i using unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[]) as u(org, client, kind, key, id)
          where i.org = u.org and i.client = u.client and i.kind = u.kind and i.key = u.key and i.operation = u.id
            and not exists (select 1 from operation o where o.org = u.org and o.id = u.id)`,
    prepare: true,
    params: [
      keyed.map((c) => c.org),
      keyed.map((c) => c.client),
      keyed.map((c) => c.kind),
      keyed.map((c) => c.idempotencyKey ?? ''),
      keyed.map((c) => c.id),
    ],
  };
}
