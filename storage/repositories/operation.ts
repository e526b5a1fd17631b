import type { StoredProblem } from '../../canonical/errors.ts';
import type { Cipher } from '../cipher.ts';
import type { Row } from '../port.ts';

export const operationStatuses = [
  'accepted',
  'running',
  'waiting',
  'retrying',
  'uncertain',
  'succeeded',
  'failed',
  'dead',
  'cancelled',
] as const;
export type OperationStatus = (typeof operationStatuses)[number];
export const finalStatuses: readonly OperationStatus[] = ['succeeded', 'failed', 'dead', 'cancelled'];

/** A journal row as the hub works with it; personal fields are joined back into the payload. */
export interface Operation {
  org: string;
  id: string;
  kind: string;
  payloadVersion: number;
  client: string;
  instance: string;
  subject: string | null;
  payload: Readonly<Record<string, unknown>>;
  reference: string | null;
  idempotencyKey: string | null;
  status: OperationStatus;
  waitingFor: string | null;
  attempts: number;
  asks: number;
  dueAt: Date | null;
  notBefore: Date | null;
  expiresAt: Date | null;
  leaseNo: number;
  leaseUntil: Date | null;
  attemptDeadline: Date | null;
  ownId: number | null;
  uncertainSince: Date | null;
  exchange: string | null;
  result: Readonly<Record<string, unknown>> | null;
  error: StoredProblem | null;
  acceptedAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
  /** Who asked and why: the id of the request, the caller's trace context, the operation that caused this one. */
  trace: Readonly<Record<string, unknown>> | null;
}

/** Context of the sealed personal part: it opens in its own row only. */
export function personalContext(org: string, id: string): string {
  return `operation:${org}:${id}`;
}

export function operationOf(row: Row, cipher: Cipher): Operation {
  const org = row.org as string;
  const id = row.id as string;
  const sealed = row.personal as Uint8Array | null;
  const hidden = sealed
    ? (JSON.parse(cipher.openText(sealed, personalContext(org, id))) as Record<string, unknown>)
    : {};
  return {
    org,
    id,
    kind: row.kind as string,
    payloadVersion: row.payload_version as number,
    client: row.client as string,
    instance: row.instance as string,
    subject: row.subject as string | null,
    payload: { ...(row.payload as Record<string, unknown>), ...hidden },
    reference: row.reference as string | null,
    idempotencyKey: row.idempotency_key as string | null,
    status: row.status as OperationStatus,
    waitingFor: row.waiting_for as string | null,
    attempts: row.attempts as number,
    asks: row.asks as number,
    dueAt: row.due_at as Date | null,
    notBefore: row.not_before as Date | null,
    expiresAt: row.expires_at as Date | null,
    leaseNo: Number(row.lease_no),
    leaseUntil: row.lease_until as Date | null,
    attemptDeadline: row.attempt_deadline as Date | null,
    ownId: row.own_id === null ? null : Number(row.own_id),
    uncertainSince: row.uncertain_since as Date | null,
    exchange: row.exchange as string | null,
    result: row.result as Record<string, unknown> | null,
    error: row.error as StoredProblem | null,
    acceptedAt: row.accepted_at as Date,
    updatedAt: row.updated_at as Date,
    finishedAt: row.finished_at as Date | null,
    trace: (row.trace ?? null) as Record<string, unknown> | null,
  };
}
