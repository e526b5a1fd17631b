import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseConfig } from '../config/load.ts';
import { sandboxConfig } from '../config/sandbox.ts';
import { connectorSchemas } from '../connectors/registry.ts';
import { startHub } from '../hub.ts';
import { createLogger } from '../logging/logger.ts';

/** What the parent passes as the one argument, as JSON. */
export interface HubChildOptions {
  dataDir: string;
  onecUrl: string;
  key: string;
  durability: 'fsync' | 'none';
}

export interface EntityTime {
  entity: string;
  records: number;
  seconds: number;
  /** The largest resident memory seen while the entity was read, four times a second, MB. */
  rssMb: number;
}

export type HubChildMessage =
  | { type: 'ready'; url: string }
  | { type: 'progress'; entity: string; seen: number; seconds: number; rssMb: number }
  | {
      type: 'done';
      entities: EntityTime[];
      seconds: number;
      quarantined: number;
      peakRssMb: number;
      idleRssMb: number;
      delayP99Ms: number;
      delayMaxMs: number;
      /** Processor time of all threads during the load, seconds. */
      cpuSeconds: number;
    };

const tell = (message: HubChildMessage): void => void process.send?.(message);
const options = JSON.parse(process.argv[2] ?? '{}') as HubChildOptions;
const credentials = { login: 'hub', password: 'hub-sandbox' };
const config = sandboxConfig({
  onec: { url: `${options.onecUrl}/uk`, ...credentials },
  sms: { url: options.onecUrl, ...credentials },
});
const hub = await startHub({
  config: parseConfig(config, '(bench)', connectorSchemas(), {}),
  dataDir: options.dataDir,
  port: 0,
  host: '127.0.0.1',
  active: false,
  controlKey: options.key,
  durability: options.durability,
  log: createLogger({ level: 'warn', format: 'text' }),
});
const megabytes = (kilobytes: number): number => Math.round(kilobytes / 1024);
const rss = (): number => megabytes(process.memoryUsage.rss() / 1024);
const idleRssMb = rss();
tell({ type: 'ready', url: hub.url });

process.once('message', () => void sync());
// Nobody measures any more.
process.once('disconnect', () => process.exit());

/** The whole first load, entity by entity, with the delay of this process's event loop meanwhile. */
async function sync(): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const ends = new Map<string, number>();
  const peaks = new Map<string, number>();
  let shown = began;
  let current = '';
  const sampling = setInterval(() => peaks.set(current, Math.max(peaks.get(current) ?? 0, rss())), 250);
  const done = await hub.sync.run({
    instance: 'onec-main',
    full: true,
    onProgress: ({ entity, phase, seen }) => {
      const now = performance.now();
      current = entity;
      if (phase === 'done') ends.set(entity, now);
      if (now - shown < 5_000) return;
      shown = now;
      tell({ type: 'progress', entity, seen, seconds: (now - began) / 1000, rssMb: rss() });
    },
  });
  clearInterval(sampling);
  delay.disable();
  const used = process.cpuUsage(cpu);
  let before = began;
  const entities = done.map(({ entity, changed }) => {
    const end = ends.get(entity) ?? before;
    const seconds = (end - before) / 1000;
    before = end;
    return { entity, records: changed, seconds, rssMb: peaks.get(entity) ?? 0 };
  });
  tell({
    type: 'done',
    entities,
    seconds: (performance.now() - began) / 1000,
    quarantined: done.reduce((sum, d) => sum + d.quarantined, 0),
    peakRssMb: megabytes(process.resourceUsage().maxRSS),
    idleRssMb,
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
    cpuSeconds: (used.user + used.system) / 1e6,
  });
  await hub.close();
  process.disconnect();
}
