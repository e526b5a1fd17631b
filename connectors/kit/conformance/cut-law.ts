import assert from 'node:assert/strict';
import type { Command } from '../../port.ts';
import { type Bench, openBench, operationOf, type Strike } from './bench.ts';
import { attempt, carryThrough, kindOf, ROUNDS, settle } from './play-hub.ts';
import type { CommandSpec, ConformanceSpec } from './spec.ts';
import { nothingSent, type Stage, stages } from './stages.ts';

/** Faults that are no fault of one call, or that `stages` covers. */
const NOT_FAULTS = new Set(['latency', 'cut-before-commit', 'cut-after-commit', 'cut-half-way']);

interface Try<Config> {
  command: Command<Config>;
  told: CommandSpec;
}

function commandOf<Config>(spec: ConformanceSpec<Config>, kind: string): Try<Config> {
  const command = spec.connector.commands?.[kind];
  const told = spec.commands[kind];
  assert.ok(command && told, `The suite is told nothing about ${kind}.`);
  return { command, told };
}

/** What an undisturbed attempt needs and gives. */
async function undisturbed<Config>(
  spec: ConformanceSpec<Config>,
  kind: string,
): Promise<{ calls: number; sent: number; result: readonly string[] }> {
  const { command, told } = commandOf(spec, kind);
  const bench = await openBench(spec);
  try {
    bench.strike();
    const { outcome, sent } = await attempt(bench, command, operationOf(spec, kind));
    assert.equal(outcome.status, 'done');
    assertEffects(bench, told, 1, 'an undisturbed attempt');
    return { calls: bench.calls(), sent, result: outcome.status === 'done' ? Object.keys(outcome.result).sort() : [] };
  } finally {
    await bench.close();
  }
}

function assertEffects<Config>(bench: Bench<Config>, told: CommandSpec, wanted: number, after: string): void {
  const { count, distinct } = bench.standIn.effects.report()[told.effect] ?? { count: 0, distinct: 0 };
  assert.deepEqual({ count, distinct }, { count: wanted, distinct: wanted }, `Effects after ${after}`);
}

function assertAtMostOnce<Config>(bench: Bench<Config>, told: CommandSpec, after: string): void {
  const count = bench.standIn.effects.report()[told.effect]?.count ?? 0;
  assert.ok(count <= 1, `Effects after ${after}: ${count}`);
}

/** The class that the break of a call must end in. */
function wantedKind(effect: Command['effect'], stage: Stage, call: number, told: CommandSpec): string[] {
  const { firstActing = 1 } = told;
  if (told.mendsReads && call < firstActing) return ['done'];
  if (effect === 'read') return ['transient'];
  if (call < firstActing || (call === firstActing && nothingSent(stage))) return ['transient'];
  // An earlier call has acted: what became of this one makes no difference.
  return effect === 'once' ? ['uncertain'] : ['transient', 'uncertain'];
}

/** A cut at each stage of each call ends in the right class, and reconcile finds out what happened. */
export async function cutsEndInTheRightClass<Config>(spec: ConformanceSpec<Config>, kind: string): Promise<void> {
  const { calls, sent } = await undisturbed(spec, kind);
  for (let call = 1; call <= sent; call++) for (const stage of stages) await cutAt(spec, kind, call, stage);
  for (let call = sent + 1; call <= calls; call++)
    for (const stage of stages) await questionCut(spec, kind, call, stage);
}

async function cutAt<Config>(spec: ConformanceSpec<Config>, kind: string, call: number, stage: Stage): Promise<void> {
  const { command, told } = commandOf(spec, kind);
  const bench = await openBench(spec);
  const where = `${stage} at call ${call} of ${kind}`;
  try {
    bench.strike({ call, stage });
    const error = await bench.failure(attempt(bench, command, operationOf(spec, kind)));
    // An empty answer has no middle to be cut in.
    if (error === undefined && stage === 'mid-answer') return assertEffects(bench, told, 1, where);
    const wanted = wantedKind(command.effect, stage, call, told);
    assert.ok(wanted.includes(kindOf(error)), `${where}: ${kindOf(error)} instead of ${wanted.join(' or ')}`);
    if (error === undefined) assertEffects(bench, told, 1, where);
  } finally {
    await bench.close();
  }
}

