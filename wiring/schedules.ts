import type { HubConfig } from '../config/load.ts';
import type { Logger } from '../connectors/port.ts';
import { applyRetention } from '../queues/retention.ts';
import type { Schedule } from '../queues/schedules.ts';
import type { Store } from '../storage/open.ts';
import { isElsewhere } from '../sync/requests.ts';
import type { Sync } from '../sync/sync.ts';
import { organisationZone } from './zones.ts';

/** What the hub does by the clock: pulls, retention, care of the store. */
export function schedulesOf(
  config: HubConfig,
  sync: Sync,
  db: Store['db'],
  clock: { now(): number },
  log: Logger,
): Schedule[] {
  const pull = async (instance: string, organisation: string, full: boolean): Promise<void> => {
    if (sync.isPaused(organisation)) return log.info('a pull was left out: everything is paused', { instance });
    try {
      await sync.run({ instance, full });
    } catch (error) {
      if (!isElsewhere(error)) throw error;
      log.info('another process pulls already what was planned', { instance });
    }
  };
  const zone = organisationZone(config);
  return [
    ...config.connectors.flatMap((c) => [
      ...(c.sync
        ? [
            {
              name: `sync:${c.instance}`,
              cron: c.sync,
              timezone: zone(c.organisation),
              run: () => pull(c.instance, c.organisation, false),
            },
          ]
        : []),
      ...(c.fullSync
        ? [
            {
              name: `full-sync:${c.instance}`,
              cron: c.fullSync,
              timezone: zone(c.organisation),
              run: () => pull(c.instance, c.organisation, true),
            },
          ]
        : []),
    ]),
    {
      name: 'retention',
      cron: '15 4 * * *',
      timezone: 'Europe/Moscow',
      run: async () => log.info('retention', await applyRetention(db, config.retention, new Date(clock.now()))),
    },
    // A server does these by itself.
    ...(db.kind === 'pglite'
      ? [
          {
            name: 'maintenance',
            cron: '45 * * * *',
            timezone: 'Europe/Moscow',
            run: async () => void (await db.query('vacuum analyze')),
          },
          {
            name: 'checkpoint',
            cron: '*/5 * * * *',
            timezone: 'Europe/Moscow',
            run: async () => void (await db.query('checkpoint')),
          },
        ]
      : []),
  ];
}
