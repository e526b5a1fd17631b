-- Endpoints that events are sent to. The deliveries are operations of the journal.
create table webhook (
  org             text        not null,
  id              uuid        not null,
  description     text        not null,
  types           text[]      not null,           -- event types; families end with .*
  ordered         boolean     not null,
  sealed          bytea       not null,           -- address, secret and the secret before it, encrypted
  cursor          bigint      not null,           -- number of the last event that was turned into a delivery, or not wanted
  disabled_at     timestamptz,
  disabled_reason text,
  failing_since   timestamptz,                    -- first failure since the last success
  failures        int         not null default 0, -- in a row
  last_status     int,                            -- of the last failure; null when there was no answer
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  primary key (org, id)
);
create index webhook_cursor on webhook (org, cursor) where disabled_at is null;
create index operation_delivery on operation (org, subject, id desc)
  where kind in ('webhooks.deliver', 'webhooks.deliver-in-order');
