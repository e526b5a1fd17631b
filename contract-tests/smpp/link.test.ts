import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Reconciled } from '../../connectors/port.ts';
import { smpp } from '../../connectors/smpp/connector.ts';
import { sendMessage } from '../../connectors/smpp/send-message.ts';
import { type SmppSimulator, startSmppSimulator } from '../../simulators/smpp/simulator.ts';
import { messageOf, type SmppBench, smppBench, until } from './bench.ts';

let sim: SmppSimulator;
const benches: SmppBench[] = [];
beforeEach(async () => {
  sim = await startSmppSimulator({ port: 0 });
});
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
  await sim.close();
});
const open = (settings: Record<string, unknown> = {}): SmppBench => {
  const bench = smppBench(sim.smppUrl, settings, { clock: sim.clock });
  benches.push(bench);
  return bench;
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (e: { kind: string; code: string; facts: { retryAfterMs?: number }; message: string }) => e,
  );
const state = async () => (await (await fetch(`${sim.url}/__sim/state`)).json()) as Record<string, unknown>;
const set = (settings: object) =>
  fetch(`${sim.url}/__sim/settings`, { method: 'POST', body: JSON.stringify(settings) });
const long = 'я'.repeat(150);

test('the window of the contract is never exceeded', async () => {
  await set({ window: 3 });
  const { ctx } = open({ window: 3 });
  await Promise.all(Array.from({ length: 30 }, (_, n) => sendMessage.send(ctx, messageOf(n + 1, `text ${n}`))));
  expect(await state()).toMatchObject({ windowPeak: 3, parts: 30 });
});

test('an overload pauses all messages of the instance, twice as long each time', async () => {
  const { ctx } = open();
  sim.faults.add({ fault: 'throttle', times: 3, method: 'submit_sm' });
  const pauses: number[] = [];
  for (let n = 0; n < 3; n++) {
    const error = await failure(sendMessage.send(ctx, messageOf(1, 'x')));
    expect(error).toMatchObject({ kind: 'rate-limited', code: 'SMPP_THROTTLED' });
    pauses.push(error?.facts.retryAfterMs ?? 0);
    // The next message does not go out at all.
    expect(await failure(sendMessage.send(ctx, messageOf(2, 'y')))).toMatchObject({ kind: 'rate-limited' });
    sim.clock.advance(pauses.at(-1) ?? 0);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000]);
  expect(await sendMessage.send(ctx, messageOf(1, 'x'))).toMatchObject({ status: 'done' });
});

test('a session that the centre still believes alive is waited for', async () => {
  await set({ maxBinds: 1 });
  const first = open();
  await smpp.probe(first.ctx);
  const second = open();
  for (let n = 0; n < 5; n++)
    expect(await failure(sendMessage.send(second.ctx, messageOf(1, 'x')))).toMatchObject({
      kind: 'rate-limited',
      code: 'SMPP_ALREADY_BOUND',
    });
  // Knocked at once only.
  expect(await state()).toMatchObject({ rejectedBinds: 1 });
  await first.close();
  sim.clock.advance(10_000);
  expect(await sendMessage.send(second.ctx, messageOf(1, 'x'))).toMatchObject({ status: 'done' });
});

test('a peer that has fallen silent is left, and the next message goes over a new session', async () => {
  const { ctx } = open({ enquireMs: 100, enquireTimeoutMs: 200 });
  await smpp.probe(ctx);
  sim.faults.add({ fault: 'silent', times: 1, method: 'enquire_link' });
  await until(() => sim.faults.list()[0]?.times === 0, 'silence');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await sendMessage.send(ctx, messageOf(1, 'x'))).toMatchObject({ status: 'done' });
});

test('an answer that comes after its time is still written down and settles the message', async () => {
  const { ctx, notes } = open({ timeoutMs: 500 });
  sim.faults.add({ fault: 'latency', times: 1, delayMs: 900, method: 'submit_sm' });
  const op = messageOf(1, 'x');
  expect(await failure(sendMessage.send(ctx, op))).toMatchObject({ kind: 'uncertain' });
  await until(() => notes.size === 1, 'the late answer');
  expect(await sendMessage.reconcile?.(ctx, { ...op, parts: [...notes.values()] })).toMatchObject({
    status: 'happened',
    result: { upstreamIds: [notes.get(1)?.ref] },
  });
});

test('a text that was throttled in its middle goes on with the part that is missing', async () => {
  const { ctx, notes } = open();
  sim.faults.add({ fault: 'throttle', times: 1, skip: 1, method: 'submit_sm' });
  const op = messageOf(5, long);
  expect(await failure(sendMessage.send(ctx, op))).toMatchObject({
    kind: 'rate-limited',
    message: expect.stringContaining('1 of 3 parts had been taken before'),
  });
  sim.clock.advance(1_000);
  const outcome = await sendMessage.send(ctx, { ...op, parts: [...notes.values()] });
  expect(outcome).toMatchObject({ status: 'done', result: { segments: 3 } });
  expect(sim.effects.report()).toMatchObject({
    'sms.part': { count: 3, distinct: 3 },
    'sms.sent': { count: 1, distinct: 1 },
  });
});

test('a crash between two parts is completed, one behind a part without answer is unknown', async () => {
  const { ctx } = open();
  const answer = (parts: { part: number; ref?: string }[]): Promise<Reconciled> | undefined =>
    sendMessage.reconcile?.(
      ctx,
      messageOf(5, long, {
        uncertainSince: sim.clock.now(),
        parts: parts.map((p) => ({ parts: 3, notedAt: sim.clock.now(), ...p })),
      }),
    );
  expect(await answer([{ part: 1, ref: 'a' }])).toEqual({ status: 'absent' });
  expect(await answer([{ part: 1, ref: 'a' }, { part: 2 }])).toMatchObject({ status: 'unknown' });
  expect(await answer([])).toMatchObject({ status: 'unknown' });
});
