-- Roles: processes that answer and processes that work. Additive, so that the previous version goes on while it is applied.

-- Pulls that were asked for and that a worker is to carry out.
create table sync_request (
  org             text        not null,
  id              uuid        not null,
  instance        text        not null,
  entity          text,                           -- null = all that the instance is pulled for
  is_full         boolean     not null default false,
  accept_removals boolean     not null default false,
  requested_at    timestamptz not null,
  taken_by        text,
  taken_until     timestamptz,                    -- renewed while the pull runs
  tries           int         not null default 0,
  primary key (org, id)
);

-- Of all processes one pulls an instance; the number fences what it writes.
create table sync_lease (
  org         text        not null,
  instance    text        not null,
  leased_by   text,                               -- null when its last run has ended in order
  lease_until timestamptz,
  lease_no    bigint      not null default 0,
  started_at  timestamptz,
  request     jsonb,                              -- what was asked for: { entity, full, acceptRemovals }
  primary key (org, instance)
);
alter table sync_state add column progress jsonb;
alter table sync_state add column ended_at timestamptz;  -- end of the last run, good or bad

-- Of all processes one asks about an item that the hub follows.
alter table tracking add column claimed_by text;
alter table tracking add column claimed_until timestamptz;
