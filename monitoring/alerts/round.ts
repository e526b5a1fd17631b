import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Database } from '../../storage/port.ts';
import { conditions } from '../conditions.ts';
import type { Figures } from '../figures.ts';
import { planAlerts } from './plan.ts';
import { claimLook, livingAlerts, type Receiver, stepStatement } from './repository.ts';

export interface AlertRoundOptions {
  db: Database;
  clock: Clock;
  random(): number;
  log: Logger;
  figures: { read(): Promise<Figures> };
  receivers: readonly Receiver[];
  /** A firing alert is told of again after this time, milliseconds. */
  repeatMs: number;
  /** Events were written. */
  onChange(): void;
}

/** How often the figures are looked at, by one of all processes, milliseconds. */
export const LOOK_EVERY_MS = 15_000;

/** Compares the figures with the conditions and writes what fires and what is over. Any process may call it at any time. */
export class AlertRound {
  readonly #o: AlertRoundOptions;

  constructor(options: AlertRoundOptions) {
    this.#o = options;
  }

  async run(): Promise<void> {
    const { db, clock, random, log, receivers } = this.#o;
    const now = new Date(clock.now());
    if (!(await claimLook(db, now, LOOK_EVERY_MS))) return;
    const living = await livingAlerts(db);
    const steps = planAlerts(conditions, await this.#o.figures.read(), living, now, this.#o.repeatMs);
    const newId = (): string => uuidv7(now.getTime(), random);
    for (const step of steps) {
      const { sql, params } = stepStatement(
        step,
        { alert: step.before?.id ?? newId(), event: newId(), notices: receivers.map(newId) },
        receivers,
      );
      await db.query(sql, params);
      if (!step.notice) continue;
      const { name, labels, value } = step.alert;
      const tell = step.notice === 'resolved' ? log.info : log.warn;
      tell(`alert ${step.notice}`, { alert: name, ...labels, value });
    }
    if (steps.some((s) => s.notice)) this.#o.onChange();
  }
}
