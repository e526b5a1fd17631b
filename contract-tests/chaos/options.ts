import { parseArgs } from 'node:util';
import { type GatewayName, gateways } from './gateways.ts';

export type Store = 'embedded' | 'server';

export interface Options {
  form: 'short' | 'long';
  stores: readonly Store[];
  gateway: GatewayName;
  seed: number;
  seconds: number | undefined;
  write: boolean;
  keep: boolean;
}

export const usage = `Breaks a whole deployment while it works, and counts what came of it.

Usage: npm run test:chaos -- [options]

  --long                10,000 messages and 2,000 readings in place of 600 and 100
  --store <name>        embedded, server or both (default: both). server starts a PostgreSQL and a Redis of its own
                        (Debian packages postgresql, redis-server)
  --gateway <name>      smsc (default), smsaero or smpp; the last two fail over to smsc
  --seed <n>            the same order of mischief again (default: from the clock; printed)
  --seconds <n>         time over which load and mischief are spread
  --write               append the report to bench/RESULTS.md
  --keep                keep the folder of the run
  --help                this text

Clock jumps need libfaketime (Debian package libfaketime); without it they move nothing.
HUB_CHAOS_BUILT=1 runs the built program in dist/ in place of the sources.
Ends with 0 when every promise was kept. docs/operations/chaos.md explains the report.
`;

/** @throws Error that says which flag is wrong and what it takes */
export function optionsOf(args: readonly string[], now: number): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      long: { type: 'boolean', default: false },
      store: { type: 'string', default: 'both' },
      gateway: { type: 'string', default: 'smsc' },
      seed: { type: 'string', default: String(now % 1_000_000) },
      seconds: { type: 'string' },
      write: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { store, gateway } = values;
  if (store !== 'embedded' && store !== 'server' && store !== 'both')
    throw new Error(`--store is embedded, server or both, not '${store}'.`);
  if (!isGateway(gateway)) throw new Error(`--gateway is ${Object.keys(gateways).join(', ')}, not '${gateway}'.`);
  return {
    form: values.long ? 'long' : 'short',
    stores: store === 'both' ? ['embedded', 'server'] : [store],
    gateway,
    seed: whole('--seed', values.seed),
    seconds: values.seconds === undefined ? undefined : whole('--seconds', values.seconds),
    write: values.write,
    keep: values.keep,
  };
}

function isGateway(name: string): name is GatewayName {
  return Object.hasOwn(gateways, name);
}

function whole(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${flag} is a whole number, not '${text}'.`);
  return Number(text);
}
