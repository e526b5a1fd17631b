import { isHubError } from '../canonical/errors.ts';
import type { Clock } from '../connectors/port.ts';
import type { Instance } from './ports.ts';

/** What an instance's probe said; null before the first one has ended. */
export interface KnownHealth {
  checkedAt: Date | null;
  health: Readonly<Record<string, unknown>> | null;
}

/** A probe is begun when somebody asks and the last one is older than this. */
const FRESH_MS = 15_000;
const PROBE_MS = 10_000;

/** Health of the instances as last seen: whoever asks is answered at once, and an upstream is asked only while somebody looks. */
export class HealthBook {
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownHealth>();
  readonly #asking = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(instance: Instance): KnownHealth {
    const known = this.#known.get(instance.name) ?? { checkedAt: null, health: null };
    const age = this.#clock.now() - (known.checkedAt?.getTime() ?? 0);
    if ((age < 0 || age > FRESH_MS) && !this.#asking.has(instance.name)) {
      this.#asking.add(instance.name);
      void this.#ask(instance);
    }
    return known;
  }

  async #ask(instance: Instance): Promise<void> {
    let health: Readonly<Record<string, unknown>>;
    try {
      health = { ...(await instance.connector.probe(instance.context({ signal: AbortSignal.timeout(PROBE_MS) }))) };
    } catch (error) {
      health = isHubError(error)
        ? { ok: false, code: error.code, message: error.message }
        : { ok: false, code: 'PROBE_FAILED', message: 'The probe failed.' };
    }
    this.#known.set(instance.name, { checkedAt: new Date(this.#clock.now()), health });
    this.#asking.delete(instance.name);
  }
}
