import { expect, test } from '@jest/globals';
import { readScenario } from '../../connectors/kit/recording/read-scenario.ts';
import { testContext } from '../../connectors/kit/testing/context.ts';
import { SmscConfig } from '../../connectors/smsc/config.ts';
import { smsc } from '../../connectors/smsc/connector.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { contractMode, live, replayed, type Upstream } from '../mode.ts';

const open = {
  sim: async (): Promise<Upstream> => {
    const sim = await startSmsSimulator({ port: 0 });
    const access = { url: sim.url, login: 'hub', password: 'hub-sandbox' };
    return { ...access, timezone: 'Europe/Moscow', clock: sim.clock, origin: 'simulator', close: () => sim.close() };
  },
  replay: async () => replayed(new URL('./recordings/simulator-small', import.meta.url).pathname),
  // The gateway takes every call by POST; these two send nothing.
  live: async () => live((_method, path) => /\/sys\/(balance|status)\.php$/.test(path)),
};

test(`the gateway tells its balance (${contractMode()})`, async () => {
  const upstream = await open[contractMode()]();
  const { url, login, password, clock, http } = upstream;
  const hub = testContext(SmscConfig.parse({ url, auth: { login, password } }), { clock, ...(http ? { http } : {}) });
  try {
    const { health } = await readScenario(smsc, hub.ctx, []);
    expect(health).toMatchObject({ ok: true, details: { balance: expect.stringMatching(/^-?\d+(\.\d+)?$/) } });
  } finally {
    hub.close();
    await upstream.close();
  }
});
