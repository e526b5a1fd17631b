import type { HubError } from '../canonical/errors.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { Decision } from './decide.ts';

/** What is kept of one attempt. */
export interface AttemptRecord {
  action: 'send' | 'poll' | 'reconcile';
  startedAt: Date;
  outcome: string;
  traffic: readonly Traffic[];
  error?: HubError;
}

/** An operation as it was leased or loaded, and what is to be written about it. */
export interface Entry {
  op: Operation;
  decision: Decision;
  attempt?: AttemptRecord;
}

/** What is kept of an attempt's traffic. */
export interface AttemptTrace {
  /** sha-256 of the first request and answer, hex. */
  requestDigest: string | null;
  responseDigest: string | null;
  sealed: Uint8Array | null;
}
