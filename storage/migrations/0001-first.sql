-- First migration. The organisation is part of every key; personal data has encrypted columns and blind indexes;
-- payloads carry a version; events are numbered when published, never inside the writing transaction.

-- The journal -------------------------------------------------------------------------------------------------------
create table operation (
  org             text        not null,
  id              uuid        not null,
  kind            text        not null,
  payload_version int         not null default 1,
  client          text        not null,           -- API client (key id) that asked
  instance        text        not null,           -- connector instance that carries it
  subject         text,                           -- canonical reference, e.g. account:0192…
  seq             bigint      generated always as identity,
  ordering        text        not null default 'none' check (ordering in ('none', 'fifo', 'latestWins')),
  holds           boolean     not null default true,  -- still holds its fifo successors back
  payload         jsonb       not null,           -- without the fields marked personal
  personal        bytea,                          -- the fields marked personal, encrypted
  reference       text,                           -- the caller's own document id
  idempotency_key text,
  status          text        not null check (status in
                    ('accepted', 'running', 'waiting', 'retrying', 'uncertain', 'succeeded', 'failed', 'dead', 'cancelled')),
  waiting_for     text,                           -- time | answer | settle | batch | pause | order | operator
  attempts        int         not null default 0, -- attempts that could have acted
  asks            int         not null default 0, -- reconcile questions since it became uncertain
  due_at          timestamptz,                    -- when the dispatcher should look again; null when final or with a person
  not_before      timestamptz,
  expires_at      timestamptz,
  lease_no        bigint      not null default 0, -- fencing number
  leased_by       text,
  lease_until     timestamptz,
  attempt_deadline timestamptz,                   -- no first byte after this; shorter than the lease
  own_id          bigint,                         -- id given to the upstream from a persisted sequence
  uncertain_since timestamptz,
  exchange        uuid,
  result          jsonb,
  error           jsonb,
  trace           jsonb,
  accepted_at     timestamptz not null,
  updated_at      timestamptz not null,
  finished_at     timestamptz,
  primary key (org, id)
);
create index operation_due on operation (due_at) where due_at is not null;
create index operation_subject on operation (org, kind, subject, seq) where subject is not null and holds;
create index operation_list on operation (org, id desc);
create index operation_status on operation (org, status, kind);
create index operation_reference on operation (org, reference) where reference is not null;
create index operation_exchange on operation (org, exchange) where exchange is not null;
create index operation_own_id on operation (instance, kind, own_id) where own_id is not null;

-- Keys outlive their operations.
create table idempotency (
  org          text        not null,
  client       text        not null,
  kind         text        not null,
  key          text        not null,
  body_hmac    bytea       not null,
  operation    uuid        not null,
  created_at   timestamptz not null,
  primary key (org, client, kind, key)
);

create table attempt (
  org             text        not null,
  operation       uuid        not null,
  no              int         not null,
  action          text        not null check (action in ('send', 'poll', 'reconcile')),
  lease_no        bigint      not null,
  instance        text        not null,
  started_at      timestamptz not null,
  ended_at        timestamptz,
  outcome         text,                           -- done | pending | happened | absent | unknown | an error kind
  code            text,
  upstream_code   text,
  message         text,
  request_digest  text,                           -- sha-256, hex
  response_digest text,
  traffic         bytea,                          -- request and answer, encrypted, bounded
  primary key (org, operation, no)
);

-- One row per upstream call that carries several operations or answers later.
create table exchange (
  org          text        not null,
  id           uuid        not null,
  instance     text        not null,
  kind         text        not null,
  batch_key    text        not null,
  request      bytea,                             -- exact bytes sent, encrypted
  ticket       text,
  status       text        not null check (status in ('open', 'polling', 'done', 'lost')),
  next_poll_at timestamptz,
  polls        int         not null default 0,
  misses       int         not null default 0,    -- polls in a row that failed
  lease_no     bigint      not null default 0,    -- fencing number of the poll
  leased_by    text,
  lease_until  timestamptz,
  created_at   timestamptz not null,
  finished_at  timestamptz,
  primary key (org, id)
);
create index exchange_poll on exchange (next_poll_at) where status = 'polling';
create index exchange_finished on exchange (finished_at) where finished_at is not null;
create table exchange_element (
  org         text not null,
  exchange    uuid not null,
  operation   uuid not null,
  element_key text not null,
  outcome     text,                               -- the operation's status after the answer; null while it waits
  primary key (org, exchange, operation)
);
create index exchange_element_operation on exchange_element (org, operation);

-- What an accepted operation set going and the hub still follows (delivery of a message).
create table tracking (
  org         text        not null,
  operation   uuid        not null,
  instance    text        not null,
  kind        text        not null,
  entity      text        not null,
  record      uuid        not null,
  own_id      bigint,
  result      jsonb       not null,
  next_at     timestamptz,
  give_up_at  timestamptz not null,
  polls       int         not null default 0,
  primary key (org, operation)
);
create index tracking_due on tracking (next_at) where next_at is not null;
create index tracking_own_id on tracking (instance, kind, own_id) where own_id is not null;

-- Things that upstreams told us by themselves.
create table inbound (
  org         text        not null,
  instance    text        not null,
  dedupe_key  text        not null,
  id          uuid        not null,
  event       bytea       not null,               -- encrypted
  received_at timestamptz not null,
  handled_at  timestamptz,
  error       text,
  primary key (org, instance, dedupe_key)
);
create index inbound_open on inbound (received_at) where handled_at is null;

