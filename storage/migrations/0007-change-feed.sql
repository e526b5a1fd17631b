-- Changes that an upstream keeps for the hub and hands over in numbered packets (an exchange plan of 1C). A packet is
-- acknowledged upstream only after its number stands here, and the number stands here only after its data.
create table change_feed (
  org             text        not null,
  instance        text        not null,
  feed            text        not null,           -- which feed of the instance: plan/node
  message_no      bigint      not null,           -- last packet whose data are committed
  entities        jsonb       not null,           -- which entities took part: one that joins later is compared once
  acknowledged_at timestamptz,                    -- null = committed, not yet acknowledged for all the hub knows
  updated_at      timestamptz not null,
  primary key (org, instance, feed)
);
alter table sync_state add column reported_at timestamptz;                  -- a packet last brought changes of this entity; null = not known to be in the feed
alter table sync_state add column compare_due boolean not null default false; -- packets may have been missed: compare once, whatever the feed says
alter table sync_state add column delta_by text;                            -- how the last run found changes: changes | versions | pages
alter table sync_state add column delta_note text;                          -- why not by the feed
