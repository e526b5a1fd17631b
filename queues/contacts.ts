import { type ContactRule, contactWindows, fullWindow, nextFreeDay } from '../calendars/contact-limits.ts';
import { HubError } from '../canonical/errors.ts';
import type { Database, Statement } from '../storage/port.ts';

/** A contact that a frequency rule counts. */
export interface ContactClaim {
  rule: ContactRule;
  /** Day at the recipient's place on which it may go out at the earliest, YYYY-MM-DD. */
  day: string;
  /** First moment of a day at which it may go out there. */
  sendableOn(day: string): Date;
}

/** A claim with the operation and the person (blind index) that it is about. */
export interface Claim {
  org: string;
  operation: string;
  recipient: string;
  contact: ContactClaim;
}

/**
 * Takes places for contacts, for those that every window of their rule has room for; returns their operations. Counting
 * and taking are one statement behind a lock on the person's row, so two requests at once can't pass together. Claims of
 * one statement must be about different people.
 *
 * A day's contact belongs to up to 7 + 31 stretches; the count over all of them together spares looking at each.
 */
const RESERVE = `
  insert into contact (org, operation, grp, recipient, day, made_at)
  select u.org, u.operation, u.grp, u.recipient, u.day, $7::timestamptz
  from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::jsonb[]) as u(org, operation, grp, recipient, day, windows)
  where exists (select 1 from operation o where o.org = u.org and o.id = u.operation)
    and not exists (
      select 1 from jsonb_to_recordset(u.windows) as w(first date, last date, length int, most int)
      where (select count(*) from contact c where c.org = u.org and c.grp = u.grp and c.recipient = u.recipient and c.released_at is null
               and c.operation <> u.operation and c.day >= w.first and c.day < w.last + w.length) >= w.most
        and exists (select 1 from generate_series(0, w.last - w.first) as s(n)
              where (select count(*) from contact c where c.org = u.org and c.grp = u.grp and c.recipient = u.recipient and c.released_at is null
                       and c.operation <> u.operation and c.day >= w.first + s.n and c.day < w.first + s.n + w.length) >= w.most))
  on conflict (org, operation) do update set grp = excluded.grp, recipient = excluded.recipient, day = excluded.day, released_at = null
  returning operation`;

/** Statements that take a place for each claim that has room; they run in the transaction that writes the operations. */
export function reserveStatements(claims: readonly Claim[], now: Date): Statement[] {
  return [lockStatement(claims, now), ...rounds(claims).map((round) => reserveStatement(round, now))];
}

/** Rows are locked in one order, so that two transactions never wait for each other. */
function lockStatement(claims: readonly Claim[], now: Date): Statement {
  return {
    sql: `insert into contact_recipient (org, grp, recipient, touched_at)
          select distinct u.org, u.grp, u.recipient, $4::timestamptz from unnest($1::text[], $2::text[], $3::text[]) as u(org, grp, recipient)
          order by u.org, u.grp, u.recipient
          on conflict (org, grp, recipient) do update set touched_at = excluded.touched_at`,
    params: [claims.map((c) => c.org), claims.map((c) => c.contact.rule.group), claims.map((c) => c.recipient), now],
  };
}

function reserveStatement(claims: readonly Claim[], now: Date): Statement {
  return {
    sql: RESERVE,
    params: [
      claims.map((c) => c.org),
      claims.map((c) => c.operation),
      claims.map((c) => c.contact.rule.group),
      claims.map((c) => c.recipient),
      claims.map((c) => c.contact.day),
      claims.map((c) => JSON.stringify(contactWindows(c.contact.rule, c.contact.day))),
      now,
    ],
  };
}

/** Claims one after the other for one person, together for different people. */
function rounds(claims: readonly Claim[]): Claim[][] {
  const seen = new Map<string, number>();
  const out: Claim[][] = [];
  for (const claim of claims) {
    const key = `${claim.org}\0${claim.contact.rule.group}\0${claim.recipient}`;
    const n = seen.get(key) ?? 0;
    seen.set(key, n + 1);
    out[n] ??= [];
    out[n].push(claim);
  }
  return out;
}

