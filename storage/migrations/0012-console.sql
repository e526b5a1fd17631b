-- The operators' console: counts over time, work on many operations at once, and what finding an operation needs.
-- Additive, so that the previous version goes on while it is applied.

-- How many operations were accepted and how they ended, by minute (kept for days) and by hour (kept for a year and more).
create table operation_stat (
  org      text        not null,
  span     text        not null check (span in ('minute', 'hour')),
  start    timestamptz not null,
  kind     text        not null,
  instance text        not null,
  status   text        not null,                  -- accepted, or what an event says became of it
  n        bigint      not null,
  primary key (org, span, start, kind, instance, status)
);
create index operation_stat_start on operation_stat (span, start);
-- How far the counting has come; written in the transaction that counts.
create table operation_stat_position (
  org            text        not null primary key,
  event_no       bigint      not null,            -- last event of the change feed that is counted
  accepted_until timestamptz not null             -- minutes before this one are counted for good
);

-- One action of a person on many operations: carried out piece by piece, whatever becomes of the process.
create table bulk_job (
  org         text        not null,
  id          uuid        not null,
  action      text        not null check (action in ('retry', 'cancel', 'skip')),
  filter      jsonb       not null,
  status      text        not null check (status in ('running', 'stopped', 'done')),
  total       int         not null,
  done        int         not null default 0,
  refused     int         not null default 0,     -- operations that were no longer in a state to be acted on
  created_by  text        not null,
  created_at  timestamptz not null,
  finished_at timestamptz,
  leased_by   text,
  lease_until timestamptz,
  primary key (org, id)
);
create index bulk_job_running on bulk_job (created_at) where status = 'running';
create index bulk_job_finished on bulk_job (finished_at) where finished_at is not null;
create table bulk_item (
  org       text not null,
  job       uuid not null,
  operation uuid not null,
  outcome   text,                                 -- null: still to do; done, or the code of the refusal
  primary key (org, job, operation)
);
create index bulk_item_open on bulk_item (org, job, operation) where outcome is null;

-- Lists of one kind and connector in the order of ids; what needs attention by its status; what is about a subject;
-- what was made because of another operation.
create index concurrently if not exists operation_carried on operation (org, kind, instance, id);
create index concurrently if not exists operation_trouble on operation (org, status, id)
  where status in ('waiting', 'retrying', 'uncertain', 'failed', 'dead', 'cancelled');
create index concurrently if not exists operation_about on operation (org, subject, id) where subject is not null;
create index concurrently if not exists operation_parent on operation (org, (trace->>'parent'), id) where trace ? 'parent';
create index concurrently if not exists event_operation on event (org, operation, ord) where operation is not null;
create index concurrently if not exists event_message on event (org, entity_id, ord) where entity = 'Message';
