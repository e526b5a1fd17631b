import { join } from 'node:path';
import { createApi } from '../../cli/api.ts';
import { registerSandboxCertificate, SANDBOX_CERTIFICATE } from '../../cli/sandbox-certificate.ts';
import { DEMO_ORGANISATION } from '../../simulators/giszhkh/demo.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { guidOf } from '../../simulators/onec/company.ts';
import { CONTROL_KEY, type TestHub } from './harness.ts';

const facts = process.env.HUB_CONTRACT_FACTS;

export interface GisZhkhSide {
  sim: Simulator;
  /** Its connector, `giszhkh-main`, for {@link startTestHub}. */
  connectors: string;
}

/**
 * The stand-in of ГИС ЖКХ of a company, answering at once. The hub reads the first house of it.
 * @param accounts of the company; what it has beyond those of the hub's 1C is extra there
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
    connectors: `  giszhkh-main: { system: giszhkh, organisation: uk, url: "${sim.url}", orgPPAGUID: ${DEMO_ORGANISATION}, certificate: ${SANDBOX_CERTIFICATE}, houses: [${guidOf('building', 100_000)}], settleAfterMs: 1000, poll: ${poll} }\n`,
  };
}

/** Makes the hub's signature known there, and links what ГИС ЖКХ has to what came from 1C. */
export async function linkGisZhkh({ hub }: TestHub, { sim }: GisZhkhSide): Promise<void> {
  await registerSandboxCertificate(createApi(hub.url, CONTROL_KEY), sim.url);
  for (const entity of ['Building', 'Premises', 'PersonalAccount', 'Meter', 'PaymentDocument'])
    await hub.sync.run({ instance: 'giszhkh-main', entity });
}

const ACCOUNTS = 'Catalog_КВП_ЛицевыеСчета';
const METERS = 'Catalog_УПЖКХ_ПриборыУчета';

/**
 * Works in 1C after ГИС ЖКХ was filled, before the hub reads it: two accounts and two meters are new, an account has changed.
 * One of the meters stands in the flat of a new account, which ГИС ЖКХ has to know before it.
 */
export async function changeOnec({ onec }: TestHub): Promise<void> {
  const work = async (body: object): Promise<unknown> => {
    const response = await fetch(`${onec.url}/__sim/objects`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`1C: ${response.status} ${await response.text()}`);
    return response.json();
  };
  /** Fields of some object of a set, for one like it. */
  const like = async (set: string): Promise<Record<string, unknown>> => {
    const [found] = (await work({ action: 'find', set })) as Record<string, unknown>[];
    const { Ref_Key: _key, DataVersion: _version, ...fields } = found ?? {};
    return { ...fields, Здание_Key: guidOf('building', 1) };
  };
  // Of two houses the odd premises lie in the first.
  for (const n of [1, 5]) {
    const identifiers = { ЕЛС: `20AA00000${n}`, ИдентификаторЖКУ: `20AA00000${n}-01` };
    const { Здание_Key: _house, ...account } = await like(ACCOUNTS);
    await work({
      action: 'create',
      set: ACCOUNTS,
      body: {
        ...account,
        ...identifiers,
        Code: String(200_000_000 + n),
        Description: String(200_000_000 + n),
        Помещение_Key: guidOf('premises', n),
        Закрыт: false,
      },
    });
  }
  for (const n of [1, 3])
    await work({
      action: 'create',
      set: METERS,
      body: {
        ...(await like(METERS)),
        Помещение_Key: guidOf('premises', n),
        Code: `90000000${n}`,
        ЗаводскойНомер: `9000000${n}`,
        Снят: false,
      },
    });
  await work({
    action: 'patch',
    set: ACCOUNTS,
    key: guidOf('account', 7),
    body: { ОбщаяПлощадь: 99.9, КоличествоПроживающих: 7 },
  });
}
