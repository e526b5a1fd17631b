import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Report } from '../../connectors/webhook/config.ts';
import type { Database } from '../../storage/port.ts';
import { eventsStatement } from '../../storage/repositories/events.ts';
import type { WebhookRepository } from '../../storage/repositories/webhooks.ts';

/** Failures in a row below which no endpoint is disabled, however old the first is. */
const MIN_FAILURES = 5;

export interface HealthOptions {
  db: Database;
  clock: Clock;
  random(): number;
  log: Logger;
  webhooks: WebhookRepository;
  /** Time without one success after which an endpoint is disabled, milliseconds. */
  disableAfterMs: number;
  /** Attempts of a delivery; after the last one an endpoint in order can't go on. */
  maxAttempts: number;
  /** An event was written. */
  onChange(): void;
}

/** Counts how endpoints fare and disables those that only fail. */
export class EndpointHealth {
  readonly #o: HealthOptions;

  constructor(options: HealthOptions) {
    this.#o = options;
  }

  async report(org: string, id: string, { error, attempt }: Report): Promise<void> {
    const { webhooks, clock, disableAfterMs, maxAttempts } = this.#o;
    if (!error) return webhooks.succeeded(org, id);
    const now = clock.now();
    const state = await webhooks.failed(org, id, error.facts.upstream?.status ?? null, new Date(now));
    if (!state) return;
    if (error.code === 'WEBHOOK_GONE') return this.disable(org, id, 'gone', 'The receiver answered 410 Gone.');
    const tooLong = now - state.since.getTime() >= disableAfterMs && state.failures >= MIN_FAILURES;
    if (tooLong || (state.ordered && attempt >= maxAttempts))
      await this.disable(org, id, 'failing', `${state.failures} failures in a row; the last: ${error.message}`);
  }

  /** Stops an endpoint and tells the feed, both or neither. False when it was disabled before or is not there. */
  async disable(org: string, id: string, by: 'gone' | 'failing' | 'operator', reason: string): Promise<void> {
    const { db, clock, random, log, onChange } = this.#o;
    const now = new Date(clock.now());
    try {
      await db.transact([
        {
          sql: 'update webhook set disabled_at = $3, disabled_reason = $4, disabled_by = $5, updated_at = $3 where org = $1 and id = $2 and disabled_at is null',
          params: [org, id, now, reason, by],
          expect: { rows: 1, name: 'enabled' },
        },
        eventsStatement([
          {
            org,
            id: uuidv7(now.getTime(), random),
            type: 'webhook.disabled',
            data: { webhook: id, by, reason },
            at: now,
          },
        ]),
      ]);
    } catch (error) {
      if ((error as { expectation?: string }).expectation === 'enabled') return;
      throw error;
    }
    log[by === 'operator' ? 'info' : 'warn']('a webhook endpoint was disabled', { webhook: id, by, reason });
    onChange();
  }
}
