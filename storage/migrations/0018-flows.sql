-- Business reactions across systems: how far each has read the change feed, and what it knows of each thing it follows.
create table flow (
  org        text        not null,
  name       text        not null,                -- debt-inquiries, meter-readings …
  cursor     bigint      not null,                -- number of the last event that it has taken
  failing_since timestamptz,                      -- first failure to read the feed since the last success
  failures   int         not null default 0,      -- in a row
  error      text,                                -- code of the last one
  retry_at   timestamptz,                         -- not read again before
  started_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org, name)
);

-- One row per thing that a flow has to look at or to keep in mind. It is written in the transaction that moves the cursor,
-- and changed in the one that accepts the operation which follows from it. No personal data.
create table flow_item (
  org         text        not null,
  flow        text        not null,
  subject     uuid        not null,               -- a debt inquiry, the operation of a reading
  state       text        not null default 'new',
  refs        uuid[]      not null default '{}',  -- what else concerns it: premises, accounts
  due_at      timestamptz,                        -- when to look at it; null = when something happens
  wake_no     bigint      not null default 0,     -- grows when something happens: what came meanwhile is looked at again
  lease_no    bigint      not null default 0,     -- fencing number
  lease_until timestamptz,
  tries       int         not null default 0,     -- failures in a row
  failing_since timestamptz,
  task        text,                               -- kind of task that a person has with it; null = none
  reason      text        not null default '',    -- code of why
  facts       jsonb       not null default '{}',  -- what the task shows: codes, dates, counts and ids
  data        jsonb       not null default '{}',  -- the flow's own memory
  answer      text,                               -- of a person, until it is carried out
  answered_by text,
  operation   uuid,                               -- submitted last
  term        timestamptz,                        -- until when it has to be done
  risk_at     timestamptz,                        -- from when on the term is at risk
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (org, flow, subject)
);
create index flow_item_due on flow_item (due_at) where due_at is not null;
create index flow_item_person on flow_item (org, flow, term) where task is not null;
create index flow_item_refs on flow_item using gin (refs);
create index flow_item_operation on flow_item (org, operation) where operation is not null;

-- What an operation has led to, for one timeline of both.
create index concurrently if not exists operation_caused on operation (org, (trace->>'parent')) where trace->>'flow' is not null;
