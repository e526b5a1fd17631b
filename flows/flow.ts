import type { AcceptRequest } from '../queues/journal.ts';
import type { Statement } from '../storage/port.ts';
import type { FeedEvent, NewEvent } from '../storage/repositories/events.ts';
import type { FlowItem, FlowItemChange } from '../storage/repositories/flow-items.ts';

/**
 * A business reaction: it takes events of the change feed, keeps an item for each thing that they concern, and looks at
 * the items one by one. Taking is cheap and never asks another system, so that the feed can't get stuck behind one thing.
 */
export interface Flow {
  /** Name in the store, in metrics and as the cause of operations. */
  readonly name: string;
  /** Whether an organisation has what the flow needs; it reads no feed of others. */
  serves(org: string): boolean;
  /** Items for what is there already, when the flow begins with an organisation. */
  begin(org: string, now: Date): readonly Statement[];
  /** Items that published events concern; run in the transaction that moves the position in the feed. */
  take(org: string, events: readonly FeedEvent[], now: Date): readonly Statement[];
  /** One look at an item. Everything in the step is written in one transaction, or nothing of it. */
  look(item: FlowItem, now: Date): Promise<Step>;
  /** Kind of task for an item that could not be looked at again and again. */
  readonly taskOfFailure: string;
}

/** What a look leads to. */
export interface Step {
  /** What the item is from now on; `forget` = nothing more is to be done about it. */
  becomes: FlowItemChange | 'forget';
  /** Operations that follow, with the name of the step and the operation that caused them. */
  submit?: readonly { request: Omit<AcceptRequest, 'trace' | 'client'>; step: string; parent?: string }[];
  /** What has to hold in the same transaction. When it doesn't, nothing is written and the item is looked at anew. */
  guard?: readonly Statement[];
  events?: readonly Omit<NewEvent, 'org' | 'id' | 'at'>[];
}

/** What operations of a flow are told to come from: `trace` of the journal. */
export function causeOf(flow: string, step: string, parent: string | undefined): Readonly<Record<string, unknown>> {
  return { flow, step, ...(parent === undefined ? {} : { parent }) };
}
