import assert from 'node:assert/strict';
import { HubError, isHubError } from '../../../canonical/errors.ts';
import type { BatchOutcome, Command, OperationView, Outcome, PollOutcome, Reconciled, TicketView } from '../../port.ts';
import type { Bench } from './bench.ts';

/** More rounds than any honest connector needs. */
export const ROUNDS = 10;
const DEFAULT_POLL_MS = 5_000;

/** The kind of an error; anything that is no HubError is named, as it should not come out of a connector. */
export function kindOf(error: unknown): string {
  if (error === undefined) return 'done';
  return isHubError(error) ? error.kind : `not a HubError: ${String(error)}`;
}

/** What a call left behind for whoever asks about it later. */
export interface Played {
  outcome: Outcome;
  /** Calls that went out until the upstream had taken the operation; those after it only ask. */
  sent: number;
}

/** Sends and, where the answer comes later, asks for it until it is there. */
export async function attempt<Config>(
  bench: Bench<Config>,
  command: Command<Config>,
  op: OperationView,
  note: (op: OperationView) => void = () => {},
): Promise<Played> {
  const prepared = await command.batch?.prepare(bench.ctx, [op], op.id);
  const refused = prepared?.refused?.get(op.id);
  if (refused) throw refused;
  const elementKeys = prepared?.elementKeys ?? new Map([[op.id, op.id]]);
  const carried = { id: op.id, elementKey: elementKeys.get(op.id) ?? op.id };
  note({ ...op, exchange: carried });
  let outcome = prepared
    ? fromBatch(await command.batch?.send(bench.ctx, { ...prepared, id: op.id }, [op]), op)
    : await command.send(bench.ctx, op);
  const sent = bench.calls();
  for (let round = 0; outcome.status === 'pending' && round < ROUNDS; round++) {
    bench.standIn.clock.advance(outcome.pollAfterMs);
    const { ticket } = outcome;
    note({ ...op, exchange: { ...carried, ticket } });
    const answer = await asked(bench, command, { id: op.id, ticket, elementKeys, polls: round }, op);
    const own = answer.outcomes.get(op.id);
    if (own instanceof Error) throw own;
    if (!own && answer.pollAfterMs === undefined)
      throw new HubError('uncertain', 'ELEMENT_UNANSWERED', 'The answer says nothing about the operation.');
    outcome = own ?? { status: 'pending', ticket, pollAfterMs: answer.pollAfterMs ?? DEFAULT_POLL_MS };
  }
  // The hub gives such a ticket up one day, and then asks what became of the operation.
  if (outcome.status === 'pending') throw new HubError('uncertain', 'TICKET_OLD', 'There is no answer yet.');
  return { outcome, sent };
}

function fromBatch(answer: BatchOutcome | undefined, op: OperationView): Outcome {
  const own = answer?.outcomes?.get(op.id);
  if (own instanceof Error) throw own;
  if (own) return own;
  if (answer?.ticket === undefined)
    throw new HubError('uncertain', 'ELEMENT_UNANSWERED', 'The answer says nothing about the operation.');
  return { status: 'pending', ticket: answer.ticket, pollAfterMs: answer.pollAfterMs ?? DEFAULT_POLL_MS };
}

/** A question for an answer: refusals and lost tickets end it, anything else is asked again later. */
async function asked<Config>(
  bench: Bench<Config>,
  command: Command<Config>,
  view: TicketView,
  op: OperationView,
): Promise<PollOutcome> {
  assert.ok(command.poll, `${op.kind} answers later but can't be asked.`);
  try {
    return await command.poll(bench.ctx, view, [op]);
  } catch (error) {
    const kind = kindOf(error);
    if (kind === 'not-found') throw new HubError('uncertain', 'TICKET_LOST', 'The ticket is not known any more.');
    if (['rejected', 'conflict'].includes(kind) || !isHubError(error)) throw error;
    bench.watch.error(error);
    return { pollAfterMs: error.facts.retryAfterMs ?? DEFAULT_POLL_MS, outcomes: new Map() };
  }
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
 * @returns the kinds of what happened on the way, the last one is the end; `operator` = a person has to decide
 */
export async function carryThrough<Config>(
  bench: Bench<Config>,
  command: Command<Config>,
  op: OperationView,
): Promise<string[]> {
  const trail: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const uncertainSince = bench.standIn.clock.now();
    let carried = op;
    const error = await bench.failure(
      attempt(bench, command, op, (noted) => {
        carried = noted;
      }),
    );
    const kind = kindOf(error);
    trail.push(kind);
    if (kind === 'uncertain' && command.effect === 'once') {
      const answer = await settle(bench, command, { ...carried, uncertainSince });
      const isLeft =
        answer.status === 'unknown' && (answer.operatorAt ?? Number.POSITIVE_INFINITY) <= bench.standIn.clock.now();
      trail.push(isLeft ? 'operator' : answer.status);
      if (answer.status !== 'absent') return trail;
    } else if (!['transient', 'rate-limited', 'unauthorized', 'uncertain'].includes(kind)) return trail;
    if (isHubError(error)) bench.standIn.clock.advance(error.facts.retryAfterMs ?? 1_000);
  }
  return trail;
}
