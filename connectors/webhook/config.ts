import type { HubError } from '../../canonical/errors.ts';
import type { DeliveredEvent } from './cloud-event.ts';
import type { Post } from './guarded-post.ts';

/** Where an endpoint's deliveries go. */
export interface Target {
  url: string;
  /** The newest first; more than one in the time after a rotation. */
  secrets: readonly string[];
  /** It has failed since its last success: a success is news. */
  failing: boolean;
}

/**
 * What the hub gives to the built-in instance instead of settings: endpoints live in the store, and a connector knows
 * no store.
 */
export interface WebhookPort {
  target(organisation: string, webhook: string): Promise<Target | undefined>;
  event(organisation: string, no: number): Promise<DeliveredEvent | undefined>;
  /** Tells what became of an attempt, so that endpoints that only fail are disabled. */
  report(organisation: string, webhook: string, outcome: Report): Promise<void>;
  health(organisation: string): Promise<{ endpoints: number; disabled: number; failing: number }>;
  /** Runs one attempt at an endpoint; a thrown error counts against it. */
  attempt<T>(webhook: string, run: () => Promise<T>): Promise<T>;
  post: Post;
  /** Milliseconds. */
  timeoutMs: number;
}

export interface Report {
  /** Absent = delivered. */
  error?: HubError;
  /** Attempts of this delivery so far. */
  attempt: number;
}
