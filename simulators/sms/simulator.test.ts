import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Simulator } from '../kit/server.ts';
import { startSmsSimulator } from './simulator.ts';

let sim: Simulator;
beforeEach(async () => {
  sim = await startSmsSimulator({ port: 0, login: 'l', password: 'p', deliveredAfterMs: 4_000 });
});
afterEach(() => sim.close());

const call = async (page: string, form: Record<string, string>): Promise<Record<string, unknown>> => {
  const response = await fetch(`${sim.url}/sys/${page}.php`, {
    method: 'POST',
    body: new URLSearchParams({ login: 'l', psw: 'p', fmt: '3', charset: 'utf-8', ...form }),
  });
  return (await response.json()) as Record<string, unknown>;
};
const control = (name: string, body: unknown, method = 'POST') =>
  fetch(`${sim.url}/__sim/${name}`, { method, body: JSON.stringify(body) }).then(
    (r) => r.json() as Promise<Record<string, unknown>>,
  );

describe('the stand-in of SMSC', () => {
  test('accepts a text under our id, counts it, and delivers it by its clock', async () => {
    expect(await call('send', { phones: '79160000001', mes: 'Привет', id: '7', cost: '2' })).toEqual({
      id: 7,
      cnt: 1,
      cost: '4.50',
    });
    expect(await call('status', { phone: '79160000001', id: '7' })).toMatchObject({ status: -1 });
    sim.clock.advance(5_000);
    expect(await call('status', { phone: '79160000001', id: '7', all: '1' })).toMatchObject({
      status: 1,
      message: 'Привет',
    });
    expect(sim.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
  });

  test('reads windows-1251 unless the charset is named', async () => {
    const body = 'login=l&psw=p&fmt=3&phones=79160000001&id=8&mes=%CF%F0%E8%E2%E5%F2';
    await fetch(`${sim.url}/sys/send.php`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    expect(await control('messages', { id: 8, phone: '79160000001' })).toMatchObject({ text: 'Привет' });
  });

  test('takes the password as MD5, refuses a wrong one with 2, and blocks the address after twenty errors', async () => {
    expect(await call('balance', { psw: createHash('md5').update('p').digest('hex') })).toHaveProperty('balance');
    for (let i = 0; i < 20; i++) expect(await call('balance', { psw: 'x' })).toMatchObject({ error_code: 2 });
    expect(await call('balance', {})).toMatchObject({ error_code: 4 });
    sim.clock.advance(61_000);
    expect(await call('balance', {})).toHaveProperty('balance');
  });

  test.each([
    [{ phones: '123', mes: 'a' }, 7],
    [{ phones: '74951234567', mes: 'a' }, 8],
    [{ phones: '79160000001', mes: '' }, 1],
    [{ phones: '79160000001', mes: 'a', sender: 'NOBODY' }, 6],
    [{ phones: '79160000001', mes: 'a', time: 'yesterday' }, 5],
    [{ phones: '79160000001', mes: 'a', id: '3000000000' }, 1],
    [{ phones: '79160000001', mes: 'a'.repeat(1001) }, 1],
  ])('%j is error %i and has no effect', async (form, code) => {
    expect(await call('send', form as Record<string, string>)).toMatchObject({ error_code: code });
    expect(sim.effects.report()).toEqual({});
  });

  test('the same phone and text within a minute is error 9 with the switch on, a double with it off', async () => {
    await call('send', { phones: '79160000001', mes: 'a', id: '1' });
    expect(await call('send', { phones: '79160000001', mes: 'a', id: '1' })).toMatchObject({ error_code: 9 });
    await control('settings', { dedupe: false });
    expect(await call('send', { phones: '79160000001', mes: 'a', id: '1' })).toMatchObject({ id: 1 });
    expect(sim.effects.report()['sms.sent']).toEqual({ count: 2, distinct: 1 });
  });

  test('money runs out with error 3', async () => {
    await control('settings', { balance: 4 });
    expect(await call('send', { phones: '79160000001', mes: 'a' })).toMatchObject({ error_code: 3 });
  });

  test('a cut after the commit leaves the effect, a cut before it does not', async () => {
    await control('faults', { fault: 'cut-before-commit', times: 1 });
    await expect(call('send', { phones: '79160000001', mes: 'a', id: '1' })).rejects.toThrow();
    expect(sim.effects.report()).toEqual({});
    await control('faults', { fault: 'cut-after-commit', times: 1 });
    await expect(call('send', { phones: '79160000001', mes: 'a', id: '1' })).rejects.toThrow();
    expect(sim.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
  });

  test('an unknown id is status -3, and magic numbers end as they say', async () => {
    expect(await call('status', { phone: '79160000001', id: '99' })).toMatchObject({ status: -3 });
    for (const [tail, status] of [
      ['0020', 20],
      ['0022', 22],
      ['0025', 25],
    ] as const)
      await call('send', { phones: `7916000${tail}`, mes: 'a', id: String(status) });
    sim.clock.advance(10_000);
    const answer = (await call('status', {
      phone: '79160000020,79160000022,79160000025',
      id: '20,22,25',
    })) as unknown as { status: number }[];
    expect(answer.map((a) => a.status)).toEqual([20, 22, 25]);
  });
});

test('a request may be carried out long after its answer was cut', async () => {
  const late = await startSmsSimulator({ port: 0 });
  late.faults.add({ fault: 'late-commit', rate: 1, times: 1, delayMs: 300 });
  const body = 'login=hub&psw=hub-sandbox&fmt=3&charset=utf-8&phones=79161230001&mes=late&id=7';
  const send = () => fetch(`${late.url}/sys/send.php`, { method: 'POST', body });
  await expect(send()).rejects.toThrow();
  const state = async () => (await (await fetch(`${late.url}/__sim/state`)).json()) as Record<string, unknown>;
  expect(await state()).toMatchObject({ lateWork: 1, messages: 0 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await state()).toMatchObject({ lateWork: 0, messages: 1 });
  expect(late.effects.report()).toEqual({ 'sms.sent': { count: 1, distinct: 1 } });
  await late.close();
});
