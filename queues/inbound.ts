import { uuidv7 } from '../canonical/values/uuid.ts';
import type { InboundEvent } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import { operationOf } from '../storage/repositories/operation.ts';
import type { TrackSink } from './ports.ts';
import { claimPart, partByRef, reportPart } from './upstream-refs.ts';

export interface InboundOptions {
  db: Database;
  cipher: Cipher;
  clock: { now(): number };
  random(): number;
  sink: TrackSink;
  onChange(): void;
}

/** How long an event about something unknown is tried again, milliseconds. */
const KEEP_MS = 3 * 24 * 3_600_000;
const LONGEST_PAUSE_MS = 10 * 60_000;
/** What a process has begun to look at and not ended for so long is looked at by another one. */
const CLAIM_MS = 60_000;
/** Events looked at in one round. */
const ROUND = 200;

/** What upstreams tell us by themselves: written down first, then acted on, each event once. */
export class Inbound {
  readonly #o: InboundOptions;

  constructor(options: InboundOptions) {
    this.#o = options;
  }

  /** Resolves when the events are durable; an event seen before changes nothing. */
  async receive(org: string, instance: string, events: readonly InboundEvent[]): Promise<void> {
    for (const event of events) await this.#one(org, instance, event);
    this.#o.onChange();
  }

  /**
   * Looks again at events whose subject was not known: a report may be faster than the answer to the request. Returns how
   * many have found it now.
   */
  async retry(): Promise<number> {
    const { db, cipher, clock } = this.#o;
    const now = new Date(clock.now());
    // Of several processes one looks at an event; should it die over it, another one does so later.
    const { rows } = await db.query(
      `update inbound set next_at = $3 where (org, instance, dedupe_key) in (
         select i.org, i.instance, i.dedupe_key from inbound i where i.next_at <= $1 order by i.next_at limit $2 for update skip locked)
       returning org, instance, dedupe_key, id, event, received_at, tries`,
      [now, ROUND, new Date(now.getTime() + CLAIM_MS)],
    );
    let found = 0;
    for (const row of rows) {
      const [org, instance, key] = [row.org as string, row.instance as string, row.dedupe_key as string];
      const event = JSON.parse(
        cipher.openText(row.event as Uint8Array, `inbound:${org}:${row.id as string}`),
      ) as InboundEvent;
      const effect = await this.#effect(org, instance, event, now);
      const tries = (row.tries as number) + 1;
      const given = now.getTime() - (row.received_at as Date).getTime() > KEEP_MS;
      const next = new Date(now.getTime() + Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** Math.min(tries, 20)));
      await db.transact([
        ...(effect ?? []),
        {
          sql: `update inbound set handled_at = $4, next_at = $5, tries = $6, error = $7 where org = $1 and instance = $2 and dedupe_key = $3 and handled_at is null`,
          params: [
            org,
            instance,
            key,
            effect ? now : null,
            effect || given ? null : next,
            tries,
            given && !effect ? 'nothing of this hub has this id' : null,
          ],
        },
      ]);
      if (effect) found++;
    }
    if (found > 0) this.#o.onChange();
    return found;
  }

  async #one(org: string, instance: string, event: InboundEvent): Promise<void> {
    const { db, cipher, clock, random } = this.#o;
    const now = new Date(clock.now());
    const id = uuidv7(now.getTime(), random);
    const effect = await this.#effect(org, instance, event, now);
    // Only an id of the upstream's can become known later.
    const waits = effect === undefined && event.ref !== undefined;
    await db.transact([
      {
        sql: 'insert into inbound (org, instance, dedupe_key, id, event, received_at, handled_at, next_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing',
        params: [
          org,
          instance,
          event.dedupeKey,
          id,
          cipher.seal(JSON.stringify(event), `inbound:${org}:${id}`),
          now,
          waits ? null : now,
          waits ? new Date(now.getTime() + 1_000) : null,
        ],
      },
      ...(effect ?? []),
    ]);
  }

  /** What an event changes; undefined when nothing of ours is known by its ids. Applied twice it changes nothing more. */
  async #effect(org: string, instance: string, event: InboundEvent, now: Date): Promise<Statement[] | undefined> {
    if (event.ref !== undefined) return this.#ofPart(org, instance, event, event.ref, now);
    const { db, sink } = this.#o;
    const { rows } = await db.query(
      'select operation, entity, record from tracking where org = $1 and instance = $2 and kind = $3 and (own_id = $4 or operation = $5::uuid)',
      [org, instance, event.kind, event.ownId ?? null, event.operationId ?? null],
    );
    const [target] = rows;
    if (!target) return undefined;
    const statements: Statement[] = [];
    if (event.hint)
      statements.push({
        sql: 'update tracking set next_at = $3 where org = $1 and operation = $2 and next_at is not null',
        params: [org, target.operation as string, now],
      });
    if (event.patch) {
      statements.push(...sink.patch(org, target.entity as string, target.record as string, event.patch, now));
      if (event.final)
        statements.push({
          sql: 'update tracking set next_at = null where org = $1 and operation = $2',
          params: [org, target.operation as string],
        });
    }
    return statements;
  }

  async #ofPart(
    org: string,
    instance: string,
    event: InboundEvent,
    ref: string,
    now: Date,
  ): Promise<Statement[] | undefined> {
    const known = await partByRef(this.#o.db, org, instance, ref);
    const id = known?.operation ?? (await this.#uncertainOne(org, instance, event));
    if (id === undefined) return undefined;
    const owner = { org, id, instance };
    const { status, statusReason, deliveredAt } = event.patch ?? {};
    return [
      ...(known ? [] : claimPart(owner, ref, now)),
      ...(typeof status === 'string'
        ? [
            ...reportPart(
              owner,
              {
                ref,
                status,
                reason: typeof statusReason === 'string' ? statusReason : null,
                at: typeof deliveredAt === 'string' ? new Date(deliveredAt) : now,
                final: event.final === true,
              },
              now,
            ),
            ...(this.#o.sink.parts?.(owner, now) ?? []),
          ]
        : []),
    ];
  }

  /** The uncertain operation that a report names by our own number and its recipient. Two of them are none. */
  async #uncertainOne(org: string, instance: string, event: InboundEvent): Promise<string | undefined> {
    if (event.ownId === undefined || event.recipient === undefined) return undefined;
    const { rows } = await this.#o.db.query(
      `select * from operation where org = $1 and instance = $2 and kind = $3 and own_id = $4 and status = 'uncertain' order by seq desc limit 10`,
      [org, instance, event.kind, event.ownId],
    );
    const meant = rows.map((row) => operationOf(row, this.#o.cipher)).filter((op) => op.payload.to === event.recipient);
    return meant.length === 1 ? meant[0]?.id : undefined;
  }
}
