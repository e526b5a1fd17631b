import type { Logger } from '../connectors/port.ts';
import type { SyncRequests, WantedSync } from '../sync/requests.ts';
import type { Sync } from '../sync/sync.ts';

/**
 * Starts a pull that a caller wants: on a store that processes share by a durable request, which a worker carries out;
 * on the embedded store, or in a one-shot command, here.
 */
export function syncStarterOf(o: {
  sync: Sync;
  requests: SyncRequests | undefined;
  works: boolean;
  log: Logger;
}): (wanted: WantedSync) => Promise<void> {
  const failed = (instance: string) => (error: unknown) =>
    o.log.warn('a pull that was asked for failed', { instance, error });
  return async (wanted) => {
    const { instance } = wanted;
    if (!o.requests) {
      o.sync.run(wanted).catch(failed(instance));
      return;
    }
    await o.requests.ask(wanted);
    if (o.works) o.requests.round().catch(failed(instance));
  };
}
