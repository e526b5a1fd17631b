-- Who did and saw what, as a chain per organisation; erasure of a person; what rotation of the master key needs to know.

-- A row is durable before the answer goes out, and gets its place in the chain right afterwards: `no` and `hash` are null until then.
create table audit (
  org      text        not null,
  id       uuid        not null,
  ord      bigint      generated always as identity,
  no       bigint,                                -- place in the chain of the organisation, from 1 without gaps
  at       timestamptz not null,
  actor    text        not null,                  -- key id, subject of a token, or 'control'
  action   text        not null,                  -- keys.create, customers.view …
  subject  text,                                  -- what it was done to, e.g. customer:0192…
  purpose  bytea,                                 -- why personal data were seen; encrypted: people write names into it
  request  text,                                  -- X-Request-Id
  details  jsonb       not null,                  -- counts, names of filters and fields; never the data itself
  mac      bytea       not null,                  -- keyed digest of everything above but ord and no
  hash     bytea,                                 -- keyed digest of the hash before, no and mac
  primary key (org, id)
);
create unique index audit_no on audit (org, no) where no is not null;
create index audit_unchained on audit (ord) where no is null;
create index audit_at on audit (org, at);
-- The end of each chain, and where it begins when retention has removed what is older.
create table audit_head (
  org        text   not null primary key,
  no         bigint not null,
  hash       bytea  not null,
  start_no   bigint not null default 0,           -- number before the first row that is kept
  start_hash bytea,                               -- its hash; null = the chain is whole
  start_mac  bytea                                -- keyed digest of both
);

alter table api_key add column purpose text;      -- why its holder sees personal data, where a request does not say it
alter table process add column key_versions int[]; -- master keys that the process knows; null: a version of the hub before this column

-- Erasure of a person, carried on until it is done.
create table erasure (
  org         text        not null,
  id          uuid        not null,               -- the customer
  asked_by    text        not null,
  asked_at    timestamptz not null,
  reason      bytea       not null,               -- encrypted: people write names into it
  targets     bytea,                              -- encrypted: phones and keys to look for; null when it is done
  files       uuid[]      not null,
  counts      jsonb       not null,
  waits_for   int         not null default 0,     -- operations that are under way
  finished_at timestamptz,
  primary key (org, id)
);
create index erasure_open on erasure (asked_at) where finished_at is null;
-- What a pull leaves out: it stays erased although the upstream still has it.
create table suppression (
  org        text        not null,
  instance   text        not null,
  entity     text        not null,
  native_key text        not null,
  id         uuid        not null,
  erasure    uuid        not null,
  created_at timestamptz not null,
  seen_at    timestamptz,                         -- the upstream sent it again
  primary key (org, instance, entity, native_key)
);
create index suppression_erasure on suppression (org, erasure);
