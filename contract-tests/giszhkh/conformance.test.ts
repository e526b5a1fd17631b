import { afterAll, describe, test } from '@jest/globals';
import type { GisZhkhConfig } from '../../connectors/giszhkh/config.ts';
import { giszhkh } from '../../connectors/giszhkh/connector.ts';
import { codes, gisError } from '../../connectors/giszhkh/errors.ts';
import { codesAreDocumented, unknownCodeIsUnexpected } from '../../connectors/kit/conformance/code-law.ts';
import { probeTells } from '../../connectors/kit/conformance/read-law.ts';
import {
  everyFaultIsNamed,
  everySecretIsTried,
  everySettingIsDescribed,
  faultsHideSecrets,
} from '../../connectors/kit/conformance/settings-law.ts';
import type { ConformanceSpec } from '../../connectors/kit/conformance/spec.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { certificate, vectors } from '../signing/vectors.ts';
import { contextOf } from './context.ts';

const open = new Set<Simulator>();
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
  }),
  prepare: async () => {
    const { signing } = contextOf({});
    return signing ? { signing } : {};
  },
  commands: {},
};
afterAll(async () => {
  for (const sim of open) await sim.close();
});

/**
 * The laws of every connector that do not play single commands: imports of ГИС ЖКХ are batches whose results name transport identifiers,
 * which the suite's player of commands does not know. Lost answers of imports are tried with journal and worker elsewhere.
 */
describe('giszhkh keeps the rules of every connector', () => {
  test('bad settings are told all at once, each by its key', () => everyFaultIsNamed(spec));
  test('each setting is described', () => everySettingIsDescribed(spec));
  test('each secret takes part in this suite', () => everySecretIsTried(spec));
  test('faults of settings do not repeat secrets', () => faultsHideSecrets(spec));
  test('codes, errors and README agree', () => codesAreDocumented(spec));
  test('an unknown code is unexpected', () => unknownCodeIsUnexpected(spec));
  (vectors === '' ? test.skip : test)('the probe tells what is wrong', () => probeTells(spec));
});
