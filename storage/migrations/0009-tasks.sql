-- Tasks for people: whatever needs a person is one row, derived from what the store says and closed when that is over.
create table task (
  org           text        not null,
  id            uuid        not null,
  cause         text        not null,             -- what needs a person; one living task per cause
  kind          text        not null,
  status        text        not null check (status in ('open', 'answered', 'closed')),
  code          text        not null default '',  -- code of the hub, '' where there is no error
  upstream_code text,
  operation     uuid,                             -- null when it is about several
  op_kind       text,
  subject       text,
  instance      text,
  entity        text,
  facts         jsonb       not null default '{}',
  count         bigint      not null default 1,   -- operations or records that it is about
  is_group      boolean     not null default false,
  assignee      text,
  escalated_to  text,
  deadline      timestamptz not null,
  overdue_at    timestamptz,                      -- told once
  escalated_at  timestamptz,                      -- done once
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  closed_at     timestamptz,
  closed_as     text,                             -- gone | regrouped
  answer        text,
  note          bytea,                            -- encrypted: people write names into it
  answered_by   text,
  answered_at   timestamptz,
  is_pending    boolean     not null default false, -- the answer stands and its effect is not complete
  effect_no     bigint      not null default 0,   -- fencing number of who carries the answer out
  effect_until  timestamptz,
  effect_tries  int         not null default 0,
  progress      jsonb,
  stop_wanted   boolean     not null default false,
  refusal       text,                             -- code with which the last answer could not be carried out
  version       int         not null default 1,
  primary key (org, id)
);
create unique index task_cause on task (org, cause) where status = 'open' or is_pending;
create index task_open on task (org, id) where status = 'open';
create index task_operation on task (org, operation) where operation is not null;
create index task_recent on task (org, cause, updated_at);
create index task_ended on task (updated_at) where status <> 'open';

-- Mail that is to go out; leased like operations, at least once under one Message-ID.
create table task_mail (
  org         text        not null,
  id          uuid        not null,
  task        uuid        not null,
  person      text        not null,
  about       text        not null check (about in ('assigned', 'overdue', 'escalated')),
  created_at  timestamptz not null,
  due_at      timestamptz,                        -- null when sent or given up
  tries       int         not null default 0,
  lease_no    bigint      not null default 0,
  lease_until timestamptz,
  sent_at     timestamptz,
  error       text,                               -- of the last try: a code, no text of the other server
  primary key (org, id)
);
create index task_mail_due on task_mail (due_at) where due_at is not null;

-- A person knows of it and nothing more is to be done.
alter table operation add column noted_at timestamptz;
alter table quarantine add column noted_at timestamptz;
-- Which error paused an instance, and who disabled an endpoint: gone | failing | operator.
alter table instance_state add column pause_code text;
alter table webhook add column disabled_by text;

-- What needs a person is found by its own index, in groups, however many operations there are. The expressions are those of tasks/operation-causes.ts.
create index concurrently if not exists operation_person on operation (
  org,
  (case when status in ('dead', 'failed') then status when waiting_for = 'approval' then 'approval' when status = 'uncertain' then 'uncertain' else 'operator' end),
  kind, instance,
  (left(coalesce(error->>'code', '') || coalesce(':' || (error->'upstream'->>'code'), ''), 120)),
  id)
  where ((waiting_for in ('operator', 'approval') and status in ('waiting', 'uncertain', 'running'))
    or (status in ('dead', 'failed') and noted_at is null and not (status = 'failed' and kind in ('webhooks.deliver', 'webhooks.deliver-in-order'))));
create index concurrently if not exists quarantine_reason on quarantine (org, instance, entity, (md5(regexp_replace(reason, ' \(value: .*$', '')))) where noted_at is null;
