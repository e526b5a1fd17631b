import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
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

/**
 * Lets a held sweep remove what it found missing. Where processes share the store it is asked for durably; else it is done
 * when this resolves.
 */
export function removalsAccepter(o: {
  db: Database;
  clock: Clock;
  sync: Sync;
  requests: SyncRequests | undefined;
}): (wanted: { org: string; instance: string; entity: string }) => Promise<void> {
  const { db, clock, sync, requests } = o;
  return async (wanted) => {
    const { org, instance, entity } = wanted;
    const asked = new Date(clock.now()).toISOString();
    const isHeld = async (): Promise<boolean> =>
      (
        await db.query(
          'select 1 from sync_state where org = $1 and instance = $2 and entity = $3 and held is not null',
          [org, instance, entity],
        )
      ).count > 0;
    const request = { ...wanted, full: true, acceptRemovals: true };
    if (requests) await requests.ask(request);
    else {
      await sync.run(request);
      // A run that was under way already was joined, and knew nothing of the permission.
      if (await isHeld()) await sync.run(request);
    }
    // What a later sweep holds is another question.
    await db.query(
      `update sync_state set held = null where org = $1 and instance = $2 and entity = $3 and held->>'since' <= $4`,
      [org, instance, entity, asked],
    );
  };
}
