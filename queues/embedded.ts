import type { Announced, Dispatcher } from './dispatcher.ts';
import { Pump } from './pump.ts';
import { Sweep } from './sweep.ts';
import { Worker, type WorkerOptions } from './worker.ts';

/** Longest sleep between two looks at the journal, milliseconds. */
const SWEEP_MS = 1_000;
const STOP_MS = 20_000;

/** Finds what is due by looking at the journal: needs nothing but the store, and several may work on one store. */
export class EmbeddedDispatcher implements Dispatcher {
  readonly #worker: Worker;
  readonly #pump: Pump;

  constructor(options: WorkerOptions) {
    this.#worker = new Worker(options, {
      onWritten: (entries) => {
        for (const { decision } of entries) if (decision.dueAt) this.#pump.wakeAt(decision.dueAt.getTime());
      },
      onFree: () => this.#pump.notify(),
    });
    const sweep = new Sweep({ ...options, worker: this.#worker });
    this.#pump = new Pump({ ...options, look: () => sweep.round(), longestMs: () => SWEEP_MS });
  }

  start(): void {
    this.#pump.start();
  }

  announce(_operations: readonly Announced[]): void {
    this.#pump.notify();
  }

  notify(): void {
    this.#pump.notify();
  }

  async stop(limitMs = STOP_MS): Promise<void> {
    await this.#pump.stop();
    await this.#worker.stop(limitMs);
  }
}
