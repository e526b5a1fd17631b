import type { Statement } from '../storage/port.ts';
import { type EntityRun, newsOf, now } from './entity-run.ts';
import { keeping } from './keep.ts';
import { fetchLookups } from './lookups.ts';
import { withNews } from './news.ts';
import { quarantineContext, quarantineStatement, releaseStatement } from './quarantine.ts';
import { type Part, translate } from './translate.ts';

export interface QuarantineRetry {
  released: number;
  kept: number;
}

const PAGE = 500;

/** Maps the quarantined records of one entity anew. Their version is left open, so that the next pull compares them. */
export async function retryQuarantine(r: EntityRun): Promise<QuarantineRetry> {
  const total = { released: 0, kept: 0 };
  let after = '';
  for (;;) {
    const { rows } = await r.db.query(
      'select native_key, native_enc from quarantine where org = $1 and instance = $2 and entity = $3 and native_key > $4 order by native_key limit $5',
      [r.org, r.instance, r.definition.name, after, PAGE],
    );
    if (rows.length === 0) return total;
    after = rows.at(-1)?.native_key as string;
    const parts = rows.map((row): Part => {
      const key = row.native_key as string;
      const text = r.cipher.openText(row.native_enc as Uint8Array, quarantineContext(r, key));
      return { key, native: JSON.parse(text) as Part['native'], version: '' };
    });
    const lookups = await fetchLookups(
      r,
      parts.map((p) => p.native),
    );
    const { good, bad } = await translate(r, parts, lookups);
    const kept = good.length > 0 ? await keeping(r, good, now(r)) : undefined;
    const statements: Statement[] = [
      ...(kept ? [withNews(kept.upsert, newsOf(r, 'changed')), ...kept.then] : []),
      ...bad.map((b) => quarantineStatement(r, b)),
      releaseStatement(
        r,
        good.map((g) => g.nativeKey),
      ),
    ];
    await r.db.transact(statements);
    total.released += good.length;
    total.kept += bad.length;
  }
}
