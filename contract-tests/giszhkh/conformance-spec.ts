import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { commands as definitions } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import type { GisZhkhConfig } from '../../connectors/giszhkh/config.ts';
import { gisConnector } from '../../connectors/giszhkh/connector.ts';
import { codes, gisError } from '../../connectors/giszhkh/errors.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import type { ConformanceSpec } from '../../connectors/kit/conformance/spec.ts';
import type { HubFile, UploadNote, Uploads } from '../../connectors/port.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { DEMO_ORGANISATION } from '../../simulators/giszhkh/demo.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { SimClock } from '../../simulators/kit/clock.ts';
import { mapperOf } from '../../wiring/mapper.ts';
import { certificate, vectors } from '../signing/vectors.ts';
import {
  bankPayments,
  commands,
  EARLIER_ACCOUNT,
  EARLIER_DOCUMENT,
  HOUSE,
  nativeKeys,
  personal,
  SETTLE_AFTER_MS,
  SUBREQUEST,
} from './conformance-commands.ts';
import { contextOf } from './context.ts';

const set = await loadMappings(builtInFolder('giszhkh'), { entities, commands: definitions });
const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
const certificates = vectors === '' ? [] : [pem(certificate('dir256').der)];
const bytes = Buffer.from('%PDF-1.4');
const file: HubFile = {
  name: 'document.pdf',
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: async function* () {
    yield bytes;
  },
};
const uploadsOf = (notes: Map<string, UploadNote>): Uploads => ({
  find: async (key) => notes.get(key),
  note: async (key, note) => void notes.set(key, note),
  forget: async () => notes.clear(),
});
let n = 0;

/** One whose lost answer is looked for, and one that a person decides: they are tried always, the others where there is time. */
export const quickKinds = ['meter-readings.publish', 'registry.import'];

/** Between the questions about a directory the clock of the stand-in goes on in place of the test's. */
const tools = gisTools(async ({ clock, signal }, ms) => {
  signal.throwIfAborted();
  (clock as SimClock).advance(ms);
  await turn();
});

/** What the suite of all connectors is told of this one. */
export const spec: ConformanceSpec<GisZhkhConfig> = {
  connector: gisConnector(tools),
  readme: new URL('../../connectors/giszhkh/README.md', import.meta.url),
  errors: { table: codes, toError: (code) => gisError(code) },
  start: async () => {
    const sim = await startGisZhkhSimulator({
      port: 0,
      accounts: 20,
      buildings: 1,
      contour: 'sit01',
      login: { name: 'sit', password: 'sit-passw0rd' },
      organisations: [{ orgPPAGUID: DEMO_ORGANISATION, certificates }],
      receivedMs: 0,
      workingMs: 0,
      // Nothing but the connector keeps an import from acting twice.
      messageGuid: 'new-work',
      transportGuid: 'second-object',
    });
    const tell = async (name: string, input: object): Promise<void> => {
      const answer = await fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(input) });
      if (!answer.ok) throw new Error(await answer.text());
    };
    await tell('subrequests', { subrequests: [{ guid: SUBREQUEST, house: HOUSE, flat: '1' }] });
    await tell('appeals', { appeals: [{ house: HOUSE, flat: '1', text: 'В подъезде не горит свет.' }] });
    await tell('documents', { documents: [{ id: EARLIER_DOCUMENT, account: EARLIER_ACCOUNT, month: '2026-09' }] });
    await tell('payments', { payments: bankPayments });
    return sim;
  },
  settings: (url) => ({
    url,
    contour: 'sit01',
    orgPPAGUID: DEMO_ORGANISATION,
    certificate: 'dir256',
    auth: { login: 'sit', password: 'sit-passw0rd' },
    poll: { imports: [10], exports: [0.01], directories: [10] },
    exportGiveUpMs: 60_000,
    timeoutMs: 10_000,
    settleAfterMs: SETTLE_AFTER_MS,
    settleForMs: 120_000,
  }),
  prepare: async (_ctx, standIn) => {
    const { signing } = contextOf({ now: () => standIn.clock.now() });
    // Answers that the connector keeps for a while belong to a stand-in that is gone.
    const instance = `giszhkh-${++n}`;
    const mapper = mapperOf(set, { nativeKeys: async () => new Map(nativeKeys) }, 'test', instance, 'Europe/Moscow');
    return {
      instance,
      random: Math.random,
      files: { open: async () => file },
      uploads: uploadsOf(new Map()),
      ...(signing ? { signing } : {}),
      ...(mapper ? { mapper } : {}),
    };
  },
  source: set.get('PersonalAccount')?.source,
  mendsPages: true,
  commands,
  personal,
};