/** A question for the answer that breaks off is asked again: it changes nothing. */
async function questionCut<Config>(
  spec: ConformanceSpec<Config>,
  kind: string,
  call: number,
  stage: Stage,
): Promise<void> {
  const { command, told } = commandOf(spec, kind);
  const bench = await openBench(spec);
  const where = `${stage} at question ${call} of ${kind}`;
  try {
    bench.strike({ call, stage });
    const error = await bench.failure(attempt(bench, command, operationOf(spec, kind)));
    assert.equal(kindOf(error), 'done', where);
    assertEffects(bench, told, 1, where);
  } finally {
    await bench.close();
  }
}

/** After a cut that followed the commit, reconcile says `happened` at once, with what a good answer would have told. */
export async function lostAnswersAreFound<Config>(spec: ConformanceSpec<Config>, kind: string): Promise<void> {
  const { command, told } = commandOf(spec, kind);
  const { calls, result } = await undisturbed(spec, kind);
  for (let call = told.firstActing ?? 1; call <= calls; call++)
    for (const stage of ['after-commit', 'mid-answer'] as const) {
      const bench = await openBench(spec);
      const where = `${stage} at call ${call} of ${kind}`;
      try {
        const op = { ...operationOf(spec, kind), uncertainSince: bench.standIn.clock.now() };
        bench.strike({ call, stage });
        const error = await bench.failure(attempt(bench, command, op));
        bench.strike();
        // What is answered later can't be looked at at once either.
        const look = () => (command.poll ? settle(bench, command, op) : command.reconcile?.(bench.ctx, op));
        const answer = error === undefined ? undefined : await look();
        if (answer) assert.equal(answer.status, 'happened', where);
        if (answer?.status === 'happened')
          assert.deepEqual(Object.keys(answer.result).sort(), told.foundAs ? [...told.foundAs].sort() : result, where);
        assertEffects(bench, told, 1, where);
      } finally {
        await bench.close();
      }
    }
}

/**
 * An upstream that can't be asked: wherever the link broke, the end is unknown however often it is asked, and nothing is sent again. One that
 * tells only absence: the same where it has acted, and as soon as it has seen something alike it asks a person.
 */
export async function waitsForWord<Config>(spec: ConformanceSpec<Config>, kind: string): Promise<void> {
  const { command, told } = commandOf(spec, kind);
  for (const [stage, effects] of [
    ['before-commit', 0],
    ['after-commit', 1],
    ['mid-answer', 1],
  ] as const) {
    if (effects === 0 && told.tellsOnlyAbsence) continue;
    const bench = await openBench(spec);
    try {
      const op = { ...operationOf(spec, kind), uncertainSince: bench.standIn.clock.now() };
      bench.strike({ call: told.firstActing ?? 1, stage });
      assert.equal(kindOf(await bench.failure(attempt(bench, command, op))), 'uncertain', stage);
      bench.strike();
      const answer = await settle(bench, command, op);
      assert.equal(answer.status, 'unknown', stage);
      if (told.tellsOnlyAbsence) {
        const { operatorAt = Number.POSITIVE_INFINITY } = answer as { operatorAt?: number };
        assert.ok(
          operatorAt <= bench.standIn.clock.now(),
          `${stage}: something alike is there, and no person is asked`,
        );
      }
      assertEffects(bench, told, effects, stage);
    } finally {
      await bench.close();
    }
  }
}

