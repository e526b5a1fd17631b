import type { z } from 'zod';

/** A verb of the API that becomes a journaled operation. */
export interface CommandDefinition {
  kind: string;
  /** Plural of the URL: `POST /v1/messages`. */
  resource: string;
  /**
   * Where a caller finds it, when that is not `POST /v1/{resource}`: a verb of one record, `POST /v1/{resource}/{id}/{verb}`,
   * whose id becomes the payload's `field`; or nowhere, because the hub makes such operations of its own.
   */
  at?: { field: string; verb: string; entity: string } | 'nowhere';
  title: string;
  payloadVersion: number;
  /** From version n to n+1, by n; a payload of an old version passes through all of them. */
  upcasters: Readonly<Record<number, (payload: Record<string, unknown>) => Record<string, unknown>>>;
  /** What the caller sends. */
  schema: z.ZodObject;
  /** What the operation is about; operations with the same subject keep their order when `ordering` says so. */
  subject(payload: Readonly<Record<string, unknown>>): string | null;
  ordering: 'none' | 'fifo' | 'latestWins';
  idempotencyKey: 'required' | 'recommended';
  scope: string;
  /** Whole kopecks that an operation moves; for kinds that move money. Counted by `limits.brake`. */
  amountKop?(payload: Readonly<Record<string, unknown>>): bigint;
}
