-- Alerts for those without Prometheus, what upstreams have changed without a word, and the daily look at each of them.
-- Additive, so that the previous version goes on while it is applied.

-- One row per condition that is, or was last, wrong. `org` is '' for what concerns the hub as a whole.
create table alert (
  org         text             not null,
  name        text             not null,          -- as in docs/operations/alerts.yaml
  target      text             not null,          -- what it is about, e.g. instance=sms-main; '' where there is only one
  id          uuid             not null,          -- of this time of being wrong; another one the next time
  status      text             not null check (status in ('pending', 'firing', 'resolved')),
  labels      jsonb            not null,
  value       double precision not null,
  bad_since   timestamptz      not null,
  good_since  timestamptz,                        -- set while it fires and the condition is over
  seen_at     timestamptz      not null,          -- last look
  fired_at    timestamptz,
  resolved_at timestamptz,
  told_at     timestamptz,                        -- last notice
  version     bigint           not null default 1,
  primary key (org, name, target)
);
create index alert_living on alert (status) where status <> 'resolved';

-- Notices that are to go out; leased like mail about tasks, at least once under one id.
create table alert_notice (
  org         text             not null,
  id          uuid             not null,
  alert       uuid             not null,
  name        text             not null,
  labels      jsonb            not null,
  about       text             not null check (about in ('fired', 'repeated', 'resolved')),
  value       double precision not null,
  since       timestamptz      not null,          -- when it began to fire
  at          timestamptz      not null,          -- when what the notice tells came about
  channel     text             not null check (channel in ('mail', 'webhook')),
  receiver    text             not null,          -- digest of the address in hub.yaml
  created_at  timestamptz      not null,
  due_at      timestamptz,                        -- null when sent or given up
  tries       int              not null default 0,
  lease_no    bigint           not null default 0,
  lease_until timestamptz,
  sent_at     timestamptz,
  error       text,                               -- of the last try: a code, no text of the other server
  primary key (org, id)
);
create index alert_notice_due on alert_notice (due_at) where due_at is not null;

-- What an upstream says and no table or mapping of ours knows. No value is kept, only its form.
create table drift (
  org      text        not null,
  instance text        not null,
  place    text        not null,                  -- where it was seen: an entity set, a kind of answer
  kind     text        not null check (kind in ('field', 'code', 'set', 'version')),
  what     text        not null,                  -- the name or code
  sample   text        not null,                  -- form of a value, every letter and digit replaced
  count    bigint      not null default 1,
  first_at timestamptz not null,
  last_at  timestamptz not null,
  known_at timestamptz,                           -- a person knows of it
  known_by text,
  primary key (org, instance, place, kind, what)
);
create index drift_open on drift (org, instance) where known_at is null;
