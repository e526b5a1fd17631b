import type { Simulator } from './kit/server.ts';
import { startOnecSimulator } from './onec/simulator.ts';
import { startSmsSimulator } from './sms/simulator.ts';

export interface StartOptions {
  port: number;
  seed: number;
  accounts: number;
}

/** Every stand-in by its name, in the order of their default ports. */
export const simulators: Readonly<Record<string, (options: StartOptions) => Promise<Simulator>>> = {
  onec: (options) => startOnecSimulator(options),
  sms: ({ port, seed }) => startSmsSimulator({ port, seed }),
};
