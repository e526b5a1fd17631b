import { deliverWebhook, deliverWebhookInOrder, webhookSubject } from '../../canonical/commands/deliver-webhook.ts';
import { matchesType } from '../../canonical/event-type.ts';
import type { Logger } from '../../connectors/port.ts';
import type { Database } from '../../storage/port.ts';
import { type FeedEvent, readEvents } from '../../storage/repositories/events.ts';
import type { Lagging, WebhookRepository } from '../../storage/repositories/webhooks.ts';
import type { AcceptRequest, Journal } from '../journal.ts';

/** Events looked at in one transaction. */
const PAGE = 500;
/** Deliveries of an endpoint that may wait; past that its events wait in the feed, where they cost nothing. */
const MAX_PENDING = 2_000;

/** Name of the built-in instance of an organisation; the dot keeps it apart from every name of hub.yaml. */
export function webhookInstance(org: string): string {
  return `webhooks.${org}`;
}

/** The operation that carries an event to an endpoint. */
export function deliveryOf(
  { org, id, ordered }: { org: string; id: string; ordered: boolean },
  event: { id: string; no: number; type: string; operation?: string | null },
  more: { replay?: true } = {},
): AcceptRequest {
  const payload = { webhook: id, event: event.id, no: event.no, type: event.type, ...more };
  return {
    org,
    client: 'hub',
    command: ordered ? deliverWebhookInOrder : deliverWebhook,
    instance: webhookInstance(org),
    payload,
    body: payload,
    ...(event.operation ? { trace: { parent: event.operation } } : {}),
  };
}

/**
 * Turns published events into deliveries, each once: an endpoint's position moves in the transaction that accepts them,
 * and only from where it stood, so that of several processes one wins and the others begin anew.
 */
export class FanOut {
  readonly #o: { db: Database; log: Logger; journal: Journal; webhooks: WebhookRepository };
  #running: Promise<number> | undefined;
  #stopped = false;

  constructor(options: { db: Database; log: Logger; journal: Journal; webhooks: WebhookRepository }) {
    this.#o = options;
  }

  /** Begins nothing more and waits for what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    // Whoever began the round hears of its failure.
    await Promise.allSettled([this.#running]);
  }

  /** Goes on until every endpoint has seen what is published, or has enough to do. Returns deliveries made. */
  round(): Promise<number> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #round(): Promise<number> {
    const full = new Set<string>();
    let made = 0;
    while (!this.#stopped) {
      const lagging = (await this.#o.webhooks.lagging()).filter((w) => !full.has(w.id));
      if (lagging.length === 0) break;
      let key = '';
      let page: FeedEvent[] = [];
      for (const w of lagging) {
        if (await this.#isFull(w)) {
          full.add(w.id);
          continue;
        }
        // Endpoints that stand at the same place share what was read.
        if (key !== `${w.org}\0${w.cursor}`) page = await readEvents(this.#o.db, w.org, w.cursor, PAGE);
        key = `${w.org}\0${w.cursor}`;
        const last = page.at(-1);
        if (last) made += await this.#advance(w, page, last.no);
        // Everything after its position was removed by retention: new events will move it on.
        else full.add(w.id);
      }
    }
    return made;
  }

  async #advance(w: Lagging, page: readonly FeedEvent[], to: number): Promise<number> {
    const { journal, log, webhooks } = this.#o;
    const first = page[0]?.no ?? to;
    if (first > w.cursor + 1)
      log.warn('events were removed by retention before an endpoint got them', {
        webhook: w.id,
        events: first - w.cursor - 1,
      });
    const wanted = page.filter((e) => matchesType(w.types, e.type));
    try {
      await journal.acceptTogether(
        wanted.map((event) => deliveryOf(w, event)),
        [webhooks.advance(w, to)],
      );
      return wanted.length;
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'cursor') throw error;
      return 0;
    }
  }

  async #isFull(w: Lagging): Promise<boolean> {
    const { rows } = await this.#o.db.query(
      `select count(*) as n from (select 1 from operation where org = $1 and kind = $2 and subject = $3 and holds limit $4) p`,
      [w.org, (w.ordered ? deliverWebhookInOrder : deliverWebhook).kind, webhookSubject(w.id), MAX_PENDING],
    );
    return Number(rows[0]?.n) >= MAX_PENDING;
  }
}
