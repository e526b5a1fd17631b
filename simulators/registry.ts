import type { Simulator } from './kit/server.ts';
import type { Configuration } from './onec/model.ts';
import { startOnecSimulator } from './onec/simulator.ts';
import { startSmppSimulator } from './smpp/simulator.ts';
import { startSmsSimulator } from './sms/simulator.ts';
import { startSmsAeroSimulator } from './smsaero/simulator.ts';

export interface StartOptions {
  port: number;
  seed: number;
  accounts: number;
  /** Configuration of the 1C base. */
  configuration?: Configuration;
}

/** Every stand-in by its name, in the order of their default ports. */
export const simulators: Readonly<Record<string, (options: StartOptions) => Promise<Simulator>>> = {
  onec: (options) => startOnecSimulator(options),
  sms: ({ port, seed }) => startSmsSimulator({ port, seed }),
  smsaero: ({ port, seed }) => startSmsAeroSimulator({ port, seed }),
  // Its libraries for XML and certificates are read when it is started: every command reads this table.
  giszhkh: async ({ port, seed, accounts }) => {
    const { startGisZhkhSimulator } = await import('./giszhkh/simulator.ts');
    return startGisZhkhSimulator({ port, seed, accounts });
  },
  smpp: ({ port, seed }) => startSmppSimulator({ port, seed }),
};
