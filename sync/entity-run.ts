import type { EntityDefinition } from '../canonical/entity.ts';
import type { Clock, Context, Logger, Pull } from '../connectors/port.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import type { XrefRepository } from '../storage/repositories/xref.ts';
import type { News } from './news.ts';

/** What one run over one entity of one instance works with. */
export interface EntityRun {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  records: RecordRepository;
  xrefs: XrefRepository;
  org: string;
  instance: string;
  definition: EntityDefinition;
  mapping: CompiledMapping;
  pull: Pull<never>;
  ctx: Context<never>;
  timezone: string;
  full: boolean;
  /** What the feed of changes has brought before this run; absent for an entity that is not read by one. */
  fed?: Fed;
  /** Let a sweep remove more than the limit this once. */
  acceptRemovals: boolean;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Entities of the instance that are linked to our records: a reference to one that is not known stays empty. */
  linked: ReadonlySet<string>;
}

/** What a packet of changes did for one entity. */
export interface Fed {
  /** Everything that changed since the last run is in: no comparison is needed. */
  complete: boolean;
  /** Why a comparison is needed, for a person. */
  note?: string;
  seen: number;
  changed: number;
  quarantined: number;
  removed: number;
}

export interface Progress {
  instance: string;
  entity: string;
  phase: 'pull' | 'remap' | 'delta' | 'sweep' | 'done' | 'failed';
  seen: number;
  changed: number;
  quarantined: number;
  removed: number;
  /** Set when a sweep wanted to remove too much and waits for a person. */
  held?: { wouldRemove: number; of: number };
  error?: string;
}

/** What the store remembers of the run under way and of the ones before. */
export interface RunState {
  run: string;
  mode: string | null;
  cursor: string | null;
  runStarted: Date;
  firstLoadDone: boolean;
  mappingHash: string | null;
  mappingShape: string | null;
  mappingUses: readonly string[] | null;
  /** The feed of changes can't be trusted for the time since the last run. */
  compareDue: boolean;
  /** Nothing of this entity is expected in the store: rows go in by COPY, until one turns out to be there. */
  copying: boolean;
}

/** Records of one transaction: few enough that readers of an embedded store, which has one session, wait briefly. */
export const ROWS_PER_COMMIT = 500;
export const KEYS_PER_READ = 100;

/** Whether the mapping wants its changes from the upstream's feed. */
export const byFeed = (r: EntityRun): boolean => deltaOf(r) === 'exchangePlan';

export function deltaOf(r: EntityRun): string | undefined {
  return (r.mapping.source.delta as { by?: string } | undefined)?.by;
}

/** Whether keys and versions of everything can be compared with what is stored. */
export function isComparable(r: EntityRun): boolean {
  if (!r.pull.versions || !r.pull.byKeys) return false;
  return byFeed(r) ? r.pull.changes?.comparable(r.mapping.source) === true : deltaOf(r) === 'DataVersion';
}

/** SQL for the key of the native object that a record comes from: rows of a document are stored as `document:row`. */
export function objectKeySql(r: EntityRun, column = 'native_key'): string {
  return r.mapping.source.each === undefined ? column : `split_part(${column}, ':', 1)`;
}

/** Table of what the run stores: our records, or what another system holds of them. */
export const tableOf = (r: EntityRun): 'record' | 'foreign_record' => (r.mapping.linking ? 'foreign_record' : 'record');

/** What a statement about that table returns as the id of our record. */
export const idOf = (r: EntityRun, prefix = ''): string =>
  r.mapping.linking ? `${prefix}record as id` : `${prefix}id`;

export const now = (r: EntityRun): Date => new Date(r.clock.now());

/** News of a linked record are about ours, where there is one: `foreign-accounts.changed`. */
export function newsOf(r: EntityRun, what: 'changed' | 'removed' | 'loaded'): News {
  return {
    org: r.org,
    type: `${r.mapping.linking ? 'foreign-' : ''}${r.definition.resource}.${what}`,
    entity: r.definition.name,
    at: now(r),
  };
}