/** Pause before the place of an operation is asked for again that another one took and gave back. */
const AGAIN_MS = 1_000;

/**
 * Takes the place of an operation that is about to go out, on the day that it is now: one accepted for another day moves,
 * one whose place was given back takes it again. Undefined when it may go out, else the moment to look again.
 */
export async function reserveAtSending(db: Database, claim: Claim, now: Date): Promise<Date | undefined> {
  const { rows } = await db.query<{ day: string }>(
    'select day::text as day from contact where org = $1 and operation = $2 and grp = $3 and recipient = $4 and released_at is null',
    [claim.org, claim.operation, claim.contact.rule.group, claim.recipient],
  );
  if (rows[0]?.day === claim.contact.day) return undefined;
  const results = await db.transact(reserveStatements([claim], now));
  if (results.at(-1)?.count === 1) return undefined;
  const refused = (await refusals(db, [claim])).get(claim.operation);
  return refused ? new Date(String(refused.facts.details?.retryAt)) : new Date(now.getTime() + AGAIN_MS);
}

/** Why claims have no room, and when they would, by operation; a claim that has room is not among them. */
export async function refusals(db: Database, claims: readonly Claim[]): Promise<Map<string, HubError>> {
  const { rows } = await db.query<{ org: string; grp: string; recipient: string; operation: string; day: string }>(
    `select c.org, c.grp, c.recipient, c.operation, c.day::text as day
     from (select distinct * from unnest($1::text[], $2::text[], $3::text[]) as x(org, grp, recipient)) u
     join contact c on c.org = u.org and c.grp = u.grp and c.recipient = u.recipient and c.released_at is null`,
    [claims.map((c) => c.org), claims.map((c) => c.contact.rule.group), claims.map((c) => c.recipient)],
  );
  return new Map(
    claims.flatMap((claim) => {
      const { rule, day } = claim.contact;
      const days = rows
        .filter(
          (r) =>
            r.org === claim.org &&
            r.grp === rule.group &&
            r.recipient === claim.recipient &&
            r.operation !== claim.operation,
        )
        .map((r) => r.day);
      const full = fullWindow(contactWindows(rule, day), days);
      return full ? [[claim.operation, refusal(claim.contact, full.limit, full.most, days)] as const] : [];
    }),
  );
}

const spans = { perDay: 'a day', perWeek: 'a week', perMonth: 'a month' } as const;

function refusal(
  { rule, day, sendableOn }: ContactClaim,
  limit: 'perDay' | 'perWeek' | 'perMonth',
  most: number,
  days: readonly string[],
): HubError {
  const retryAt = sendableOn(nextFreeDay(rule, day, days)).toISOString();
  return new HubError(
    'conflict',
    'CONTACT_LIMIT',
    `The recipient has had ${most} ${rule.group} in ${spans[limit]}, the most that ${rule.source} allows. It may be sent from ${retryAt} on.`,
    {
      errors: [
        { pointer: '/to', message: `has had ${most} ${rule.group} in ${spans[limit]}; may be sent from ${retryAt} on` },
      ],
      details: { rule: `${rule.group}.${limit}`, source: rule.source, retryAt },
    },
  );
}

/** Gives a place back: the operation has ended and nothing was sent. */
export function releaseContact(org: string, operation: string, now: Date): Statement {
  return {
    sql: 'update contact set released_at = $3 where org = $1 and operation = $2 and released_at is null',
    params: [org, operation, now],
  };
}

/** An operation that had ended is tried again: until it is asked about, it counts as sent. */
export function retakeContact(org: string, operation: string): Statement {
  return {
    sql: 'update contact set released_at = null where org = $1 and operation = $2 and released_at is not null',
    params: [org, operation],
  };
}
