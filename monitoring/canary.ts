import { toHubError } from '../canonical/errors.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { DriftBook } from '../queues/drift/book.ts';
import type { Instances } from '../queues/instances.ts';
import type { Instance } from '../queues/ports.ts';
import type { Schedule } from '../queues/schedules.ts';
import type { Database } from '../storage/port.ts';
import { readCanaries, writeCanary } from './canary-record.ts';
import { watchShape } from './shape-watch.ts';

export interface CanaryOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  instances: Instances;
  drift: DriftBook;
  /** What the mappings of a connector read. */
  mappings(instance: string): readonly { source: unknown; uses: readonly string[] }[];
}

const PROBE_MS = 30_000;
const SHAPE_MS = 180_000;

/**
 * One call a day to each upstream that changes nothing there: login, reachability, version, and what it publishes. An
 * upstream that is needed once a month is then known to be broken before the month is over.
 */
export class Canary {
  readonly #o: CanaryOptions;

  constructor(options: CanaryOptions) {
    this.#o = options;
  }

  /** For the schedules, so that of all processes one looks. What has failed, or is new, is looked at again soon. */
  schedules(): Schedule[] {
    return [
      { name: 'canary', cron: '7 6 * * *', timezone: 'Europe/Moscow', run: () => this.look(() => true) },
      {
        name: 'canary-again',
        cron: '*/15 * * * *',
        timezone: 'Europe/Moscow',
        run: async () => {
          const known = await readCanaries(this.#o.db);
          await this.look(({ name }) => known.get(name)?.ok !== true);
        },
      },
    ];
  }

  /** Looks at the chosen connectors, one after the other: there is time, and a machine has several of them. */
  async look(isChosen: (instance: Instance) => boolean): Promise<void> {
    const { instances } = this.#o;
    for (const instance of instances.all()) {
      // Endpoints of webhooks are many, and deliveries tell of them all day.
      if (instance.connector.manyUpstreams || !isChosen(instance)) continue;
      // A pause of everything means that nothing is called any more.
      if (instances.pausedAll(instance.organisation).paused) continue;
      await this.#lookAt(instance);
    }
  }

  async #lookAt(instance: Instance): Promise<void> {
    const { db, clock, log, drift } = this.#o;
    const before = (await readCanaries(db)).get(instance.name);
    const at = (): Date => new Date(clock.now());
    try {
      const health = await instance.connector.probe(instance.context({ signal: AbortSignal.timeout(PROBE_MS) }));
      await watchShape({
        db,
        drift,
        instance,
        ctx: instance.context({ signal: AbortSignal.timeout(SHAPE_MS) }),
        mappings: this.#o.mappings(instance.name),
      });
      const version = health.version ?? null;
      if (before?.version && version !== null && before.version !== version)
        drift.note(instance.organisation, instance.name, { place: 'version', kind: 'version', what: version });
      await writeCanary(db, instance.name, { ok: health.ok, code: health.ok ? null : 'UNWELL', version, at: at() });
    } catch (error) {
      const { code } = toHubError(error, 'PROBE_FAILED');
      log.warn('the daily look at an upstream has failed', { instance: instance.name, code });
      await writeCanary(db, instance.name, { ok: false, code, version: before?.version ?? null, at: at() });
    }
  }
}
