import type { Cipher } from '../cipher.ts';
import type { Database, Row } from '../port.ts';
import { type AuditHead, type AuditRow, auditRowOf, GENESIS, hex, linkOf, macOf, startMacOf } from './entry.ts';

/** The first thing that is not as it was written. */
export interface AuditFault {
  fault: 'altered' | 'missing' | 'reordered' | 'cut' | 'start' | 'head';
  /** Number of the row. */
  no: number;
  id: string | null;
  message: string;
}

export interface Verification {
  org: string;
  /** Rows that were looked at. */
  rows: number;
  /** Written and not linked yet; a moment later they are. */
  unlinked: number;
  head: AuditHead | null;
  /** Absent when everything is as it was written. */
  fault?: AuditFault;
}

const PAGE = 5_000;

/**
 * Follows the chain of an organisation from its beginning and names the first row that was altered, removed or moved.
 *
 * @param known heads that were kept elsewhere: they tell that the end was cut off, which the chain itself can't
 */
export async function verifyAudit(
  db: Database,
  cipher: Cipher,
  org: string,
  known: readonly Omit<AuditHead, 'org'>[] = [],
): Promise<Verification> {
  const found = await db.query('select * from audit_head where org = $1', [org]);
  const row = found.rows[0];
  const head: AuditHead | null = row ? { org, no: Number(row.no), hash: hex(row.hash as Uint8Array) } : null;
  const startNo = Number(row?.start_no ?? 0);
  const startHash = (row?.start_hash as Uint8Array | null) ?? GENESIS;
  const result: Verification = { org, rows: 0, unlinked: 0, head };
  const wrong = (fault: AuditFault['fault'], no: number, id: string | null, message: string): Verification => ({
    ...result,
    fault: { fault, no, id, message },
  });
  if (startNo > 0) {
    const mac = row?.start_mac as Uint8Array | null;
    if (!mac || !same(mac, startMacOf(cipher, org, startNo, startHash)))
      return wrong('start', startNo + 1, null, `Rows up to ${startNo} are gone, and not by retention.`);
  }
  const wanted = new Map(known.map((k) => [k.no, k.hash.toLowerCase()]));
  let no = startNo;
  let hash: Uint8Array = startHash;
  for (;;) {
    const { rows } = await db.query('select * from audit where org = $1 and no > $2 order by no limit $3', [
      org,
      no,
      PAGE,
    ]);
    for (const raw of rows) {
      const r = readRow(raw, cipher);
      if (r === undefined)
        return wrong('altered', Number(raw.no), raw.id as string, `Row ${raw.no} (${raw.id}) was altered.`);
      if (r.no !== no + 1) return wrong('missing', no + 1, null, `Row ${no + 1} is missing; the next one is ${r.no}.`);
      result.rows++;
      if (!same(macOf(cipher, r), r.mac)) return wrong('altered', r.no, r.id, `Row ${r.no} (${r.id}) was altered.`);
      const link = linkOf(cipher, org, hash, r.no, r.mac);
      if (!r.hash || !same(link, r.hash))
        return wrong('reordered', r.no, r.id, `Row ${r.no} (${r.id}) does not follow the row before it.`);
      no = r.no;
      hash = link;
      const kept = wanted.get(no);
      if (kept !== undefined && kept !== hex(hash))
        return wrong('altered', no, r.id, `Row ${no} is not the one whose hash was kept elsewhere.`);
    }
    if (rows.length < PAGE) break;
  }
  // A head that is ahead of the rows just read may have been moved meanwhile; one behind them can't be.
  const after = await db.query('select no, hash from audit_head where org = $1', [org]);
  const end = after.rows[0];
  if (
    Number(end?.no ?? 0) < no ||
    (Number(end?.no ?? 0) === no && end && hex(end.hash as Uint8Array) !== hex(hash) && no > 0)
  )
    return wrong('head', no, null, `The recorded end of the chain (${end?.no ?? 'none'}) is not its last row (${no}).`);
  if (head && head.no > no)
    return wrong(
      'cut',
      no + 1,
      null,
      `The chain ends at ${no} although ${head.no} rows were written: its end was cut off.`,
    );
  const beyond = [...wanted.keys()].filter((n) => n > no).sort((a, b) => a - b)[0];
  if (beyond !== undefined)
    return wrong(
      'cut',
      no + 1,
      null,
      `A head kept elsewhere stands at ${beyond}, the chain ends at ${no}: its end was cut off, or the store was restored from an older backup.`,
    );
  const { rows: left } = await db.query<{ id: string; n: number }>(
    'select * from audit where org = $1 and no is null order by ord limit $2',
    [org, PAGE],
  );
  for (const raw of left) {
    const r = readRow(raw, cipher);
    if (!r || !same(macOf(cipher, r), r.mac))
      return wrong('altered', no + 1, raw.id as string, `Row ${raw.id}, not linked yet, was altered.`);
  }
  return { ...result, unlinked: left.length };
}

/** Undefined when its purpose can't be opened: it is not what was sealed. */
function readRow(raw: Row, cipher: Cipher): AuditRow | undefined {
  try {
    return auditRowOf(raw, cipher);
  } catch {
    return undefined;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
