import type { Clock, Uploads } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';

/** After so long, milliseconds, a file is sent anew: longer than it takes a person to look after an operation that has stopped. */
export const UPLOADS_KEPT_MS = 7 * 24 * 3_600_000;

/** Uploads of one instance, kept in the store so that they outlive the process and whoever takes an operation over goes on with them. */
export function uploadsOf(
  { db, cipher, clock }: { db: Database; cipher: Cipher; clock: Clock },
  { name, organisation }: { name: string; organisation: string },
): Uploads {
  const stored = (key: string): string => cipher.blind(`upload:${organisation}:${name}`, key);
  return {
    find: async (key) => {
      const { rows } = await db.query<{ ref: string; digest: string | null }>(
        'select ref, digest from upstream_file where org = $1 and instance = $2 and key = $3 and noted_at > $4',
        [organisation, name, stored(key), new Date(clock.now() - UPLOADS_KEPT_MS)],
      );
      const [row] = rows;
      return row && { ref: row.ref, ...(row.digest === null ? {} : { digest: row.digest }) };
    },
    note: async (key, { ref, digest }) => {
      await db.query(
        `insert into upstream_file (org, instance, key, ref, digest, noted_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (org, instance, key) do update set ref = excluded.ref, digest = excluded.digest, noted_at = excluded.noted_at`,
        [organisation, name, stored(key), ref, digest ?? null, new Date(clock.now())],
      );
    },
    forget: async () => {
      await db.query('delete from upstream_file where org = $1 and instance = $2', [organisation, name]);
    },
  };
}
