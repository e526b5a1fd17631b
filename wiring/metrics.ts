import { Registry } from 'prom-client';
import type { HubConfig } from '../config/load.ts';
import type { Logger } from '../connectors/port.ts';
import { type Certificate, FigureBook, type FigureOptions, type Figures } from '../monitoring/figures.ts';
import type { ProcessMetrics } from '../monitoring/process-metrics.ts';
import { StoreMetrics } from '../monitoring/store-metrics.ts';
import type { Sync } from '../sync/sync.ts';
import { organisationZone } from './zones.ts';

/** The figures of this hub, from its configuration. */
export function figuresOf(
  o: Omit<FigureOptions, 'organisations' | 'pulls' | 'certificates'> & {
    config: HubConfig;
    sync: Sync;
    certificates(): readonly Certificate[];
  },
): FigureBook {
  const { config, sync } = o;
  const zone = organisationZone(config);
  return new FigureBook({
    ...o,
    organisations: config.organisations.map((org) => org.id),
    pulls: config.connectors
      .filter((c) => c.sync !== undefined || c.fullSync !== undefined)
      .map((c) => ({
        organisation: c.organisation,
        connector: c.instance,
        entities: sync.entities(c.instance),
        crons: [c.sync, c.fullSync].filter((cron) => cron !== undefined),
        timezone: zone(c.organisation),
      })),
  });
}

/** Prometheus metrics of this process and of the whole hub, as text. Without its store a process tells of itself only. */
export function metricsOf(
  figures: FigureBook,
  own: ProcessMetrics,
  config: HubConfig,
  log: Logger,
): () => Promise<string> {
  const shared = new StoreMetrics(config.organisations.map((org) => org.id));
  const all = Registry.merge([own.registry, shared.registry]);
  return async () => {
    let read: Figures | undefined;
    try {
      read = await figures.read();
    } catch (error) {
      log.warn('the figures of the store could not be read for the metrics', { error });
    }
    shared.set(read);
    if (read) return all.metrics();
    return `${await own.registry.metrics()}${await shared.registry.getSingleMetricAsString('hub_store_up')}\n`;
  };
}