/** After a cut before anything was committed, `absent` is said only when it has settled, and the resend acts once. */
export async function nothingIsFoundTooEarly<Config>(spec: ConformanceSpec<Config>, kind: string): Promise<void> {
  const { command, told } = commandOf(spec, kind);
  const bench = await openBench(spec);
  try {
    const op = { ...operationOf(spec, kind), uncertainSince: bench.standIn.clock.now() };
    bench.strike({ call: told.firstActing ?? 1, stage: 'before-commit' });
    await bench.failure(attempt(bench, command, op));
    bench.strike();
    const first = await command.reconcile?.(bench.ctx, op);
    const settleAfterMs = told.settleAfterMs ?? command.settleAfterMs ?? 0;
    if (settleAfterMs) assert.equal(first?.status, 'unknown', `${kind} believes "absent" before it has settled`);
    assert.equal((await settle(bench, command, op)).status, 'absent');
    const waited = bench.standIn.clock.now() - op.uncertainSince;
    assert.ok(waited >= settleAfterMs, `${kind} believes "absent" after ${waited} ms, before it has settled`);
    assert.equal((await attempt(bench, command, op)).outcome.status, 'done');
    assertEffects(bench, told, 1, 'the resend');
  } finally {
    await bench.close();
  }
}

/** An upstream that can't be asked is no reason to say `absent` or `happened`, at whichever of the calls it falls silent. */
export async function silenceIsNoAnswer<Config>(spec: ConformanceSpec<Config>, kind: string): Promise<void> {
  const { calls } = await looked(spec, kind);
  for (let call = 1; call <= Math.max(1, calls); call++)
    for (const stage of stages) {
      const { status } = await looked(spec, kind, { call, stage });
      assert.ok(
        ['unknown', 'transient', 'rate-limited'].includes(status),
        `${stage} at call ${call}: reconcile of ${kind} says ${status}`,
      );
    }
}

/** Looks long afterwards for what was never sent, up to an answer, or to the one that the strike met. */
async function looked<Config>(
  spec: ConformanceSpec<Config>,
  kind: string,
  strike?: Strike,
): Promise<{ status: string; calls: number }> {
  const { command } = commandOf(spec, kind);
  const bench = await openBench(spec);
  try {
    bench.standIn.clock.advance(24 * 3_600_000);
    const op = { ...operationOf(spec, kind), uncertainSince: 0 };
    bench.strike(strike);
    for (let round = 0; ; round++) {
      const answer = await command.reconcile?.(bench.ctx, op).catch((error: unknown) => ({ status: kindOf(error) }));
      const calls = bench.calls();
      const isEnd = !answer || !('askAfterMs' in answer) || round === ROUNDS || (strike && calls >= strike.call);
      if (isEnd) return { status: answer?.status ?? '', calls };
      bench.standIn.clock.advance(answer.askAfterMs);
    }
  } finally {
    await bench.close();
  }
}

/** Whatever strikes, and at whichever call: carried to its end as the hub does it, the command has acted once or not at all. */
export async function neverActsTwice<Config>(spec: ConformanceSpec<Config>, kind: string): Promise<void> {
  const { command, told } = commandOf(spec, kind);
  const { calls } = await undisturbed(spec, kind);
  const probe = await openBench(spec);
  const faults = probe.standIn.faults.known.filter((fault) => !NOT_FAULTS.has(fault));
  await probe.close();
  const strikes = [...faults.map((fault) => ({ fault })), ...stages.map((stage) => ({ stage }))];
  for (let call = 1; call <= calls; call++)
    for (const strike of strikes) {
      const bench = await openBench(spec);
      const where = `${JSON.stringify(strike)} at call ${call} of ${kind}`;
      try {
        bench.strike({ call, ...strike });
        const trail = await carryThrough(bench, command, operationOf(spec, kind));
        const finished = ['done', 'happened'].includes(trail.at(-1) ?? '');
        if (trail.at(-1) === 'operator' || (told.unanswerable && trail.at(-1) === 'unknown')) {
          assertAtMostOnce(bench, told, `${where} (${trail.join(', ')})`);
          continue;
        }
        assert.ok(finished || !trail.includes('uncertain'), `${where} was never settled: ${trail.join(', ')}`);
        assertEffects(bench, told, finished ? 1 : 0, `${where} (${trail.join(', ')})`);
      } finally {
        await bench.close();
      }
    }
}
