import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { post, prepare } from '../../connectors/giszhkh/client.ts';
import { giszhkh } from '../../connectors/giszhkh/connector.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import { InstanceLimiter } from '../../connectors/kit/limiter.ts';
import { CallPlaces } from '../../queues/call-places.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import { onServer, openBefore } from '../../storage/testing/databases.ts';
import { controlsOf, pemOf } from './bench.ts';
import { contextOf } from './context.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const withFacts = facts ? test : test.skip;

onServer('calls of an organisation at once', (open) => {
  const store = openBefore(open, []);

  withFacts(
    'three processes together make no more than two, and each call is taken',
    async () => {
      const sim = await startGisZhkhSimulator({
        port: 0,
        accounts: 20,
        buildings: 1,
        schemas: join(facts as string, 'giszhkh'),
      });
      const transport = new HttpTransport();
      const controls = controlsOf(sim.url);
      await controls.post('certificates', { pem: pemOf('dir256') });
      await controls.fault({ fault: 'latency', times: 1_000, delayMs: 40, match: '#exportNsiList' });
      const companies = ['a', 'b', 'c'].map((name) => new CallPlaces({ db: store.db, log, process: name }));
      const contexts = companies.map((places) => {
        const settings = { url: sim.url };
        const { config } = contextOf({ settings });
        const limiter = new InstanceLimiter({
          clock: { now: Date.now },
          concurrency: 2,
          perSecond: 0,
          places: places.of(giszhkh.countsCallsOf?.(config) ?? 'nobody', 2),
        });
        return contextOf({ settings, http: transport.client({ clock: { now: Date.now }, log, limiter }) });
      });
      const sent = await Promise.all(
        contexts.flatMap((ctx) =>
          Array.from({ length: 5 }, async () => post(ctx, await prepare(ctx, 'nsi-common', 'exportNsiList', {}))),
        ),
      );
      expect(new Set(sent.map((ack) => ack.ticket)).size).toBe(15);
      expect((await controls.state()).mostAtOnce).toBe(2);
      for (const places of companies) await places.drain();
      transport.close();
      await sim.close();
    },
    30_000,
  );
});
