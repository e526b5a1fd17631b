-- What another system holds of things that are ours already, kept beside our records and linked to them; and comparisons of both.
-- Additive, so that the previous version goes on while it is applied.

create table foreign_record (
  org          text        not null,
  instance     text        not null,
  entity       text        not null,
  native_key   text        not null,
  id           uuid        not null,              -- of this row; what is sealed is bound to it
  record       uuid,                              -- our record; null unless matched
  state        text        not null check (state in ('matched', 'ambiguous', 'unmatched')),
  rule         text,                              -- fields that matched, or 'identity' where an operation or a person said so
  reason       text,                              -- why there is no one match; masked
  candidates   jsonb,                             -- ids of our records that fit, where several do
  house        text,                              -- native key of the house it was asked for by
  archived     boolean     not null default false,-- closed or replaced there
  version      text,                              -- the upstream's version, equality only; for a meter what an edit must name
  native_hash  text,
  mapping_hash text,
  revision     int         not null default 1,
  canonical    jsonb       not null,              -- the fields that the mapping gives, without those marked personal
  personal     bytea,
  native_enc   bytea       not null,
  missed       smallint    not null default 0,    -- sweeps in a row that did not see it
  deleted_at   timestamptz,                       -- missing there since
  written_at   timestamptz,                       -- last change of our own; a pull that began before never overwrites it
  changed_at   timestamptz not null,
  pulled_at    timestamptz not null,
  primary key (org, instance, entity, native_key)
);
create unique index foreign_record_id on foreign_record (org, id);
create index foreign_record_record on foreign_record (org, entity, record) where record is not null;
create index foreign_record_document on foreign_record (org, instance, (canonical->>'account')) where entity = 'PaymentDocument';
create index foreign_record_house on foreign_record (org, instance, entity, house);

create table reconciliation (
  org          text        not null,
  id           uuid        not null,
  instance     text        not null,
  scope        jsonb       not null,              -- { building, entities, period }
  status       text        not null check (status in ('running', 'done', 'failed')),
  step         jsonb       not null default '{}', -- what a restart goes on with: part and last record
  total        int         not null default 0,    -- records to compare, ours and theirs
  compared     int         not null default 0,
  as_of        jsonb       not null default '{}', -- when the other system was read, by entity
  counts       jsonb       not null default '{}', -- by entity and kind of item
  error        jsonb,
  created_by   text        not null,
  created_at   timestamptz not null,
  finished_at  timestamptz,
  lease_no     bigint      not null default 0,    -- fencing number
  leased_by    text,
  lease_until  timestamptz,
  primary key (org, id)
);
create index reconciliation_running on reconciliation (created_at) where status = 'running';

create table reconciliation_item (
  org          text        not null,
  reconciliation uuid      not null,
  id           uuid        not null,
  entity       text        not null,
  kind         text        not null check (kind in ('missing-there', 'extra-there', 'different', 'ambiguous')),
  record       uuid,                              -- our record
  native_key   text,                              -- theirs
  differences  jsonb       not null default '[]', -- [{ field, ours, theirs }], personal values masked
  reason       text,
  operation    uuid,                              -- that was made to bring it in
  primary key (org, reconciliation, id)
);
