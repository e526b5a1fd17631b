import { toHubError } from '../canonical/errors.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import { operationOf } from '../storage/repositories/operation.ts';
import type { Instances } from './instances.ts';
import type { AnyCommand, Instance, TrackSink } from './ports.ts';

export interface TrackingOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  instances: Instances;
  sink: TrackSink;
  onChange(): void;
  /** Name of this process, unique among those that share the store. */
  process: string;
}

/** Longest question, milliseconds. */
const ASK_MS = 60_000;
/** What a process has claimed and not answered for so long is asked about by another one. */
const CLAIM_MS = ASK_MS + 15_000;

/** Pauses between two looks grow with the number of looks, up to ten minutes. */
function pauseMs(everyMs: number, polls: number): number {
  return Math.min(10 * 60_000, everyMs * Math.max(1, polls / 4));
}

/**
 * Follows what accepted operations set going: asks the upstream for delivery until it is settled or given up. Of several
 * processes one at a time asks about an item.
 */
export class Tracking {
  readonly #o: TrackingOptions;

  constructor(options: TrackingOptions) {
    this.#o = options;
  }

  /** One round over all instances. Returns how many items were asked about. */
  async round(): Promise<number> {
    let asked = 0;
    for (const instance of this.#o.instances.all()) {
      if (this.#o.instances.isPaused(instance.name)) continue;
      for (const [kind, command] of Object.entries(instance.connector.commands ?? {})) {
        if ((command as AnyCommand).track) asked += await this.#ask(instance, kind, command as AnyCommand);
      }
    }
    return asked;
  }

  async #ask(instance: Instance, kind: string, command: AnyCommand): Promise<number> {
    const { db, cipher, clock, log, sink, onChange, process } = this.#o;
    const track = command.track;
    if (!track) return 0;
    const now = new Date(clock.now());
    const { rows } = await db.query(
      `with mine as (
         update tracking t set claimed_by = $5, claimed_until = $6
         where (t.org, t.operation) in (select d.org, d.operation from tracking d
           where d.next_at <= $1 and d.instance = $2 and d.kind = $3 and (d.claimed_until is null or d.claimed_until <= $1)
           order by d.next_at limit $4 for update skip locked)
         returning t.org, t.operation, t.record, t.polls, t.give_up_at, t.result
       )
       select o.*, m.record, m.polls, m.give_up_at, m.result as track_result from mine m join operation o on o.org = m.org and o.id = m.operation`,
      [now, instance.name, kind, track.maxItems, process, new Date(now.getTime() + CLAIM_MS)],
    );
    if (rows.length === 0) return 0;
    const everyMs =
      (instance.context({ signal: AbortSignal.timeout(ASK_MS) }).config as { pollEveryMs?: number }).pollEveryMs ??
      track.everyMs;
    const items = rows.map((row) => {
      const op = operationOf(row, cipher);
      return {
        op,
        record: row.record as string,
        polls: row.polls as number,
        giveUp: row.give_up_at as Date,
        item: {
          operationId: op.id,
          ...(op.ownId === null ? {} : { ownId: op.ownId }),
          payload: op.payload,
          result: row.track_result as Record<string, unknown>,
        },
      };
    });
    const statements: Statement[] = [];
    try {
      const updates = new Map(
        (
          await track.poll(
            instance.context({ signal: AbortSignal.timeout(ASK_MS) }),
            items.map((i) => i.item),
          )
        ).map((u) => [u.operationId, u]),
      );
      for (const { op, record, polls, giveUp } of items) {
        const update = updates.get(op.id);
        if (update) statements.push(...sink.patch(op.org, track.entity, record, update.patch, now));
        const over = update?.final === true || giveUp <= now;
        statements.push({
          // News that came meanwhile may have ended it, or want another look at once.
          sql: `update tracking set polls = polls + 1, claimed_by = null, claimed_until = null,
                  next_at = case when $3::timestamptz is null or next_at is null then null when next_at > $4 then next_at else $3 end
                where org = $1 and operation = $2 and claimed_by = $5`,
          params: [op.org, op.id, over ? null : new Date(now.getTime() + pauseMs(everyMs, polls + 1)), now, process],
        });
      }
    } catch (error) {
      // Nothing is lost: the same items are asked for again later.
      log.warn('delivery could not be asked for', { instance: instance.name, code: toHubError(error).code });
      statements.push({
        sql: `update tracking set next_at = $3, claimed_by = null, claimed_until = null
              from unnest($1::text[], $2::uuid[]) as u(org, operation)
              where tracking.org = u.org and tracking.operation = u.operation and next_at is not null and claimed_by = $4`,
        params: [items.map((i) => i.op.org), items.map((i) => i.op.id), new Date(now.getTime() + everyMs), process],
      });
    }
    await db.transact(statements);
    onChange();
    return rows.length;
  }
}
