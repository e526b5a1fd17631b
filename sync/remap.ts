import { isDeepStrictEqual } from 'node:util';
import type { Statement } from '../storage/port.ts';
import { type EntityRun, newsOf, now, type Progress, type RunState } from './entity-run.ts';
import { fetchLookups } from './lookups.ts';
import { withNews } from './news.ts';
import { quarantineStatement, releaseStatement } from './quarantine.ts';
import { type Part, translate } from './translate.ts';

/** Whether the stored native forms hold all that the changed mapping reads. */
export function canRemap(r: EntityRun, state: RunState): boolean {
  const kept = new Set(state.mappingUses ?? []);
  return (
    // What is linked is read whole each time anyway.
    !r.mapping.linking &&
    state.firstLoadDone &&
    state.mappingShape === r.mapping.shape &&
    (kept.has('*') || r.mapping.uses.every((path) => kept.has(path)))
  );
}

/**
 * Maps the stored native forms anew after the mapping was changed: no pull, and only what really comes out different is
 * changed and told of. Interrupted, it goes on with what still bears the old mapping.
 */
export async function remap(r: EntityRun, progress: Progress): Promise<void> {
  progress.phase = 'remap';
  for await (const page of r.records.natives(r.org, r.definition, r.instance, r.mapping.hash)) {
    r.signal.throwIfAborted();
    const parts: Part[] = page.map((p) => ({ key: p.nativeKey, native: p.native, version: null }));
    const lookups = await fetchLookups(
      r,
      parts.map((p) => p.native),
    );
    const { good, bad } = await translate(r, parts, lookups);
    const before = new Map(page.map((p) => [p.id, p.canonical]));
    const different = good.filter((g) => !isDeepStrictEqual(before.get(g.id), g.canonical));
    const changed = new Set(different.map((d) => d.id));
    const same = good.filter((g) => !changed.has(g.id));
    const statements: Statement[] = [
      withNews(r.records.remapStatement(r.org, r.definition, r.mapping.hash, different, now(r)), newsOf(r, 'changed')),
      {
        sql: 'update record set mapping_hash = $3 where org = $1 and entity = $2 and id = any($4::uuid[])',
        params: [r.org, r.definition.name, r.mapping.hash, same.map((s) => s.id)],
      },
      ...bad.map((b) => quarantineStatement(r, b)),
      releaseStatement(
        r,
        good.map((g) => g.nativeKey),
      ),
    ];
    await r.db.transact(statements);
    progress.seen += page.length;
    progress.changed += different.length;
    progress.quarantined += bad.length;
    r.onProgress(progress);
  }
}
