import { startOnecSimulator } from '../../simulators/onec/simulator.ts';

/** What the parent passes as JSON. */
export interface OnecOptions {
  accounts: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as OnecOptions;
// As many licences as the benchmark's connections need: what is measured is what stands before the base.
const simulator = await startOnecSimulator({ port: 0, accounts: options.accounts, licences: 200, sessions: 200 });
process.send?.({ url: simulator.url });
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
