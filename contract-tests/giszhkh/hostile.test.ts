import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { getState, post, prepare } from '../../connectors/giszhkh/client.ts';
import { resultsIn } from '../../connectors/giszhkh/element-results.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import type { NativeObject } from '../../connectors/port.ts';
import { elementGuid } from '../../simulators/giszhkh/services/directories.ts';
import { type GisZhkhSimulatorOptions, startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { describeVectors } from '../signing/vectors.ts';
import { controlsOf, pemOf } from './bench.ts';
import { contextOf } from './context.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const NOBODY = '00000001-0000-4000-8000-000000000000';
const SPOILINGS = ['stranger', 'stripped', 'moved', 'doubled-id', 'two-signatures', 'altered'] as const;

describeVectors('answers and refusals that are not what they should be', () => {
  const transport = new HttpTransport();
  const folder = mkdtempSync(join(tmpdir(), 'gis-hostile-'));
  let sim: Simulator | undefined;
  afterEach(async () => {
    await sim?.close();
    sim = undefined;
  });
  afterAll(() => {
    transport.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param known whether the certificate is registered */
  async function open(
    o: {
      sim?: Partial<GisZhkhSimulatorOptions>;
      settings?: Record<string, unknown>;
      known?: 'registered' | 'stranger';
    } = {},
  ) {
    sim = await startGisZhkhSimulator({ port: 0, accounts: 200, buildings: 2, receivedMs: 0, workingMs: 0, ...o.sim });
    const controls = controlsOf(sim.url);
    if (o.known !== 'stranger') await controls.post('certificates', { pem: pemOf('dir256') });
    const http = transport.client({ clock: { now: Date.now }, log });
    const settings = {
      url: sim.url,
      poll: { imports: [0.01], exports: [0.01], directories: [0.01] },
      ...o.settings,
    };
    return { ctx: contextOf({ settings, http }), ...controls, effects: () => sim?.effects.report() ?? {} };
  }
  type Open = Awaited<ReturnType<typeof open>>;

  const directory = {
    service: 'nsi-common',
    operation: 'exportNsiItem',
    content: { RegistryNumber: '2', ListGroup: 'NSI' },
  } as const;
  const sendTo = async ({ ctx }: Open, content: NativeObject = directory.content) =>
    post(ctx, await prepare(ctx, directory.service, directory.operation, content));
  const asked = async (o: Open) => {
    const { ticket } = await sendTo(o);
    return getState(o.ctx, directory.service, ticket);
  };
  const pinned = async (
    sims: Partial<GisZhkhSimulatorOptions> = {},
    signature: 'require' | 'ifPresent' = 'require',
  ) => {
    // The key of the stand-in is that of its seed; its certificate is made when it starts, so the file is read from the one that answers.
    const file = join(folder, `${Math.random().toString(36).slice(2)}.pem`);
    const o = await open({
      sim: { signAnswers: 'all', ...sims },
      settings: { answers: { signature, certificates: [file] } },
    });
    const { pem } = (await o.post('answerCertificate', {})) as { pem: string };
    writeFileSync(file, pem);
    return o;
  };

  test('a document type in an answer is refused before anything of it is read', async () => {
    const o = await open();
    await o.fault({ fault: 'xml-bomb', times: 1, match: '#getState' });
    await expect(asked(o)).rejects.toMatchObject({ kind: 'transient', code: 'GISZHKH_NOT_SOAP' });
    // And the next one is good.
    expect(await asked(o)).toMatchObject({ done: true, result: expect.anything() });
  });

  describe('signatures', () => {
    test('a good one is accepted, with the state under it', async () => {
      expect(await asked(await pinned())).toMatchObject({ done: true, result: { NsiItem: expect.anything() } });
    });

    test.each(SPOILINGS)('%s is refused, and nothing of the answer is believed', async (how) => {
      const o = await pinned();
      await o.fault({ fault: `signature-${how}` });
      await expect(asked(o)).rejects.toMatchObject({
        kind: 'unexpected',
        code: how === 'stripped' ? 'GISZHKH_SIGNATURE_MISSING' : 'GISZHKH_SIGNATURE_WRONG',
        message: expect.stringContaining('believed'),
      });
    });

    test.each(SPOILINGS.filter((s) => s !== 'stripped'))(
      '%s is refused where signatures are not demanded either',
      async (how) => {
        const o = await pinned({}, 'ifPresent');
        await o.fault({ fault: `signature-${how}` });
        await expect(asked(o)).rejects.toMatchObject({ code: 'GISZHKH_SIGNATURE_WRONG' });
      },
    );

    test('an answer without one is taken where they are not demanded, and refused where they are', async () => {
      expect(await asked(await pinned({ signAnswers: 'off' }, 'ifPresent'))).toMatchObject({ done: true });
      await sim?.close();
      await expect(asked(await pinned({ signAnswers: 'off' }))).rejects.toMatchObject({
        code: 'GISZHKH_SIGNATURE_MISSING',
      });
    });

    test('a signed answer is refused where no certificate is given to know it by', async () => {
      const o = await open({ sim: { signAnswers: 'all' } });
      await expect(asked(o)).rejects.toMatchObject({ code: 'GISZHKH_SIGNATURE_WRONG' });
    });
  });

  describe('rights', () => {
    test.each([
      ['a wrong password', { auth: { login: 'test', password: 'wrong' } }, 'GISZHKH_LOGIN'],
      ['no password', {}, 'GISZHKH_LOGIN'],
    ])('%s at the test contour is unauthorized', async (_what, more, code) => {
      const o = await open({ sim: { contour: 'sit01' }, settings: { contour: 'sit01', ...more } });
      const error = await sendTo(o).catch((e: unknown) => e);
      expect(error).toMatchObject({ kind: 'unauthorized', code });
      expect(String((error as Error).message)).not.toContain('wrong');
    });

    test('the right password lets in', async () => {
      const o = await open({
        sim: { contour: 'sit01' },
        settings: { contour: 'sit01', auth: { login: 'test', password: 'test' } },
      });
      expect(await asked(o)).toMatchObject({ done: true });
    });

    // The directories' header names no organisation; that of the houses does.
    const ofHouse = async ({ ctx }: Open) =>
      post(ctx, await prepare(ctx, 'house-management', 'exportAccountData', { FIASHouseGuid: NOBODY }));

    test('an orgPPAGUID that is not there, and one that has not granted its rights', async () => {
      const o = await open({ settings: { orgPPAGUID: '7c9e6679-7425-40de-944b-e07fc1f90ae8' } });
      await expect(ofHouse(o)).rejects.toMatchObject({
        kind: 'unauthorized',
        code: 'GISZHKH_ORGANISATION',
        facts: { upstream: { code: 'AUT011002' } },
      });
      await sim?.close();
      const orgPPAGUID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
      const other = await open({ sim: { organisations: [{ orgPPAGUID, granted: false }] } });
      await expect(ofHouse(other)).rejects.toMatchObject({
        kind: 'unauthorized',
        code: 'GISZHKH_NOT_GRANTED',
        facts: { upstream: { code: 'AUT011009' } },
      });
    });

    test('a certificate that is not registered', async () => {
      await expect(sendTo(await open({ known: 'stranger' }))).rejects.toMatchObject({
        kind: 'unauthorized',
        code: 'GISZHKH_AUTHENTICATION',
        facts: { upstream: { code: 'AUT011000' } },
      });
    });

    test('a house that is not ours', async () => {
      const o = await open();
      const [meter] = await o.meters(1);
      await o.post('houses', { house: meter?.house, ours: false });
      const whole = gisTools().exports.whole(o.ctx, {
        service: 'house-management',
        operation: 'exportAccountData',
        content: { FIASHouseGuid: meter?.house },
      });
      await expect(whole).rejects.toMatchObject({
        kind: 'rejected',
        code: 'GISZHKH_NOT_OURS',
        facts: { upstream: { code: 'AUT011003' } },
      });
    });

    test('an element of a reference directory by the GUID that it has in another contour', async () => {
      const o = await open();
      const meter = (await o.meters(50)).find((m) => m.resource === '1');
      const write = async (GUID: string | undefined) => {
        const { ticket } = await post(
          o.ctx,
          await prepare(o.ctx, 'device-metering', 'importMeteringDeviceValues', {
            MeteringDevicesValues: [
              {
                MeteringDeviceRootGUID: meter?.root,
                OneRateDeviceValue: {
                  CurrentValue: [
                    {
                      MunicipalResource: { Code: '1', GUID },
                      MeteringValue: '10.5',
                      DateValue: '2026-11-20',
                      TransportGUID: NOBODY,
                    },
                  ],
                },
              },
            ],
          }),
        );
        const state = await getState(o.ctx, 'device-metering', ticket);
        if (!state.done || state.error) throw new Error('The import is not done.');
        return resultsIn(state.result);
      };
      const here = (await gisTools().directories.element(o.ctx, '2', '1')).guid;
      expect(await write(elementGuid('sit01', '2', '1'))).toMatchObject([
        { code: 'SRV007079', error: { kind: 'rejected', code: 'GISZHKH_DIRECTORY' } },
      ]);
      expect(o.effects()['giszhkh.readings']).toBeUndefined();
      expect(await write(here)).toMatchObject([{ code: '', error: undefined }]);
      expect(o.effects()['giszhkh.readings']).toEqual({ count: 1, distinct: 1 });
    });
  });
});
