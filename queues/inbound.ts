import { uuidv7 } from '../canonical/values/uuid.ts';
import type { InboundEvent } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { TrackSink } from './ports.ts';

export interface InboundOptions {
  db: Database;
  cipher: Cipher;
  clock: { now(): number };
  random(): number;
  sink: TrackSink;
  onChange(): void;
}

/** What upstreams tell us by themselves: written down first, then acted on, each event once. */
export class Inbound {
  readonly #o: InboundOptions;

  constructor(options: InboundOptions) {
    this.#o = options;
  }

  /** Resolves when the events are durable and handled; an event seen before changes nothing. */
  async receive(org: string, instance: string, events: readonly InboundEvent[]): Promise<void> {
    for (const event of events) await this.#one(org, instance, event);
    this.#o.onChange();
  }

  async #one(org: string, instance: string, event: InboundEvent): Promise<void> {
    const { db, cipher, clock, random, sink } = this.#o;
    const now = new Date(clock.now());
    const id = uuidv7(now.getTime(), random);
    const { rows } = await db.query(
      'select operation, entity, record from tracking where org = $1 and instance = $2 and kind = $3 and (own_id = $4 or operation = $5::uuid)',
      [org, instance, event.kind, event.ownId ?? null, event.operationId ?? null],
    );
    const [target] = rows;
    const statements: Statement[] = [
      {
        sql: 'insert into inbound (org, instance, dedupe_key, id, event, received_at, handled_at) values ($1, $2, $3, $4, $5, $6, $6) on conflict do nothing',
        params: [org, instance, event.dedupeKey, id, cipher.seal(JSON.stringify(event), `inbound:${org}:${id}`), now],
      },
    ];
    if (target && event.hint)
      statements.push({
        sql: 'update tracking set next_at = $3 where org = $1 and operation = $2 and next_at is not null',
        params: [org, target.operation as string, now],
      });
    if (target && event.patch) {
      statements.push(...sink.patch(org, target.entity as string, target.record as string, event.patch, now));
      if (event.final)
        statements.push({
          sql: 'update tracking set next_at = null where org = $1 and operation = $2',
          params: [org, target.operation as string],
        });
    }
    await db.transact(statements);
  }
}
