import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Simulator } from '../kit/server.ts';
import { gates, startSmsAeroSimulator } from './simulator.ts';

let sim: Simulator;
beforeEach(async () => {
  sim = await startSmsAeroSimulator({ port: 0, email: 'a@b.ru', apiKey: 'k' });
});
afterEach(() => sim.close());

const text = { sign: 'SMS Aero', text: 'Привет' };
const ask = async (path: string, body: object, key = 'a@b.ru:k') => {
  const response = await fetch(`${sim.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(key).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers have many shapes
  return { status: response.status, body: (await response.json()) as any };
};

describe('the stand-in of SMS Aero', () => {
  test('takes a text without an id of the caller, and a repeat through another gate is a second text', async () => {
    for (const gate of gates) {
      const { body } = await ask(`${gate}sms/send`, { ...text, number: '79160000001' });
      expect(body).toMatchObject({ success: true, data: { status: 0, extendStatus: 'queue', cost: 5.49 } });
    }
    expect(sim.effects.report()).toEqual({ 'sms.sent': { count: 3, distinct: 1 } });
  });

  test('lists newest first in numbered keys, with the total as text and pages of fifty', async () => {
    for (let i = 0; i < 51; i++) await ask('/v2/sms/send', { ...text, number: '79160000001' });
    await ask('/v2/sms/send', { ...text, number: '79160000002' });
    const first = (await ask('/v2/sms/list', { number: '79160000001', text: 'Привет' })).body.data;
    expect(first['0'].id).toBe(first['49'].id + 49);
    expect(first).toMatchObject({ totalCount: '51', links: { next: '/v2/sms/list?page=2' } });
    const second = (await ask('/v2/sms/list?page=2', { number: '79160000001' })).body.data;
    expect([second['0'].cost, second['1'], second.links.next]).toEqual(['5.49', undefined, undefined]);
  });

  test.each([
    ['number', { ...text, number: '123' }],
    ['number', { ...text, number: '74951234567' }],
    ['text', { ...text, text: '', number: '79160000001' }],
    ['sign', { ...text, sign: 'NOBODY', number: '79160000001' }],
  ])('refuses a wrong %s in both forms, without effect', async (field, body) => {
    expect((await ask('/v2/sms/send', body)).body).toMatchObject({
      success: false,
      data: { [field]: [expect.any(String)] },
    });
    await fetch(`${sim.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ oldForms: true, balance: 1 }) });
    expect((await ask('/v2/sms/send', body)).body).toMatchObject({ result: 'reject' });
    expect((await ask('/v2/sms/send', { ...text, number: '79160000001' })).body).toEqual({ result: 'no credits' });
    expect(sim.effects.report()).toEqual({});
  });

  test('asks for the key of the account', async () => {
    expect((await ask('/v2/balance', {}, 'a@b.ru:x')).status).toBe(401);
    expect((await ask('/v2/balance', {})).body).toMatchObject({ data: { balance: 100_000 } });
    expect((await ask('/v2/auth', {})).body).toEqual({ success: true, data: null, message: null });
  });

  test.each([
    ['79160000001', 1],
    ['79160000020', 2],
    ['79160000022', 6],
    ['79160000025', 2],
    ['79160000003', 3],
    ['79160000008', 8],
  ])('%s ends in status %i', async (number, status) => {
    const { id } = (await ask('/v2/sms/send', { ...text, number })).body.data;
    sim.clock.advance(5_000);
    expect((await ask('/v2/sms/status', { id })).body.data).toMatchObject({ id, status, number });
  });

  test('a trial has no effect', async () => {
    expect((await ask('/v2/sms/testsend', { ...text, number: '79160000001' })).body.success).toBe(true);
    expect(sim.effects.report()).toEqual({});
  });
});
