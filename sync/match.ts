import { numberForm } from '../canonical/values/words.ts';
import type { Linking } from '../mappings/link.ts';
import type { StoredRecord } from '../storage/repositories/records.ts';
import type { EntityRun } from './entity-run.ts';

/** Which of our records a foreign one is. */
export interface Match {
  state: 'matched' | 'ambiguous' | 'unmatched';
  record: string | null;
  /** Fields by which it was found; `identity` where an operation or a person has said so. */
  rule: string | null;
  reason: string | null;
  /** Those of ours that fit, where several do. */
  candidates?: readonly string[];
}

interface Candidate {
  nativeKey: string;
  canonical: Readonly<Record<string, unknown>>;
}

/** Names of more candidates than these help nobody. */
const NAMED = 5;

/**
 * Finds our record for each of a page of foreign ones: by the key that an operation has told, else by the mapping's ways in their order. The
 * first way that finds anything decides; where it finds several, a person has to.
 */
export async function matchPage(
  r: EntityRun,
  linking: Linking,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, Match>> {
  const out = await byIdentity(r, candidates);
  for (const fields of linking.match) {
    const open = candidates.filter((c) => !out.has(c.nativeKey) && formOf(c.canonical, fields) !== undefined);
    if (open.length === 0) continue;
    const ours = await recordsByForm(r, fields, open);
    for (const c of open) {
      const found = ours.get(formOf(c.canonical, fields) ?? '') ?? [];
      if (found.length > 0) out.set(c.nativeKey, decided(fields, found));
    }
  }
  for (const c of candidates) if (!out.has(c.nativeKey)) out.set(c.nativeKey, unmatched(r, linking, c.canonical));
  return out;
}

function decided(fields: readonly string[], ids: readonly string[]): Match {
  const rule = fields.join(', ');
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return { state: 'matched', record: only, rule, reason: null };
  const named = ids.slice(0, NAMED).join(', ');
  return {
    state: 'ambiguous',
    record: null,
    rule,
    candidates: ids,
    reason: `${ids.length} of our records have the same ${rule}: ${named}${ids.length > NAMED ? ' …' : ''}`,
  };
}

/** Names fields only: values may be personal. */
function unmatched(r: EntityRun, { match }: Linking, canonical: Candidate['canonical']): Match {
  const usable = match.filter((fields) => formOf(canonical, fields) !== undefined).map((fields) => fields.join(' + '));
  const lacking = [...new Set(match.flat())].filter((f) => canonical[f.split('.')[0] ?? ''] === undefined);
  const reason =
    usable.length > 0
      ? `no ${r.definition.name} of ours has the same ${usable.join(', nor the same ')}`
      : `it has none of what a ${r.definition.name} is found by${lacking.length > 0 ? ` (${lacking.join(', ')})` : ''}`;
  return { state: 'unmatched', record: null, rule: null, reason };
}

/**
 * What an operation has told in its result stands until the record of ours is gone; what a way of the mapping has found is looked for
 * again, since the fields may have changed.
 */
async function byIdentity(r: EntityRun, candidates: readonly Candidate[]): Promise<Map<string, Match>> {
  const { rows } = await r.db.query<{ native_key: string; id: string }>(
    `select x.native_key, x.id from xref x
     join record o on o.org = x.org and o.entity = x.entity and o.id = x.id and o.deleted_at is null and o.instance <> x.instance
     left join foreign_record f on f.org = x.org and f.instance = x.instance and f.entity = x.entity and f.native_key = x.native_key
     where x.org = $1 and x.instance = $2 and x.entity = $3 and x.native_key = any($4::text[]) and (f.native_key is null or f.rule = 'identity' or f.record is distinct from x.id)`,
    [r.org, r.instance, r.definition.name, candidates.map((c) => c.nativeKey)],
  );
  return new Map(
    rows.map((row) => [row.native_key, { state: 'matched', record: row.id, rule: 'identity', reason: null }]),
  );
}

/** Ids of our records that have the values of a way, by their common form. */
async function recordsByForm(
  r: EntityRun,
  fields: readonly string[],
  wanted: readonly Candidate[],
): Promise<Map<string, string[]>> {
  const [first = ''] = fields;
  const values = [...new Set(wanted.map((c) => String(valueOf(c.canonical, first))))];
  const found = new Map<string, string[]>();
  for (const record of await ownRecords(r, first, values)) {
    const form = formOf(record.canonical, fields);
    if (form === undefined) continue;
    const ids = found.get(form);
    if (ids) ids.push(record.id);
    else found.set(form, [record.id]);
  }
  return found;
}

/** Our records, alive and of another source than this instance. */
async function ownRecords(r: EntityRun, field: string, values: readonly string[]): Promise<readonly StoredRecord[]> {
  const found = await r.records.havingOneOf(r.org, r.definition, field, values);
  return found.filter((record) => record.instance !== r.instance);
}

/** Values of fields in the form in which both systems' are compared; undefined where one is missing. */
function formOf(canonical: Readonly<Record<string, unknown>>, fields: readonly string[]): string | undefined {
  const forms: string[] = [];
  for (const field of fields) {
    const value = valueOf(canonical, field);
    if (typeof value !== 'string' || value === '') return undefined;
    forms.push(commonForm(value));
  }
  return forms.join('\0');
}

/** Numbers are typed with «кв.», spaces, leading zeros, letters of either alphabet. */
function commonForm(text: string): string {
  return numberForm(text.replace(/^\s*(кв|квартира|пом|помещение|комн|оф|офис|№)[.\s№]*(?=\S*\d)/iu, ''));
}

function valueOf(canonical: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = canonical;
  for (const step of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
