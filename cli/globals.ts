import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';

/** Options that every command understands. Environment variables carry the same names in `HUB_…`. */
export interface GlobalOptions {
  json: boolean;
  config?: string;
  data: string;
  url?: string;
  key?: string;
  logLevel: 'error' | 'warn' | 'info' | 'debug' | 'silent';
  simPort: number;
  simSeed: number;
  simAccounts: number;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(new Option('--json', 'machine-readable result on stdout').default(false))
    .addOption(
      new Option('--config <file>', 'configuration (default: ./hub.yaml, else the built-in sandbox)').env('HUB_CONFIG'),
    )
    .addOption(new Option('--data <dir>', 'data directory of the embedded store').env('HUB_DATA').default('./data'))
    .addOption(
      new Option('--url <url>', 'talk to a running hub at this address instead of the local one').env('HUB_URL'),
    )
    .addOption(new Option('--key <key>', 'API key for --url').env('HUB_KEY'))
    .addOption(
      new Option('--log-level <level>', 'what goes to stderr')
        .choices(['error', 'warn', 'info', 'debug', 'silent'])
        .env('HUB_LOG_LEVEL')
        .default('warn'),
    )
    .addOption(
      new Option('--sim-port <port>', 'first port of the sandbox simulators')
        .env('HUB_SIM_PORT')
        .default(8090)
        .argParser(port),
    )
    .addOption(
      new Option('--sim-seed <n>', 'seed of the simulated company').env('HUB_SIM_SEED').default(1).argParser(whole),
    )
    .addOption(
      new Option('--sim-accounts <n>', 'personal accounts of the simulated company')
        .env('HUB_SIM_ACCOUNTS')
        .default(34588)
        .argParser(whole),
    );
}

/** The configuration file to use; undefined means the sandbox. */
export function configFile(options: GlobalOptions): string | undefined {
  if (options.config) return options.config;
  return existsSync('hub.yaml') ? 'hub.yaml' : undefined;
}

export function port(text: string): number {
  const n = whole(text);
  if (n > 65535) throw new UsageError(`'${text}' is not a port; ports go to 65535.`);
  return n;
}

export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`'${text}' is not a whole number.`);
  return Number(text);
}

/** The command was called wrongly; exit code 2. */
export class UsageError extends Error {}

/** Values of an option that takes several, comma-separated. */
export function commaList(text: string): string[] {
  return text
    .split(',')
    .map((s) => s.trim())
    .filter(Boolean);
}
