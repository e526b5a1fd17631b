import { afterEach, describe, expect, test } from '@jest/globals';
import { HttpTransport } from '../../connectors/kit/http.ts';
import { InstanceLimiter } from '../../connectors/kit/limiter.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import { json } from '../../connectors/onec/client.ts';
import { OnecConfig } from '../../connectors/onec/config.ts';
import { onec } from '../../connectors/onec/connector.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { type OnecSimulatorOptions, startOnecSimulator } from '../../simulators/onec/simulator.ts';

const PLACES = 6;
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Setup {
  sim: Simulator;
  test_: TestContext<OnecConfig>;
  /** Reads as often as told, so many at once as the instance's limit lets through. */
  read(times: number): Promise<void>;
  /** Sessions that somebody else could still start. */
  free(): Promise<number>;
}

async function setup(settings: object = {}, options: Partial<OnecSimulatorOptions> = {}): Promise<Setup> {
  const sim = await startOnecSimulator({ port: 0, accounts: 10, buildings: 1, sessions: PLACES, ...options });
  const config = OnecConfig.parse({
    url: `${sim.url}/uk`,
    timezone: 'Europe/Moscow',
    auth: { login: 'hub', password: 'hub-sandbox' },
    ...settings,
  });
  const transport = new HttpTransport();
  const limiter = new InstanceLimiter({ clock: sim.clock, concurrency: config.concurrency, perSecond: 0 });
  const test_ = testContext(config, { clock: sim.clock });
  const ctx = { ...test_.ctx, http: transport.client({ clock: sim.clock, log: test_.ctx.log, limiter }) };
  closers.push(() => sim.close(), transport.close.bind(transport), test_.close);
  const root = `${sim.url}/uk/odata/standard.odata/`;
  const authorization = `Basic ${Buffer.from('hub:hub-sandbox').toString('base64')}`;
  return {
    sim,
    test_: { ...test_, ctx },
    read: async (times) => {
      await Promise.all(Array.from({ length: times }, () => json(ctx, { path: 'Catalog_Организации' })));
    },
    free: async () => {
      const cookies: string[] = [];
      for (;;) {
        const response = await fetch(root, { headers: { authorization, ibsession: 'start' } });
        await response.arrayBuffer();
        if (response.status === 406) break;
        cookies.push(response.headers.get('set-cookie') ?? '');
      }
      for (const cookie of cookies) {
        const headers = { authorization, cookie, ibsession: 'finish' };
        await (await fetch(root, { headers })).arrayBuffer();
      }
      return cookies.length;
    },
  };
}

describe('sessions of 1C', () => {
  test('many requests open as many as go at once, and closing gives them back', async () => {
    const { read, free, test_ } = await setup({ concurrency: 2 });
    await read(20);
    expect(await free()).toBe(PLACES - 2);
    await onec.close?.(test_.ctx as never);
    expect(await free()).toBe(PLACES);
  });

  test('one that expired is replaced without an error', async () => {
    const { sim, read, free } = await setup({ concurrency: 1 });
    await read(1);
    sim.clock.advance(21_000);
    await read(5);
    expect(await free()).toBe(PLACES - 1);
  });

  test('a base that has none left is used without', async () => {
    const { read } = await setup({}, { sessions: 0 });
    await read(5);
  });

  test('are not opened when the settings say so', async () => {
    const { read, free } = await setup({ sessions: 'none' });
    await read(5);
    expect(await free()).toBe(PLACES);
  });

  test('a shortage of licences is waited out, and the hub takes none of the last ones', async () => {
    const { sim, read, free, test_ } = await setup({ concurrency: 1 });
    await read(1);
    const licences = (n: number) =>
      fetch(`${sim.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ licences: n }) });
    await licences(0);
    await expect(read(1)).rejects.toMatchObject({
      kind: 'transient',
      code: 'ONEC_NO_LICENCE',
      facts: { retryAfterMs: 60_000 },
    });
    await licences(20);
    sim.clock.advance(21_000);
    await read(2);
    expect(await free()).toBe(PLACES);
    sim.clock.advance(60_000);
    await read(2);
    expect(await free()).toBe(PLACES - 1);
    await onec.close?.(test_.ctx as never);
  });

  test('a write through an expired session is made once', async () => {
    const { sim, read, test_ } = await setup({ concurrency: 1 });
    const count = async (): Promise<number> => {
      const { body } = await json(test_.ctx, { path: 'Document_УПЖКХ_ЗаявкаЖителя' });
      return (body.value as unknown[]).length;
    };
    await read(1);
    const before = await count();
    sim.clock.advance(21_000);
    await json(test_.ctx, { method: 'POST', path: 'Document_УПЖКХ_ЗаявкаЖителя', body: { Текст: 'Течёт кран' } });
    expect(await count()).toBe(before + 1);
  });
});
