import type { Statement } from '../storage/port.ts';
import type { NewRecord } from '../storage/repositories/records.ts';
import { type EntityRun, now } from './entity-run.ts';
import { type ForeignRecord, foreignIds, keepForeign, linkStatements } from './foreign-record.ts';
import { matchPage } from './match.ts';

/** How records of a run come into the store. */
export interface Keeping {
  /** Returns the ids that were new or changed; to be told of by `withNews`. */
  upsert: Statement;
  /** What belongs to it, after it in the same transaction. */
  then: readonly Statement[];
}

/** As our records, or, where the mapping links, beside the ones that they are found to be. */
export async function keeping(r: EntityRun, good: readonly NewRecord[], runStarted: Date): Promise<Keeping> {
  const { linking } = r.mapping;
  if (!linking) {
    const upsert = r.records.upsertStatement(r.org, r.definition, r.instance, r.mapping.hash, good, runStarted, now(r));
    return { upsert, then: [] };
  }
  const keys = good.map((g) => g.nativeKey);
  const matches = await matchPage(r, linking, good);
  const foreign = good.flatMap((g): ForeignRecord[] => {
    const match = matches.get(g.nativeKey);
    const house = g.native.$house;
    return match
      ? [{ ...g, ...match, archived: linking.isArchived(g.native), house: typeof house === 'string' ? house : null }]
      : [];
  });
  return {
    upsert: keepForeign(r, foreign, await foreignIds(r, keys), runStarted),
    then: linkStatements(r, keys),
  };
}
