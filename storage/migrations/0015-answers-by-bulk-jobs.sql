-- The answer to a task about many operations is carried out by a bulk job, like what a person asks of many at the console.
-- The version before runs meanwhile: it takes only jobs that are `running` and would take an action that it does not know
-- for a cancellation, so jobs of tasks are `answering`; and it leaves a task alone whose effect_until lies far ahead.
alter table bulk_job add column if not exists task uuid;
alter table bulk_job drop constraint if exists bulk_job_action_check;
alter table bulk_job drop constraint if exists bulk_job_status_check;
alter table bulk_job add constraint bulk_job_status_check check (status in ('running', 'answering', 'stopped', 'done'));
alter table task add column if not exists job uuid;
create index concurrently if not exists bulk_job_open on bulk_job (created_at) where status in ('running', 'answering');
