import { DeliverWebhook } from '../../canonical/commands/deliver-webhook.ts';
import { Breaker } from '../breaker.ts';
import type { Gate } from '../ports.ts';

/** How long a delivery to a disabled endpoint sleeps; enabling wakes it. */
const DISABLED_MS = 3_600_000;
/** Deliveries held back by a breaker come back spread over this time. */
const SPREAD_MS = 60_000;
const BUSY_MS = 1_000;

export interface LanesOptions {
  /** Deliveries to one endpoint at once. */
  perEndpoint: number;
  random(): number;
  /** Epoch milliseconds. */
  now(): number;
  isDisabled(org: string, webhook: string): Promise<boolean>;
}

interface Lane {
  breaker: Breaker;
  running: number;
}

/**
 * Keeps endpoints apart: each has a breaker and a few places of its own, so that a receiver which is slow or down holds
 * back nobody else's deliveries. Known to this process only; a new one learns anew.
 */
export class Lanes {
  readonly #o: LanesOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: LanesOptions) {
    this.#o = options;
  }

  readonly gate: Gate = async (op, now) => {
    const { webhook, no } = DeliverWebhook.parse(op.payload);
    // A test is how a person finds out whether the endpoint is well again.
    if (no === 0) return { go: true };
    if (await this.#o.isDisabled(op.org, webhook))
      return { until: new Date(now.getTime() + DISABLED_MS), reason: 'disabled' };
    const { breaker, running } = this.#lane(webhook);
    if (breaker.state(now.getTime()) === 'open')
      return { until: new Date(breaker.openUntil + this.#o.random() * SPREAD_MS), reason: 'endpoint' };
    if (running >= breaker.allowance(now.getTime(), this.#o.perEndpoint))
      return { until: new Date(now.getTime() + BUSY_MS * (1 + this.#o.random())), reason: 'endpoint' };
    return { go: true };
  };

  /** Runs one attempt in its endpoint's lane. */
  async run<T>(webhook: string, attempt: () => Promise<T>): Promise<T> {
    const lane = this.#lane(webhook);
    lane.running++;
    try {
      const answer = await attempt();
      lane.breaker.succeeded();
      return answer;
    } catch (error) {
      lane.breaker.failed(this.#o.now());
      throw error;
    } finally {
      lane.running--;
    }
  }

  forget(webhook: string): void {
    this.#lanes.delete(webhook);
  }

  #lane(webhook: string): Lane {
    let lane = this.#lanes.get(webhook);
    if (!lane) {
      lane = { breaker: new Breaker(), running: 0 };
      this.#lanes.set(webhook, lane);
    }
    return lane;
  }
}
