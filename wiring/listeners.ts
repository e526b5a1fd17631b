import type { Logger } from '../connectors/port.ts';
import type { Inbound } from '../queues/inbound.ts';
import type { Instance } from '../queues/ports.ts';

export interface Listeners {
  /** Ends every connection that was held for listening. */
  stop(): Promise<void>;
}

/** Pauses before a listener that failed is started again, milliseconds; the last one repeats. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Lets each connector that can be told things listen for them; an event is acknowledged when it is stored. */
export function startListeners(o: { instances: readonly Instance[]; inbound: Inbound; log: Logger }): Listeners {
  const stopped = new AbortController();
  const { signal } = stopped;
  const keep = async (instance: Instance): Promise<void> => {
    const { connector, name, organisation } = instance;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await connector.listen?.(instance.context({ signal }), (events) =>
          o.inbound.receive(organisation, name, events),
        );
        failures = 0;
      } catch (error) {
        o.log.warn('listening to an upstream broke off; it is begun anew', { instance: name, error });
      }
      await sleep(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 1_000, signal);
    }
  };
  const running = o.instances.filter((i) => i.connector.listen).map(keep);
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
