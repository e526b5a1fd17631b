import { deliverWebhook } from '../../canonical/commands/deliver-webhook.ts';
import { HubError } from '../../canonical/errors.ts';
import { matchesType } from '../../canonical/event-type.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Clock } from '../../connectors/port.ts';
import { type AllowedNetworks, checkUrl } from '../../connectors/webhook/address.ts';
import { newSecret } from '../../connectors/webhook/sign.ts';
import type { Database } from '../../storage/port.ts';
import type { Webhook, WebhookRepository } from '../../storage/repositories/webhooks.ts';
import type { Journal } from '../journal.ts';
import { cancelStatement, type Delivery, listDeliveries, resumeStatement } from './deliveries.ts';
import { deliveryOf } from './fan-out.ts';
import type { EndpointHealth } from './health.ts';

export interface ServiceOptions {
  db: Database;
  clock: Clock;
  random(): number;
  journal: Journal;
  webhooks: WebhookRepository;
  health: EndpointHealth;
  allowed: AllowedNetworks;
  /** Endpoints of an organisation, at most. */
  endpoints: number;
  /** An endpoint was changed here: what is remembered of it is old. */
  onChanged(id: string): void;
  /** Deliveries and events may be due. */
  wake(): void;
}

export interface WebhookInput {
  url: string;
  description: string;
  types: readonly string[];
  ordered: boolean;
}

const MAX_REPLAY = 10_000;
/** A test that has not gone out by then is not sent later. */
const TEST_MS = 60_000;

