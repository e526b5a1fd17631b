import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimClock } from './clock.ts';
import { Effects } from './effects.ts';
import { Faults } from './faults.ts';
import { seeded } from './random.ts';
import { type Simulator, startSimulator } from './server.ts';

let sim: Simulator;
let handled = 0;
beforeEach(async () => {
  handled = 0;
  const effects = new Effects();
  const faults = new Faults(['cut-after-commit', 'cut-half-way'], seeded(1));
  sim = await startSimulator(
    {
      system: 'demo',
      effects,
      faults,
      clock: new SimClock(),
      state: () => ({ handled }),
      handle: (request) => {
        handled++;
        effects.add('demo.done', request.body.toString());
        const struck = faults.strike(request.method, request.path);
        const answer = { status: 200, body: 'x'.repeat(1000) };
        if (struck.has('cut-after-commit')) return { ...answer, cut: 'before-answer' };
        return struck.has('cut-half-way') ? { ...answer, cut: 'half-way' } : answer;
      },
      controls: { double: (input) => ({ value: (input as { value: number }).value * 2 }) },
    },
    0,
  );
});
afterEach(() => sim.close());

const control = async (method: string, name: string, body?: unknown) => {
  const response = await fetch(`${sim.url}/__sim/${name}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const use = (body: string) => fetch(`${sim.url}/thing`, { method: 'POST', body }).then((r) => r.text());

describe('the controls of a simulator', () => {
  test('report how many effects there were and how many differ', async () => {
    for (const key of ['a', 'a', 'b']) await use(key);
    expect((await control('GET', 'effects')).body).toEqual({ 'demo.done': { count: 3, distinct: 2 } });
    expect((await control('GET', 'effects?of=demo.done')).body).toEqual({ a: 2, b: 1 });
    await control('DELETE', 'effects');
    expect((await control('GET', 'effects')).body).toEqual({});
  });

  test('a cut after the effect leaves the effect and no answer, as often as was asked', async () => {
    await control('POST', 'faults', { fault: 'cut-after-commit', times: 1, match: '/thing', method: 'POST' });
    await expect(use('a')).rejects.toThrow();
    expect(await use('b')).toHaveLength(1000);
    expect(sim.effects.report()['demo.done']).toEqual({ count: 2, distinct: 2 });
  });

  test('a cut half way breaks the body off', async () => {
    await control('POST', 'faults', { fault: 'cut-half-way' });
    await expect(use('a')).rejects.toThrow();
    await control('DELETE', 'faults');
    expect(await use('b')).toHaveLength(1000);
  });

  test('count how often each fault struck, and switch one of them off', async () => {
    for (const fault of ['cut-after-commit', 'cut-half-way']) await control('POST', 'faults', { fault, times: 2 });
    await expect(use('a')).rejects.toThrow();
    await control('DELETE', 'faults', { fault: 'cut-after-commit' });
    await expect(use('b')).rejects.toThrow();
    expect(await use('c')).toHaveLength(1000);
    expect((await control('GET', 'faults')).body).toMatchObject({
      active: [{ fault: 'cut-half-way', times: 0 }],
      struck: { 'cut-after-commit': 1, 'cut-half-way': 2 },
    });
  });

  test.each([
    [{ fault: 'unknown' }],
    [{ fault: 'cut-half-way', rate: 2 }],
    [{ fault: 'cut-half-way', rate: '0.1' }],
    [{ fault: 'cut-half-way', times: -1 }],
    [{ fault: 'cut-half-way', delayMs: 'long' }],
  ])('refuse the fault %j, which would never strike as meant', async (fault) => {
    expect((await control('POST', 'faults', fault)).status).toBe(400);
    expect(sim.faults.list()).toEqual([]);
  });

  test('move the clock by a span or to an instant', async () => {
    const before = sim.clock.now();
    await control('POST', 'clock', { advanceMs: 86_400_000 });
    expect(sim.clock.now() - before).toBeGreaterThanOrEqual(86_400_000);
    const { body } = await control('POST', 'clock', { set: '2026-01-31T00:00:00Z' });
    expect(String(body.now)).toMatch(/^2026-01-31T00:00:0/);
    expect((await control('POST', 'clock', { set: 'yesterday' })).status).toBe(400);
  });

  test('run what the system offers and name it when asked for something else', async () => {
    expect((await control('POST', 'double', { value: 21 })).body).toEqual({ value: 42 });
    expect(await control('POST', 'triple')).toMatchObject({ status: 404, body: { controls: ['double'] } });
    expect((await control('GET', 'state')).body).toMatchObject({ system: 'demo', handled: 0 });
    expect(await (await fetch(`${sim.url}/__sim`)).text()).toContain('demo simulator');
  });
});

test('a taken port is told with the option that chooses another', async () => {
  const parts = { system: 'demo', effects: sim.effects, faults: sim.faults, clock: sim.clock };
  const second = startSimulator({ ...parts, state: () => ({}), handle: () => ({ status: 200 }) }, sim.port);
  await expect(second).rejects.toThrow('--sim-port');
});

test('the same seed strikes the same requests, about as many as the rate says', () => {
  const run = (seed: number) => {
    const faults = new Faults(['cut'], seeded(seed));
    faults.add({ fault: 'cut', rate: 0.1 });
    return Array.from({ length: 2000 }, () => faults.strike('GET', '/').size).join('');
  };
  expect(run(7)).toBe(run(7));
  expect(run(7)).not.toBe(run(8));
  const struck = run(7).replaceAll('0', '').length;
  expect(struck).toBeGreaterThan(140);
  expect(struck).toBeLessThan(260);
});
