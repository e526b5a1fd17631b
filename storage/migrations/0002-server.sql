-- Server mode: several processes share one store. Additive, so that the previous version goes on while it is applied.

-- Processes that are alive; limits that can't be counted in one place are divided by them.
create table process (
  id          text        not null primary key,
  role        text        not null,               -- api | worker | all
  started_at  timestamptz not null default now(),
  beat_at     timestamptz not null default now()  -- by the store's clock, so that clocks of machines don't matter
);

-- Circuit breakers are shared: one opens for all, and of all one process tries again.
alter table instance_state add column breaker_until timestamptz;
alter table instance_state add column breaker_openings int not null default 0;
alter table instance_state add column probe_by text;
alter table instance_state add column probe_until timestamptz;

-- What one instance has due is found without passing over what waits for another; the list is read by the primary key.
create index concurrently if not exists operation_instance_due on operation (instance, due_at) where due_at is not null;
drop index concurrently if exists operation_due;
drop index concurrently if exists operation_list;