/** What people do with endpoints. */
export class Webhooks {
  readonly #o: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#o = options;
  }

  /** The secret is in the answer and nowhere else. @throws HubError WEBHOOK_ADDRESS_REFUSED, TOO_MANY_WEBHOOKS */
  async create(org: string, input: WebhookInput): Promise<Webhook> {
    const { clock, random, webhooks, endpoints, allowed } = this.#o;
    const now = new Date(clock.now());
    const webhook: Webhook = {
      ...input,
      url: checkUrl(input.url, allowed).href,
      org,
      id: uuidv7(now.getTime(), random),
      secret: newSecret(),
      cursor: 0,
      disabledAt: null,
      disabledReason: null,
      failingSince: null,
      failures: 0,
      lastStatus: null,
      createdAt: now,
      updatedAt: now,
    };
    if (!(await webhooks.insert(webhook, endpoints)))
      throw new HubError(
        'conflict',
        'TOO_MANY_WEBHOOKS',
        `An organisation has ${endpoints} endpoints at most; remove one, or raise webhooks.endpoints in hub.yaml.`,
      );
    return webhook;
  }

  list(org: string): Promise<Webhook[]> {
    return this.#o.webhooks.list(org);
  }

  /** @throws HubError NOT_FOUND */
  async get(org: string, id: string): Promise<Webhook> {
    const found = await this.#o.webhooks.get(org, id);
    if (!found) throw new HubError('not-found', 'NOT_FOUND', 'There is no such webhook endpoint.');
    return found;
  }

  async change(org: string, id: string, input: Partial<WebhookInput>): Promise<Webhook> {
    const url = input.url === undefined ? {} : { url: checkUrl(input.url, this.#o.allowed).href };
    return this.#update(org, id, (w) => ({ ...w, ...input, ...url }));
  }

  /** A new secret; the old one signs along until the grace is over. */
  rotate(org: string, id: string, graceMs: number): Promise<Webhook> {
    return this.#update(org, id, ({ oldSecret: _older, ...w }) => ({
      ...w,
      secret: newSecret(),
      ...(graceMs > 0 ? { oldSecret: { secret: w.secret, until: new Date(this.#o.clock.now() + graceMs) } } : {}),
    }));
  }

  async remove(org: string, id: string): Promise<void> {
    await this.get(org, id);
    await this.#o.db.transact([
      { sql: 'delete from webhook where org = $1 and id = $2', params: [org, id] },
      cancelStatement(org, id, new Date(this.#o.clock.now())),
    ]);
    this.#o.onChanged(id);
  }

  async disable(org: string, id: string, reason: string): Promise<Webhook> {
    await this.get(org, id);
    await this.#o.health.disable(org, id, 'operator', reason);
    this.#o.onChanged(id);
    return this.get(org, id);
  }

  /** A person knows that it is disabled and lets it be. */
  async leaveDisabled(org: string, id: string): Promise<void> {
    await this.#o.db.query(
      `update webhook set disabled_by = 'operator' where org = $1 and id = $2 and disabled_at is not null`,
      [org, id],
    );
  }

  /**
   * Goes on. From `stop`: with what waited and with the events since then, as far as the feed still has them. From `now`:
   * what waited is cancelled and what came meanwhile is passed over.
   */
  async enable(org: string, id: string, from: 'stop' | 'now'): Promise<Webhook> {
    const { db, clock, wake } = this.#o;
    await this.get(org, id);
    const now = new Date(clock.now());
    await db.transact([
      {
        sql: `update webhook set disabled_at = null, disabled_reason = null, disabled_by = null, failing_since = null, failures = 0, last_status = null, updated_at = $3,
                cursor = case when $4 = 'now' then coalesce((select last_no from event_counter where org = $1), cursor) else cursor end
              where org = $1 and id = $2`,
        params: [org, id, now, from],
      },
      from === 'now' ? cancelStatement(org, id, now) : resumeStatement(org, id, now),
    ]);
    this.#o.onChanged(id);
    wake();
    return this.get(org, id);
  }

  /** Sends an event of type webhook.test at once, whether the endpoint is enabled or not. Returns the operation's id. */
  async test(org: string, id: string): Promise<string> {
    const { clock, random, journal } = this.#o;
    await this.get(org, id);
    const now = clock.now();
    const event = { id: uuidv7(now, random), no: 0, type: 'webhook.test' };
    const [operation = ''] = await journal.acceptTogether(
      [
        {
          ...deliveryOf({ org, id, ordered: false }, event),
          command: deliverWebhook,
          expiresAt: new Date(now + TEST_MS),
        },
      ],
      [],
    );
    return operation;
  }

  /**
   * Sends published events of a span of time again, all or none, under their old webhook-ids.
   * @param to exclusive
   * @throws HubError REPLAY_TOO_LARGE
   */
  async replay(
    org: string,
    id: string,
    { from, to, types }: { from: Date; to: Date; types?: readonly string[] },
  ): Promise<number> {
    const { db, journal } = this.#o;
    const webhook = await this.get(org, id);
    const { rows } = await db.query(
      `select id, no, type from event where org = $1 and no is not null and no <= $2 and at >= $3 and at < $4 order by no limit $5`,
      [org, webhook.cursor, from, to, MAX_REPLAY + 1],
    );
    if (rows.length > MAX_REPLAY)
      throw new HubError(
        'rejected',
        'REPLAY_TOO_LARGE',
        `More than ${MAX_REPLAY} events lie in this span; ask for shorter ones, one after another.`,
      );
    const wanted = rows
      .map((r) => ({ id: r.id as string, no: Number(r.no), type: r.type as string }))
      .filter((e) => matchesType(types ?? webhook.types, e.type));
    await journal.acceptTogether(
      wanted.map((event) => deliveryOf(webhook, event, { replay: true })),
      [],
    );
    return wanted.length;
  }

  async deliveries(
    org: string,
    id: string,
    filter: { status?: string; before?: string; limit: number },
  ): Promise<Delivery[]> {
    await this.get(org, id);
    return listDeliveries(this.#o.db, org, id, filter);
  }

  async #update(org: string, id: string, change: (w: Webhook) => Webhook): Promise<Webhook> {
    const { webhooks, clock } = this.#o;
    for (let tries = 0; tries < 3; tries++) {
      const changed = change(await this.get(org, id));
      if (await webhooks.update(changed, new Date(clock.now()))) {
        this.#o.onChanged(id);
        return changed;
      }
    }
    throw new HubError('conflict', 'WEBHOOK_BUSY', 'Somebody else changes this endpoint now; try again.');
  }
}
