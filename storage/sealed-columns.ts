import type { Row } from './port.ts';

/** A column whose bytes are sealed by the master key. */
export interface SealedColumn {
  table: string;
  column: string;
  /** Primary key of the table, with the types of its columns. */
  key: readonly (readonly [name: string, type: 'text' | 'uuid' | 'int'])[];
  /** Further columns that the context needs. */
  also?: readonly string[];
  /** What the bytes are bound to. */
  context(row: Row): string;
  /** Rows taken at once. */
  page: number;
}

const orgId = [
  ['org', 'text'],
  ['id', 'uuid'],
] as const;
const column = (
  table: string,
  name: string,
  key: SealedColumn['key'],
  context: (row: Row) => string,
  more: Partial<SealedColumn> = {},
): SealedColumn => ({ table, column: name, key, context, page: 500, ...more });
const record = (r: Row): string => `record:${r.org}:${r.entity}:${r.id}`;
const recordKey = [
  ['org', 'text'],
  ['entity', 'text'],
  ['id', 'uuid'],
] as const;
const foreign = (r: Row): string => `foreign-record:${r.org}:${r.id}`;
const foreignKey = orgId;
const optOut = (r: Row): string => `opt-out:${r.org}:${r.recipient}:${r.scope}`;
const optOutAlso = { also: ['recipient', 'scope'] };

/** Every sealed column; a test holds them against the schema. Rotation of the master key and erasure go by this list. */
export const sealedColumns: readonly SealedColumn[] = [
  column('operation', 'personal', orgId, (r) => `operation:${r.org}:${r.id}`),
  column(
    'attempt',
    'traffic',
    [
      ['org', 'text'],
      ['operation', 'uuid'],
      ['no', 'int'],
    ],
    (r) => `traffic:${r.org}:${r.operation}`,
    { page: 200 },
  ),
  column('exchange', 'request', orgId, (r) => `exchange:${r.org}:${r.id}`, { page: 100 }),
  column(
    'inbound',
    'event',
    [
      ['org', 'text'],
      ['instance', 'text'],
      ['dedupe_key', 'text'],
    ],
    (r) => `inbound:${r.org}:${r.id}`,
    { also: ['id'] },
  ),
  column('record', 'personal', recordKey, record),
  column('record', 'native_enc', recordKey, record),
  column(
    'quarantine',
    'native_enc',
    [
      ['org', 'text'],
      ['instance', 'text'],
      ['entity', 'text'],
      ['native_key', 'text'],
    ],
    (r) => `quarantine:${r.org}:${r.instance}:${r.entity}:${r.native_key}`,
  ),
  column('foreign_record', 'personal', foreignKey, foreign),
  column('foreign_record', 'native_enc', foreignKey, foreign),
  column('opt_out', 'phone', orgId, optOut, optOutAlso),
  column('opt_out', 'reason', orgId, optOut, optOutAlso),
  column(
    'approval',
    'reason',
    [
      ['org', 'text'],
      ['operation', 'uuid'],
    ],
    (r) => `approval:${r.org}:${r.operation}`,
  ),
  column('webhook', 'sealed', orgId, (r) => `webhook:${r.org}:${r.id}`),
  column('file', 'name', orgId, (r) => `file-name:${r.org}:${r.id}`),
  column(
    'file_chunk',
    'data',
    [
      ['org', 'text'],
      ['file', 'uuid'],
      ['no', 'int'],
    ],
    (r) => `file:${r.org}:${r.file}:${r.no}`,
    { page: 16 },
  ),
  column('task', 'note', orgId, (r) => `task:${r.org}:${r.id}`),
  column('audit', 'purpose', orgId, (r) => `audit:${r.org}:${r.id}`),
  column('erasure', 'reason', orgId, (r) => `erasure:${r.org}:${r.id}`),
  column('erasure', 'targets', orgId, (r) => `erasure-targets:${r.org}:${r.id}`),
  column('certificate', 'key', orgId, (r) => `certificate:${r.org}:${r.id}`),
  column('power_of_attorney', 'document', orgId, (r) => `power:${r.org}:${r.id}:document`),
  column('power_of_attorney', 'signature', orgId, (r) => `power:${r.org}:${r.id}:signature`),
];

/** Bytes that are no sealed data: digests, which no key can open, and certificates, which are public. */
export const digestColumns: readonly string[] = [
  'idempotency.body_hmac',
  'upstream_claim.likeness',
  'api_key.hash',
  'audit.mac',
  'audit.hash',
  'audit_head.hash',
  'audit_head.start_hash',
  'audit_head.start_mac',
  'certificate.der',
  'certificate.chain',
];
