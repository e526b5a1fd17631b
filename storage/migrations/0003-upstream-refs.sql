-- Ids that an upstream gave to the parts of an operation (each part of a long text message has its own), what is known
-- of each before the operation has ended, and what was reported about it.
create table upstream_ref (
  org        text        not null,
  operation  uuid        not null,
  instance   text        not null,
  part       int         not null,               -- from 1
  parts      int         not null,
  ref        text,                               -- null: it went out, and the answer is not known
  status     text,                               -- canonical status of this part, once reported
  reason     text,
  status_at  timestamptz,
  final      boolean     not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org, operation, instance, part)
);
-- Gateways begin their numbers anew after a while: the newest one with an id is meant.
create index upstream_ref_ref on upstream_ref (instance, ref, created_at desc) where ref is not null;

-- An event about something that is not known yet is tried again.
alter table inbound add column next_at timestamptz;
alter table inbound add column tries int not null default 0;
create index inbound_next on inbound (next_at) where next_at is not null;
