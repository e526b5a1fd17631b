import type { CommandDefinition } from '../canonical/command.ts';
import type { StoredProblem } from '../canonical/errors.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Command, Connector, Context } from '../connectors/port.ts';
import type { Statement } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { Entry } from './entry.ts';

/** One configured connector instance, as the worker needs it. */
export interface Instance {
  name: string;
  organisation: string;
  connector: Connector<never>;
  /** Operations at once. */
  concurrency: number;
  /** Builds the context of one attempt. */
  context(options: ContextOptions): Context<never>;
}

export interface ContextOptions {
  signal: AbortSignal;
  /** Epoch milliseconds. */
  deadline?: number;
  onTraffic?: (traffic: Traffic) => void;
  /** Ids of the operations that the attempt is for; whoever uses a key is asked for whom. */
  operations?: readonly string[];
}

export type AnyCommand = Command<never>;

/** Says whether an operation may go out now (quiet hours, contact limits), or not at all (opt-out). */
export type Gate = (
  op: Operation,
  now: Date,
) => Promise<{ go: true } | { until: Date; reason: string } | { stop: StoredProblem }>;

/** Turns the outcome of an operation, or news about it, into changes of the record that mirrors it (a Message). */
export interface TrackSink {
  /** Statements to run in the transaction of the outcome. */
  outcome(op: Operation, status: string, result: Readonly<Record<string, unknown>> | null, now: Date): Statement[];
  /** Statements for a patch that the upstream told. */
  patch(org: string, entity: string, record: string, patch: Readonly<Record<string, unknown>>, now: Date): Statement[];
  /** Statements that bring the record in step with what is written about the parts of its operation. */
  parts?(owner: { org: string; id: string; instance: string }, now: Date): Statement[];
}

/** Looks through what is to be written after an attempt, and may let the operation go on elsewhere. */
export interface OutcomeReview {
  review(entry: Entry): Promise<Entry>;
  relieve(instance: string, write: (entry: Entry) => Promise<void>): Promise<void>;
}

export interface Vocabulary {
  commands: ReadonlyMap<string, CommandDefinition>;
}
