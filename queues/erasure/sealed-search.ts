import type { Cipher } from '../../storage/cipher.ts';
import type { Database } from '../../storage/port.ts';

/** What a person is known by, wherever it may stand. */
export interface Marks {
  phones: readonly string[];
  emails: readonly string[];
  /** Whole names, as the upstreams write them. */
  names: readonly string[];
  /** Keys of the person's records in upstreams. */
  keys: readonly string[];
}

const PAGE = 300;

/** Whether a text is about somebody with these marks; phones are found in any usual form. */
export function isAbout(text: string, marks: Marks): boolean {
  const digits = text.replace(/[\s()-]/g, '');
  return (
    marks.phones.some((phone) => digits.includes(phone.slice(2))) ||
    [...marks.emails, ...marks.names, ...marks.keys].some(
      (mark) => mark.length > 5 && text.toLowerCase().includes(mark.toLowerCase()),
    )
  );
}

/**
 * Empties what upstreams told by themselves about a person. Sealed texts can't be searched by the store, so each is opened;
 * retention keeps them few.
 */
export async function emptyInbound(
  db: Database,
  cipher: Cipher,
  org: string,
  marks: Marks,
  now: Date,
): Promise<number> {
  let emptied = 0;
  let after: [string, string] = ['', ''];
  for (;;) {
    const { rows } = await db.query(
      'select instance, dedupe_key, id, event from inbound where org = $1 and (instance, dedupe_key) > ($2, $3) order by instance, dedupe_key limit $4',
      [org, ...after, PAGE],
    );
    const last = rows.at(-1);
    if (!last) return emptied;
    after = [last.instance as string, last.dedupe_key as string];
    for (const row of rows) {
      const context = `inbound:${org}:${row.id as string}`;
      if (!isAbout(cipher.openText(row.event as Uint8Array, context), marks)) continue;
      // The key stays, so that the same news is not taken for new ones.
      const { count } = await db.query(
        'update inbound set event = $4, handled_at = coalesce(handled_at, $5), next_at = null where org = $1 and instance = $2 and dedupe_key = $3',
        [org, row.instance as string, row.dedupe_key as string, cipher.seal('{}', context), now],
      );
      emptied += count;
    }
  }
}

/** Removes records about a person that a mapping could not read. */
export async function removeQuarantined(db: Database, cipher: Cipher, org: string, marks: Marks): Promise<number> {
  let removed = 0;
  let after: [string, string, string] = ['', '', ''];
  for (;;) {
    const { rows } = await db.query(
      `select instance, entity, native_key, native_enc from quarantine where org = $1 and (instance, entity, native_key) > ($2, $3, $4)
       order by instance, entity, native_key limit $5`,
      [org, ...after, PAGE],
    );
    const last = rows.at(-1);
    if (!last) return removed;
    after = [last.instance as string, last.entity as string, last.native_key as string];
    for (const row of rows) {
      const key = [row.instance, row.entity, row.native_key] as [string, string, string];
      const text = cipher.openText(row.native_enc as Uint8Array, `quarantine:${org}:${key.join(':')}`);
      if (!marks.keys.includes(key[2]) && !isAbout(text, marks)) continue;
      const { count } = await db.query(
        'delete from quarantine where org = $1 and instance = $2 and entity = $3 and native_key = $4',
        [org, ...key],
      );
      removed += count;
    }
  }
}