-- Instances: pauses, proofs and sequences live in SQL so that nothing is lost with a cache ---------------------------
create table instance_state (
  instance     text        not null primary key,
  paused       boolean     not null default false,
  pause_reason text,
  paused_at    timestamptz,
  paused_by    text,                              -- 'hub' or the client who asked
  health       jsonb,
  health_at    timestamptz
);
create table proof (
  instance   text        not null,
  kind       text        not null,
  hash       text        not null,
  evidence   text        not null,
  proven_at  timestamptz not null,
  primary key (instance, kind, hash)
);
create table upstream_sequence (
  instance text   not null,
  name     text   not null,
  value    bigint not null,
  primary key (instance, name)
);
create table schedule (
  name       text        not null primary key,
  last_at    timestamptz,
  next_at    timestamptz
);

-- Read model --------------------------------------------------------------------------------------------------------
-- One partition per canonical entity, made at start from the entity registry: a new entity needs no migration.
create table record (
  org          text        not null,
  entity       text        not null,
  id           uuid        not null,
  instance     text        not null default '',   -- where it comes from; '' = made by the hub
  native_key   text        not null default '',
  version      text,                              -- the upstream's version, equality only
  native_hash  text,                              -- digest of the native form where the upstream has no version
  mapping_hash text,
  revision     int         not null default 1,    -- grows with each visible change; the ETag
  canonical    jsonb       not null,              -- without the fields marked personal
  personal     bytea,                             -- the fields marked personal, encrypted
  blind        jsonb,                             -- keyed blind indexes of searchable personal fields
  native       jsonb,
  native_enc   bytea,                             -- native form of entities with personal data
  missed       smallint    not null default 0,    -- sweeps in a row that did not see it
  deleted_at   timestamptz,
  written_at   timestamptz,                       -- last write of our own; an older pull never overwrites it
  changed_at   timestamptz not null,
  pulled_at    timestamptz not null,
  primary key (org, entity, id)
) partition by list (entity);

-- Identity: one building is one building in every system. A reference to a record that has not come yet has a row here
-- and none in record (a stub).
create table xref (
  org        text not null,
  entity     text not null,
  instance   text not null,
  native_key text not null,
  id         uuid not null,
  primary key (org, entity, instance, native_key)
);
create index xref_id on xref (org, entity, id);

create table sync_state (
  org          text        not null,
  instance     text        not null,
  entity       text        not null,
  run          uuid,                              -- run under way
  mode         text,                              -- full | compare (the pages of a full run are in) | delta | remap
  cursor       text,
  run_started  timestamptz,
  seen         bigint      not null default 0,
  changed      bigint      not null default 0,
  quarantined  bigint      not null default 0,
  first_load_done boolean  not null default false,
  full_at      timestamptz,                       -- end of the last full sweep
  delta_at     timestamptz,
  mapping_hash text,
  mapping_shape text,                             -- where the records come from; the same shape can be mapped anew
  mapping_uses jsonb,                             -- native paths kept of each record
  error        jsonb,
  held         jsonb,                             -- a sweep that wanted to remove too much and asks a person
  updated_at   timestamptz not null,
  primary key (org, instance, entity)
);
create table quarantine (
  org         text        not null,
  instance    text        not null,
  entity      text        not null,
  native_key  text        not null,
  reason      text        not null,               -- masked
  field       text,
  mapping     text,
  native_enc  bytea       not null,
  first_at    timestamptz not null,
  last_at     timestamptz not null,
  tries       int         not null default 1,
  primary key (org, instance, entity, native_key)
);

-- Change feed: `no` is given when the sequencer publishes, so that a reader at 11 never misses a 10 that commits later.
create table event (
  org        text        not null,
  id         uuid        not null,
  ord        bigint      generated always as identity,
  no         bigint,
  type       text        not null,                -- account.changed, message.delivered, operation.dead …
  entity     text,
  entity_id  uuid,
  operation  uuid,
  data       jsonb       not null,
  at         timestamptz not null,
  primary key (org, id)
);
create unique index event_no on event (org, no) where no is not null;
create index event_unnumbered on event (ord) where no is null;
create table event_counter (
  org     text   not null primary key,
  last_no bigint not null
);

-- Access, files -----------------------------------------------------------------------------------------------------
create table api_key (
  org            text        not null,
  id             uuid        not null,
  name           text        not null,
  prefix         text        not null,
  hash           bytea       not null,
  scopes         text[]      not null,
  accounts       uuid[],                          -- resident keys see only these
  rate_per_minute int,
  created_at     timestamptz not null,
  expires_at     timestamptz,
  revoked_at     timestamptz,
  last_used_at   timestamptz,
  primary key (org, id)
);
create unique index api_key_hash on api_key (hash);

-- A file's row is written after its last chunk: chunks without one are of an upload that did not end.
create table file (
  org          text        not null,
  id           uuid        not null,
  name         bytea       not null,              -- encrypted: names of documents name people
  content_type text        not null,
  size         bigint      not null,
  sha256       text        not null,
  created_at   timestamptz not null,
  created_by   text        not null,
  primary key (org, id)
);
create table file_chunk (
  org  text  not null,
  file uuid  not null,
  no   int   not null,
  data bytea not null,                            -- encrypted
  primary key (org, file, no)
);

-- Small facts about this store itself: master key check value, restored-from-backup mark, demo seed.
create table hub_meta (
  name  text  not null primary key,
  value jsonb not null
);
