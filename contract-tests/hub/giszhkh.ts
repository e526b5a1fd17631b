import { join } from 'node:path';
import { createApi } from '../../cli/api.ts';
import { registerSandboxCertificate, SANDBOX_CERTIFICATE } from '../../cli/sandbox-certificate.ts';
import { DEMO_ORGANISATION } from '../../simulators/giszhkh/demo.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { CONTROL_KEY, type TestHub } from './harness.ts';

const facts = process.env.HUB_CONTRACT_FACTS;

export interface GisZhkhSide {
  sim: Simulator;
  /** Its connector, `giszhkh-main`, for {@link startTestHub}. */
  connectors: string;
}

/**
 * The stand-in of ГИС ЖКХ of a company, answering at once.
 * @param accounts of the company; fewer than the hub's 1C has, and the last ones are missing there
 */
export async function startGisZhkh({
  accounts,
  buildings,
}: {
  accounts: number;
  buildings: number;
}): Promise<GisZhkhSide> {
  const sim = await startGisZhkhSimulator({
    port: 0,
    accounts,
    buildings,
    receivedMs: 1,
    workingMs: 1,
    ...(facts ? { schemas: join(facts, 'giszhkh') } : {}),
  });
  const poll = '{ imports: [0.05], exports: [0.02], directories: [0.02] }';
  return {
    sim,
    connectors: `  giszhkh-main: { system: giszhkh, organisation: uk, url: "${sim.url}", orgPPAGUID: ${DEMO_ORGANISATION}, certificate: ${SANDBOX_CERTIFICATE}, settleAfterMs: 1000, poll: ${poll} }\n`,
  };
}

/** Makes the hub's signature known there, and links what ГИС ЖКХ has to what came from 1C. */
export async function linkGisZhkh({ hub }: TestHub, { sim }: GisZhkhSide): Promise<void> {
  await registerSandboxCertificate(createApi(hub.url, CONTROL_KEY), sim.url);
  for (const entity of ['Building', 'Premises', 'PersonalAccount', 'Meter', 'PaymentDocument'])
    await hub.sync.run({ instance: 'giszhkh-main', entity });
}
