import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseConfig } from '../../config/load.ts';
import { sandboxConfig } from '../../config/sandbox.ts';
import { connectorSchemas } from '../../connectors/registry.ts';
import { startHub } from '../../hub.ts';
import { createLogger } from '../../logging/logger.ts';

/** What the parent passes as JSON. */
export interface HubOptions {
  dataDir: string;
  onecUrl: string;
  smsUrl?: string;
  /** The server and the Redis; the embedded store without them. */
  databaseUrl?: string;
  redis?: { url: string; prefix: string };
  /** Requests at once to the base and to the gateway; 50 is more than the settings allow a real base. */
  concurrency: number;
  /** Carries out operations. */
  active: boolean;
  /** Pulled before the hub is ready. */
  entities: readonly string[];
}

/** What `ask('key')` answers: a key of a client, which is looked up as any other. */
export interface HubAnswer {
  key: string;
}

/** What `ask('delay')` answers: of the event loop since it was asked last, milliseconds. */
export interface HubDelay {
  p99Ms: number;
  maxMs: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as HubOptions;
const credentials = { login: 'hub', password: 'hub-sandbox' };
const text = sandboxConfig({
  onec: { url: `${options.onecUrl}/uk`, ...credentials },
  sms: { url: options.smsUrl ?? options.onecUrl, ...credentials },
});
const config = parseConfig(text, '(bench)', connectorSchemas(), {});
const hub = await startHub({
  config: {
    ...config,
    connectors: config.connectors.map((c) => ({
      ...c,
      settings: { ...(c.settings as object), concurrency: options.concurrency, perSecond: 0 },
    })),
  },
  dataDir: options.dataDir,
  ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}),
  ...(options.redis ? { redis: options.redis } : {}),
  port: 0,
  host: '127.0.0.1',
  active: options.active,
  controlKey: `hub_control_${process.pid}_bench`,
  log: createLogger({ level: 'warn', format: 'text' }),
});
for (const entity of options.entities) await hub.sync.run({ instance: 'onec-main', full: true, entity });
const { key } = await hub.keys.create({ org: 'tk-demo', name: 'bench', scopes: ['*'] });
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
function delayAnswer(): HubDelay {
  const answer = { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 };
  delay.reset();
  return answer;
}
process.on('message', (asked) => process.send?.(asked === 'delay' ? delayAnswer() : ({ key } satisfies HubAnswer)));
process.send?.({ url: hub.url });
const end = (): void => void hub.close().finally(() => process.exit(0));
process.once('disconnect', end);
process.once('SIGTERM', end);
