import { canonicalJson } from '../../canonical/canonical-json.ts';
import type { Cipher } from '../cipher.ts';
import type { Row } from '../port.ts';

/** One thing that somebody did, or one look at personal data. Holds ids, counts and names of fields, never the data. */
export interface AuditEntry {
  org: string;
  /** UUIDv7. */
  id: string;
  at: Date;
  /** Key id, `token:<issuer's subject>`, or `control` for the machine of the hub. */
  actor: string;
  /** `keys.create`, `customers.view` … */
  action: string;
  /** What it was done to, e.g. `customer:0192…`; null when it concerns many. */
  subject: string | null;
  /** Why personal data were seen. */
  purpose: string | null;
  /** X-Request-Id of the request. */
  request: string | null;
  details: Readonly<Record<string, unknown>>;
}

/** An entry with its place in the chain; `no` and `hash` are null in the moment before it has one. */
export interface AuditRow extends AuditEntry {
  no: number | null;
  mac: Uint8Array;
  hash: Uint8Array | null;
}

/** The end of a chain: whoever keeps one elsewhere can tell later that nothing before it was changed or cut off. */
export interface AuditHead {
  org: string;
  no: number;
  /** Lower-case hex, 64 signs. */
  hash: string;
}

/** Hash before the first row. */
export const GENESIS: Uint8Array = new Uint8Array(32);

/** Keyed digest of an entry, 32 bytes: without the key of the store nobody can write one. */
export function macOf(cipher: Cipher, e: AuditEntry): Uint8Array {
  const fields = [e.org, e.id, e.at.toISOString(), e.actor, e.action, e.subject, e.purpose, e.request];
  // The store gives keys of the details back in an order of its own.
  return cipher.hmac('audit-entry', canonicalJson([...fields, e.details]));
}

/** Keyed digest of a place in the chain, 32 bytes. */
export function linkOf(cipher: Cipher, org: string, before: Uint8Array, no: number, mac: Uint8Array): Uint8Array {
  return cipher.hmac('audit-link', JSON.stringify([org, hex(before), no, hex(mac)]));
}

/** Keyed digest of where a chain begins after retention, 32 bytes. */
export function startMacOf(cipher: Cipher, org: string, no: number, hash: Uint8Array): Uint8Array {
  return cipher.hmac('audit-start', JSON.stringify([org, no, hex(hash)]));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Context of the sealed purpose. */
export function purposeContext(org: string, id: string): string {
  return `audit:${org}:${id}`;
}

export function auditRowOf(r: Row, cipher: Cipher): AuditRow {
  const purpose = r.purpose as Uint8Array | null;
  return {
    org: r.org as string,
    id: r.id as string,
    no: r.no === null ? null : Number(r.no),
    at: r.at as Date,
    actor: r.actor as string,
    action: r.action as string,
    subject: r.subject as string | null,
    purpose: purpose && cipher.openText(purpose, purposeContext(r.org as string, r.id as string)),
    request: r.request as string | null,
    details: r.details as Record<string, unknown>,
    mac: r.mac as Uint8Array,
    hash: r.hash as Uint8Array | null,
  };
}
