import type { Difference } from './compare.ts';
import type { Refusal } from './refusal.ts';

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

/** What became of the import of a finding that is missing there. */
export const importStates = ['left', 'refused', 'under-way', 'succeeded', 'failed'] as const;
export type ImportState = (typeof importStates)[number];

/** A finding. */
export interface Found {
  entity: Reconciled;
  kind: ItemKind;
  /** Our record; for a payment document the account. */
  record: string | null;
  nativeKey: string | null;
  /** Our house it lies in; null where it is not known. */
  building: string | null;
  differences: readonly Difference[];
  reason: string | null;
}

export interface Item extends Found {
  id: string;
  /** That was made to bring it in. */
  operation: string | null;
  /** Null where it has none, or it is not kept any longer. */
  operationStatus: string | null;
  /** Of its last error. */
  operationCode: string | null;
  /** Why no import was made of it, when it was last asked for. */
  refusal: Refusal | null;
}

/** Which findings. */
export interface ItemFilter {
  kind?: ItemKind;
  entity?: Reconciled;
  /** Id of a house; null = those whose house is not known. */
  building?: string | null;
  imports?: ImportState;
}

export interface HouseCounts {
  building: string | null;
  /** By entity and kind. */
  counts: Reconciliation['counts'];
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
