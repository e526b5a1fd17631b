import type { Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import { NUMBERED_AT_ONCE, numberEvents } from '../storage/repositories/events.ts';

/** Numbers committed events whenever asked to, one pass at a time, and tells when it has published some. */
export function publisherOf(o: { db: Database; log: Logger; onPublished(): void }): {
  ask(): void;
  settled(): Promise<void>;
} {
  let running: Promise<void> | undefined;
  let again = false;
  const pass = async (): Promise<void> => {
    do {
      again = false;
      try {
        const published = await numberEvents(o.db);
        if (published > 0) o.onPublished();
        if (published === NUMBERED_AT_ONCE) again = true;
      } catch (error) {
        o.log.warn('events could not be published yet', { error });
      }
    } while (again);
    running = undefined;
  };
  return {
    ask: () => {
      again = true;
      running ??= pass();
    },
    settled: async () => {
      await running;
    },
  };
}
