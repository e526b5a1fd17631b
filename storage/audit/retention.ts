import type { Cipher } from '../cipher.ts';
import type { Database } from '../port.ts';
import { startMacOf } from './entry.ts';

const CHUNK = 5_000;

/** Removes what is older from the beginning of each chain, and leaves a proof that it was removed here. Returns rows. */
export async function trimAudit(db: Database, cipher: Cipher, before: Date): Promise<number> {
  const { rows } = await db.query<{ org: string }>('select org from audit_head order by org');
  let removed = 0;
  for (const { org } of rows) {
    for (;;) {
      const page = await db.query(
        'select no, hash, at from audit where org = $1 and no is not null order by no limit $2',
        [org, CHUNK],
      );
      // Numbers go by the order of linking: the chain is kept from the first row that is young enough.
      const young = page.rows.findIndex((r) => (r.at as Date) >= before);
      const old = young < 0 ? page.rows : page.rows.slice(0, young);
      const last = old.at(-1);
      if (!last) break;
      const no = Number(last.no);
      const hash = last.hash as Uint8Array;
      await db.transact([
        {
          sql: 'update audit_head set start_no = $2, start_hash = $3, start_mac = $4 where org = $1 and start_no < $2',
          params: [org, no, hash, startMacOf(cipher, org, no, hash)],
          expect: { rows: 1, name: 'start' },
        },
        { sql: 'delete from audit where org = $1 and no <= $2', params: [org, no] },
      ]);
      removed += old.length;
      if (young >= 0 || page.rows.length < CHUNK) break;
    }
  }
  return removed;
}
