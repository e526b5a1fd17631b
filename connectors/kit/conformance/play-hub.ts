import assert from 'node:assert/strict';
import { isHubError } from '../../../canonical/errors.ts';
import type { Command, OperationView, Outcome, Reconciled } from '../../port.ts';
import type { Bench } from './bench.ts';

/** More rounds than any honest connector needs. */
const ROUNDS = 10;

/** The kind of an error; anything that is no HubError is named, as it should not come out of a connector. */
export function kindOf(error: unknown): string {
  if (error === undefined) return 'done';
  return isHubError(error) ? error.kind : `not a HubError: ${String(error)}`;
}

/** Sends and, where the answer comes later, asks for it until it is there. */
export async function attempt<Config>(
  bench: Bench<Config>,
  command: Command<Config>,
  op: OperationView,
): Promise<Outcome> {
  let outcome = await command.send(bench.ctx, op);
  for (let round = 0; outcome.status === 'pending' && round < ROUNDS; round++) {
    bench.standIn.clock.advance(outcome.pollAfterMs);
    const { ticket } = outcome;
    const view = { id: op.id, ticket, elementKeys: new Map([[op.id, op.id]]), polls: round };
    const answer = await command.poll?.(bench.ctx, view, [op]);
    const own = answer?.outcomes.get(op.id);
    if (own instanceof Error) throw own;
    outcome = own ?? { status: 'pending', ticket, pollAfterMs: answer?.pollAfterMs ?? 1_000 };
  }
  return outcome;
}

/** Asks until the connector knows, moving the clock as far as it wants. */
export async function settle<Config>(
  bench: Bench<Config>,
  command: Command<Config>,
  op: OperationView,
): Promise<Reconciled> {
  assert.ok(command.reconcile, `${op.kind} acts once, so it must have reconcile.`);
  let answer = await command.reconcile(bench.ctx, op);
  for (let round = 0; answer.status === 'unknown' && round < ROUNDS; round++) {
    bench.standIn.clock.advance(answer.askAfterMs);
    answer = await command.reconcile(bench.ctx, op);
  }
  return answer;
}

/**
 * Carries an operation to its end as the hub does: what is uncertain is reconciled and sent again only when it is
 * absent, what is transient is sent again, what is final stays.
 *
 * @returns the kinds of what happened on the way, the last one is the end
 */
export async function carryThrough<Config>(
  bench: Bench<Config>,
  command: Command<Config>,
  op: OperationView,
): Promise<string[]> {
  const trail: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const uncertainSince = bench.standIn.clock.now();
    const error = await bench.failure(attempt(bench, command, op));
    const kind = kindOf(error);
    trail.push(kind);
    if (kind === 'uncertain' && command.effect === 'once') {
      const answer = await settle(bench, command, { ...op, uncertainSince });
      trail.push(answer.status);
      if (answer.status !== 'absent') return trail;
    } else if (!['transient', 'rate-limited', 'unauthorized', 'uncertain'].includes(kind)) return trail;
    if (isHubError(error)) bench.standIn.clock.advance(error.facts.retryAfterMs ?? 1_000);
  }
  return trail;
}
