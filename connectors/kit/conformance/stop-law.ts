import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Context } from '../../port.ts';
import { type BenchOptions, openBench, operationOf } from './bench.ts';
import { kindOf } from './play-hub.ts';
import { startSilentServer } from './silent-server.ts';
import type { ConformanceSpec } from './spec.ts';

/** Turns of the event loop in which closed sockets leave it. */
const TURNS = 200;

type Work<Config> = (ctx: Context<Config>) => Promise<unknown>;

/** Everything that a connector can be asked to do, by name. */
export function worksOf<Config>(spec: ConformanceSpec<Config>): Map<string, Work<Config>> {
  const { connector, source } = spec;
  const works = new Map<string, Work<Config>>([['probe', (ctx) => connector.probe(ctx)]]);
  const { pull } = connector;
  if (pull)
    works.set('pull', async (ctx) => {
      for await (const page of pull.pages(ctx, source, null)) if (page.cursor === null) return;
    });
  for (const [kind, command] of Object.entries(connector.commands ?? {})) {
    const op = operationOf(spec, kind);
    works.set(kind, (ctx) => command.send(ctx, op));
    const { reconcile } = command;
    if (reconcile)
      works.set(`reconcile of ${kind}`, async (ctx) => {
        const answer = await reconcile(ctx, { ...op, uncertainSince: 0 });
        // Three-valued: a call that was given up may say so by `unknown` as well as by an error.
        if (answer.status === 'unknown') throw new Error('unknown');
      });
  }
  return works;
}

/** Once stopped, nothing new is begun. */
export async function abortedBeforehand<Config>(spec: ConformanceSpec<Config>): Promise<void> {
  for (const [name, work] of worksOf(spec)) {
    const bench = await openBench(spec, { signal: AbortSignal.abort() });
    try {
      const error = await bench.failure(work(bench.ctx));
      assert.ok(error !== undefined, `${name} went on after the hub had stopped it.`);
      assert.deepEqual(bench.standIn.effects.report(), {}, `${name} acted after the hub had stopped it`);
    } finally {
      await bench.close();
    }
  }
}

/** A call that hangs ends with the signal, in the class that tells the truth, and its connection is given up. */
export async function abortedMeanwhile<Config>(spec: ConformanceSpec<Config>): Promise<void> {
  for (const [name, work] of worksOf(spec)) {
    // What asks nobody can't hang.
    if (Object.entries(spec.commands).some(([kind, told]) => told.unanswerable && name === `reconcile of ${kind}`))
      continue;
    const server = await (spec.wire?.silent() ?? startSilentServer());
    const abort = new AbortController();
    const options: BenchOptions = { signal: abort.signal, url: server.url };
    const bench = await openBench(spec, options);
    try {
      const running = bench.failure(work(bench.ctx));
      // A look that waits for others first asks nobody, and so can't hang.
      const gathers = running.then(() => name.startsWith('reconcile of') && !spec.wire && bench.calls() === 0);
      if (await Promise.race([server.asked.then(() => false), gathers])) continue;
      await server.asked;
      abort.abort();
      const error = await running;
      assert.ok(error !== undefined, `${name} returned as if it had been answered.`);
      const command = spec.connector.commands?.[name];
      if (command?.effect === 'once' && (spec.commands[name]?.firstActing ?? 1) === 1)
        assert.equal(kindOf(error), 'uncertain', `${name} was stopped after its request had gone out`);
      // A held connection serves other calls as well; it is given up with the instance.
      if (spec.wire) await spec.connector.close?.({ ...bench.ctx, signal: new AbortController().signal });
      await server.left();
    } finally {
      server.close();
      await bench.close();
    }
  }
}

/** Sockets, timers and the like that keep a process alive, by kind. */
function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** A connector that was used and closed keeps nothing open that would hold the process. */
export async function leavesNothingOpen<Config>(spec: ConformanceSpec<Config>): Promise<void> {
  const before = handles();
  const bench = await openBench(spec);
  for (const work of worksOf(spec).values()) await bench.failure(work(bench.ctx));
  await bench.close();
  const more = (): string[] =>
    [...handles()]
      .filter(([kind, count]) => kind !== 'Immediate' && count > (before.get(kind) ?? 0))
      .map(([kind]) => kind);
  for (let i = 0; i < TURNS && more().length > 0; i++) await turn();
  assert.deepEqual(more(), [], 'Left open');
}
