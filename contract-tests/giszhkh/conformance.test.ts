import { afterAll, describe, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import type { GisZhkhConfig } from '../../connectors/giszhkh/config.ts';
import { giszhkh } from '../../connectors/giszhkh/connector.ts';
import { codes, gisError } from '../../connectors/giszhkh/errors.ts';
import { codesAreDocumented, unknownCodeIsUnexpected } from '../../connectors/kit/conformance/code-law.ts';
import {
  cutsEndInTheRightClass,
  lostAnswersAreFound,
  neverActsTwice,
  nothingIsFoundTooEarly,
  silenceIsNoAnswer,
  waitsForWord,
} from '../../connectors/kit/conformance/cut-law.ts';
import { probeTells, pullsCanBeRepeated } from '../../connectors/kit/conformance/read-law.ts';
import {
  everyFaultIsNamed,
  everySecretIsTried,
  everySettingIsDescribed,
  faultsHideSecrets,
} from '../../connectors/kit/conformance/settings-law.ts';
import type { ConformanceSpec } from '../../connectors/kit/conformance/spec.ts';
import { abortedBeforehand, abortedMeanwhile, leavesNothingOpen } from '../../connectors/kit/conformance/stop-law.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { mapperOf } from '../../wiring/mapper.ts';
import { certificate, vectors } from '../signing/vectors.ts';
import { contextOf } from './context.ts';

const open = new Set<Simulator>();
const set = await loadMappings(builtInFolder('giszhkh'), { entities, commands });
let n = 0;
/** A meter of electricity with one tariff, and a flat, of every stand-in of this size. */
const METER = '0192f0c4-7a1b-7c3d-8e4f-000000000003';
const ROOT = 'a1b2c363-0000-4000-8000-000000000003';
const PREMISES = 'a1b2c361-0000-4000-8000-000000000001';
const spec: ConformanceSpec<GisZhkhConfig> = {
  connector: giszhkh,
  readme: new URL('../../connectors/giszhkh/README.md', import.meta.url),
  errors: { table: codes, toError: (code) => gisError(code) },
  start: async () => {
    const sim = await startGisZhkhSimulator({
      port: 0,
      accounts: 20,
      buildings: 1,
      contour: 'sit01',
      login: { name: 'sit', password: 'sit-passw0rd' },
      receivedMs: 0,
      workingMs: 0,
    });
    open.add(sim);
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate('dir256').der).toString('base64')}\n-----END CERTIFICATE-----\n`;
    const answer = await fetch(`${sim.url}/__sim/certificates`, { method: 'POST', body: JSON.stringify({ pem }) });
    if (!answer.ok) throw new Error(await answer.text());
    return sim;
  },
  settings: (url) => ({
    url,
    contour: 'sit01',
    orgPPAGUID: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    certificate: 'dir256',
    auth: { login: 'sit', password: 'sit-passw0rd' },
    poll: { imports: [10], exports: [0.01], directories: [0.01] },
    timeoutMs: 1_000,
    settleAfterMs: 60_000,
    settleForMs: 120_000,
  }),
  prepare: async (_ctx, standIn) => {
    n++;
    const { signing } = contextOf({ now: () => standIn.clock.now() });
    const instance = `giszhkh-${n}`;
    const nativeKeys = async () => new Map([[`Meter\0${METER}`, ROOT]]);
    const mapper = mapperOf(set, { nativeKeys }, 'test', instance, 'Europe/Moscow');
    // Answers that the connector keeps for a while belong to a stand-in that is gone.
    return { instance, random: Math.random, ...(signing ? { signing } : {}), ...(mapper ? { mapper } : {}) };
  },
  source: set.get('PersonalAccount')?.source,
  mendsPages: true,
  commands: {
    'meter-readings.publish': {
      payload: {
        meter: METER,
        readAt: '2026-11-20',
        values: ['1000.5'],
        resource: 'electricity',
        reading: '0192f0c4-7a1b-7c3d-8e4f-000000000777',
      },
      effect: 'giszhkh.readings',
      foundAs: ['enteredAt', 'found'],
    },
    'registry.import': {
      payload: {
        service: 'debts',
        operation: 'importDebt',
        item: 'Debt',
        content: {
          PlacingDebt: {
            DebtObject: { PremiseGUID: PREMISES },
            DebtorData: { SurName: 'Тестов', FirstName: 'Тест' },
            JudicalAct: {
              JudicalActNumber: '2-7/2026',
              JudicalActDate: '2026-05-11',
              JudicalActDatePronouncingImport: '2026-04-20',
            },
          },
        },
      },
      effect: 'giszhkh.debts',
      unanswerable: true,
    },
  },
};
const LONG_MS = 60_000;
const chosen = Object.fromEntries(Object.entries(giszhkh.commands ?? {}).filter(([kind]) => spec.commands[kind]));
afterAll(async () => {
  for (const sim of open) await sim.close();
});

/**
 * The suite's laws, those of commands on two of them: one whose lost answer is looked for, and one that a person decides. All others are
 * made of the same parts; journal and worker try them elsewhere.
 */
describe('giszhkh keeps the rules of every connector', () => {
  const signed = vectors === '' ? test.skip : test;
  test('bad settings are told all at once, each by its key', () => everyFaultIsNamed(spec));
  test('each setting is described', () => everySettingIsDescribed(spec));
  test('each secret takes part in this suite', () => everySecretIsTried(spec));
  test('faults of settings do not repeat secrets', () => faultsHideSecrets(spec));
  test('codes, errors and README agree', () => codesAreDocumented(spec));
  test('an unknown code is unexpected', () => unknownCodeIsUnexpected(spec));
  signed('the probe tells what is wrong', () => probeTells(spec));
  signed('a page that broke off is read to its end', () => pullsCanBeRepeated(spec), LONG_MS);
  describe.each(Object.keys(spec.commands))('%s', (kind) => {
    signed(
      'a cut at each stage of each call ends in the right class',
      () => cutsEndInTheRightClass(spec, kind),
      LONG_MS,
    );
    signed('whatever strikes, it acts at most once', () => neverActsTwice(spec, kind), LONG_MS);
    signed('an upstream that cannot be asked is no answer', () => silenceIsNoAnswer(spec, kind), LONG_MS);
    if (spec.commands[kind]?.unanswerable)
      signed('a lost answer stays unknown until somebody tells', () => waitsForWord(spec, kind), LONG_MS);
    else {
      signed('a lost answer is found again', () => lostAnswersAreFound(spec, kind), LONG_MS);
      signed('"absent" is said only when it has settled', () => nothingIsFoundTooEarly(spec, kind), LONG_MS);
    }
  });
  const few = { ...spec, connector: { ...giszhkh, commands: chosen } };
  signed('nothing is begun after the hub has stopped', () => abortedBeforehand(few), LONG_MS);
  signed('a call that hangs ends with the signal', () => abortedMeanwhile(few), LONG_MS);
  signed('nothing is left open', () => leavesNothingOpen(few), LONG_MS);
});
