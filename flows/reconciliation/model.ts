import type { Difference } from './compare.ts';

/** What can be compared. */
export const reconciled = ['PersonalAccount', 'Meter', 'PaymentDocument'] as const;
export type Reconciled = (typeof reconciled)[number];

export const itemKinds = ['missing-there', 'extra-there', 'different', 'ambiguous'] as const;
export type ItemKind = (typeof itemKinds)[number];

export interface Scope {
  /** Canonical id of a house; all houses without it. */
  building?: string;
  entities: readonly Reconciled[];
  /** Month of the payment documents. */
  period?: string;
}

/** A finding. */
export interface Found {
  entity: Reconciled;
  kind: ItemKind;
  /** Our record; for a payment document the account. */
  record: string | null;
  nativeKey: string | null;
  differences: readonly Difference[];
  reason: string | null;
}

export interface Item extends Found {
  id: string;
  /** That was made to bring it in. */
  operation: string | null;
}

export interface Reconciliation {
  id: string;
  instance: string;
  scope: Scope;
  status: 'running' | 'done' | 'failed';
  total: number;
  compared: number;
  /** By entity and kind. */
  counts: Readonly<Record<string, Partial<Record<ItemKind, number>>>>;
  /** When the other system was last read wholly, by entity. */
  asOf: Readonly<Record<string, string | null>>;
  error: unknown;
  createdBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}
