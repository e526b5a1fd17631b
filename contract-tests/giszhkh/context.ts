import { signXades } from '../../certs/xml/xades-sign.ts';
import { GisZhkhConfig } from '../../connectors/giszhkh/config.ts';
import type { Ctx } from '../../connectors/giszhkh/ctx.ts';
import { randomGuid } from '../../connectors/giszhkh/guid.ts';
import type { HttpClient } from '../../connectors/http-port.ts';
import type { Context } from '../../connectors/port.ts';
import { vectorSigner } from '../signing/vectors.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What the connector is given in these tests: a key of the vectors, the clock of this machine, and a way out. */
export function contextOf(o: {
  http?: HttpClient;
  settings?: Record<string, unknown>;
  now?: () => number;
  more?: Partial<Context<GisZhkhConfig>>;
}): Ctx {
  const now = o.now ?? Date.now;
  return {
    instance: 'giszhkh-main',
    organisation: 'tk-demo',
    config: GisZhkhConfig.parse({
      url: 'http://127.0.0.1:1',
      orgPPAGUID: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      certificate: 'dir256',
      ...o.settings,
    }),
    http: o.http ?? { request: () => Promise.reject(new Error('This test sends nothing.')) },
    clock: { now },
    random: Math.random,
    log: silent,
    signal: new AbortController().signal,
    signing: {
      xades: async ({ xml, id, certificate }) =>
        Buffer.from(
          await signXades(xml, {
            element: { id },
            signer: vectorSigner(certificate),
            at: now(),
            uuid: randomGuid(Math.random),
          }),
        ).toString('utf8'),
      verifyXades: () => Promise.reject(new Error('not used here')),
      powersFor: () => Promise.resolve([]),
    },
    ...o.more,
  };
}
