export type EntityName = 'PersonalAccount' | 'Meter' | 'PaymentDocument';
export const entityNames: readonly EntityName[] = ['PersonalAccount', 'Meter', 'PaymentDocument'];
export type FindingKind = 'missing-there' | 'extra-there' | 'different' | 'ambiguous';
export const findingKinds: readonly FindingKind[] = ['missing-there', 'extra-there', 'different', 'ambiguous'];
export type ImportState = 'left' | 'refused' | 'under-way' | 'succeeded' | 'failed';
export const importStates: readonly ImportState[] = ['left', 'refused', 'under-way', 'succeeded', 'failed'];

/** By entity, then by kind or state. */
export type Counts<T extends string> = Partial<Record<EntityName, Partial<Record<T, number>>>>;

export interface Run {
  id: string;
  instance: string;
  scope: { building?: string; entities: EntityName[]; period?: string };
  status: 'running' | 'done' | 'failed';
  total: number;
  compared: number;
  counts: Counts<FindingKind>;
  asOf: Record<string, string | null>;
  error: { code?: string; detail?: string } | null;
  createdBy: string;
  createdAt: string;
  finishedAt: string | null;
}

/** Why no import is made of a finding; what more it holds depends on the code. */
export interface Refusal {
  code: string;
  services?: string[];
  kind?: string;
  field?: string;
  what?: string;
}

export interface Finding {
  id: string;
  entity: EntityName;
  kind: FindingKind;
  record: string | null;
  nativeKey: string | null;
  building: string | null;
  subject: { number: string | null; premises: string | null; house: string | null };
  differences: { field: string; ours: unknown; theirs: unknown }[];
  reason: string | null;
  operation: string | null;
  operationStatus: string | null;
  operationCode: string | null;
  refusal: Refusal | null;
}

export interface FindingDetails extends Finding {
  fields: { field: string; ours: unknown; theirs: unknown; same: boolean | null }[];
  masked: boolean;
}

export interface House {
  building: string | null;
  name: string | null;
  address: string | null;
  counts: Counts<FindingKind>;
}

export interface Applied {
  made: { item: string; operation: string }[];
  kinds: Record<string, number>;
  refused: (Refusal & { item: string; reason: string })[];
  nextCursor: string | null;
}

export const sumOf = <T extends string>(counts: Counts<T>, ...names: T[]): number =>
  Object.values(counts).reduce((sum, own) => sum + names.reduce((n, name) => n + (own?.[name] ?? 0), 0), 0);
