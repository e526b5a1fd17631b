import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type HubConfig, loadConfig, parseConfig } from '../config/load.ts';
import { sandboxConfig } from '../config/sandbox.ts';
import { connectorKinds, connectorSchemas } from '../connectors/registry.ts';
import { type Hub, startHub } from '../hub.ts';
import { createLogger } from '../logging/logger.ts';
import type { Role } from '../queues/membership.ts';
import { DEMO_EXECUTOR, DEMO_ORGANISATION } from '../simulators/giszhkh/demo.ts';
import { guidOf } from '../simulators/onec/company.ts';
import { createApi } from './api.ts';
import { configFile, type GlobalOptions } from './globals.ts';
import { redisSettings } from './redis-settings.ts';
import { registerSandboxCertificate, SANDBOX_CERTIFICATE } from './sandbox-certificate.ts';
import { type RunningSimulators, runSimulators } from './simulator-process.ts';

/** Login of the sandbox simulators; they hold invented people only. */
export const SANDBOX_LOGIN = { login: 'hub', password: 'hub-sandbox' } as const;
/** In the order of their ports. */
export const SANDBOX_SYSTEMS = ['onec', 'sms', 'giszhkh'] as const;
/** Houses that the sandbox reads from the simulated ГИС ЖКХ: enough to try, and in step within a minute. */
const SANDBOX_HOUSES = 6;

export interface LocalHub {
  url: string;
  /** The same for commands on this machine. */
  controlUrl: string;
  controlKey: string;
  hub: Hub;
  simulators: RunningSimulators | undefined;
  close(): Promise<void>;
}

export interface LocalHubOptions {
  /** 0 takes a free port. */
  port?: number;
  host?: string;
  /** Runs operations, schedules and the first sync; off for one-shot commands. */
  active?: boolean;
  role?: Role;
  /** Milliseconds between the failing of the readiness and the end of new connections. */
  drainMs?: number;
  logFormat?: 'json' | 'text';
}

/** The configuration that a command works with; without a file the sandbox, whose simulators are started. */
export async function openConfiguration(
  options: GlobalOptions,
): Promise<{ config: HubConfig; simulators: RunningSimulators | undefined }> {
  const file = configFile(options);
  if (file)
    return { config: loadConfig(file, connectorSchemas(), process.env, connectorKinds()), simulators: undefined };
  const simulators = await runSimulators({
    firstPort: options.simPort,
    systems: SANDBOX_SYSTEMS,
    seed: options.simSeed,
    accounts: options.simAccounts,
  });
  return { config: sandbox(simulators), simulators };
}

/** Starts a hub in this process from the command line's options: sandbox or hub.yaml, embedded store or server. */
export async function startLocalHub(options: GlobalOptions, local: LocalHubOptions = {}): Promise<LocalHub> {
  const { config, simulators } = await openConfiguration(options);
  try {
    const redis = redisSettings(process.env);
    mkdirSync(options.data, { recursive: true });
    const controlKey = `hub_control_${randomBytes(24).toString('base64url')}`;
    const hub = await startHub({
      config,
      dataDir: options.data,
      ...(process.env.DATABASE_URL ? { databaseUrl: process.env.DATABASE_URL } : {}),
      ...(redis ? { redis } : {}),
      port: local.port ?? 0,
      host: local.host ?? '127.0.0.1',
      active: local.active ?? false,
      role: local.role ?? 'all',
      drainMs: local.drainMs ?? 0,
      controlKey,
      log: createLogger({ level: options.logLevel, format: local.logFormat ?? 'text' }),
    });
    if (simulators?.urls.giszhkh)
      await registerSandboxCertificate(createApi(hub.controlUrl, controlKey), simulators.urls.giszhkh);
    const close = async (): Promise<void> => {
      await hub.close();
      await simulators?.close();
    };
    return { url: hub.url, controlUrl: hub.controlUrl, controlKey, hub, simulators, close };
  } catch (error) {
    await simulators?.close();
    throw error;
  }
}

function sandbox(simulators: RunningSimulators): HubConfig {
  const onec = { url: `${simulators.urls.onec}/uk`, ...SANDBOX_LOGIN };
  const sms = { url: simulators.urls.sms ?? '', ...SANDBOX_LOGIN };
  const giszhkh = {
    url: simulators.urls.giszhkh ?? '',
    organisation: DEMO_ORGANISATION,
    executor: DEMO_EXECUTOR,
    certificate: SANDBOX_CERTIFICATE,
    houses: Array.from({ length: SANDBOX_HOUSES }, (_, i) => guidOf('building', 100_000 + i)),
  };
  return parseConfig(sandboxConfig({ onec, sms, giszhkh }), '(sandbox)', connectorSchemas(), {}, connectorKinds());
}
