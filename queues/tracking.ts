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
}

/** Pauses between two looks grow with the number of looks, up to ten minutes. */
function pauseMs(everyMs: number, polls: number): number {
  return Math.min(10 * 60_000, everyMs * Math.max(1, polls / 4));
}

/** Follows what accepted operations set going: asks the upstream for delivery until it is settled or given up. */
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
    const { db, cipher, clock, log, sink, onChange } = this.#o;
    const track = command.track;
    if (!track) return 0;
    const now = new Date(clock.now());
    const { rows } = await db.query(
      `select o.*, t.record, t.polls, t.give_up_at, t.result as track_result from tracking t join operation o on o.org = t.org and o.id = t.operation
       where t.next_at <= $1 and t.instance = $2 and t.kind = $3 order by t.next_at limit $4`,
      [now, instance.name, kind, track.maxItems],
    );
    if (rows.length === 0) return 0;
    const everyMs =
      (instance.context({ signal: AbortSignal.timeout(60_000) }).config as { pollEveryMs?: number }).pollEveryMs ??
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
            instance.context({ signal: AbortSignal.timeout(60_000) }),
            items.map((i) => i.item),
          )
        ).map((u) => [u.operationId, u]),
      );
      for (const { op, record, polls, giveUp } of items) {
        const update = updates.get(op.id);
        if (update) statements.push(...sink.patch(op.org, track.entity, record, update.patch, now));
        const over = update?.final === true || giveUp <= now;
        statements.push({
          sql: 'update tracking set next_at = $3, polls = polls + 1 where org = $1 and operation = $2',
          params: [op.org, op.id, over ? null : new Date(now.getTime() + pauseMs(everyMs, polls + 1))],
        });
      }
    } catch (error) {
      // Nothing is lost: the same items are asked for again later.
      log.warn('delivery could not be asked for', { instance: instance.name, code: toHubError(error).code });
      statements.push({
        sql: 'update tracking set next_at = $2 where instance = $1 and next_at <= $3',
        params: [instance.name, new Date(now.getTime() + everyMs), now],
      });
    }
    await db.transact(statements);
    onChange();
    return rows.length;
  }
}
