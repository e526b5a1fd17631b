-- Who may be contacted how often, who must not be contacted, what a person has to approve.

-- One row per contact with a recipient that a frequency limit counts; written when the operation is accepted.
create table contact (
  org         text        not null,
  operation   uuid        not null,
  grp         text        not null,               -- what is counted together, e.g. messages
  recipient   text        not null,               -- blind index of the phone
  day         date        not null,               -- at the recipient's place
  made_at     timestamptz not null,
  released_at timestamptz,                        -- the operation ended without having been sent
  primary key (org, operation)
);
create index contact_days on contact (org, grp, recipient, day) where released_at is null;
create index contact_day on contact (day);
-- The row that two requests about the same recipient queue for.
create table contact_recipient (
  org        text        not null,
  grp        text        not null,
  recipient  text        not null,
  touched_at timestamptz not null,
  primary key (org, grp, recipient)
);
create index contact_recipient_touched on contact_recipient (touched_at);

create table opt_out (
  org        text        not null,
  id         uuid        not null,
  recipient  text        not null,                -- blind index of the phone
  phone      bytea       not null,                -- encrypted
  scope      text        not null,                -- all, or a purpose
  reason     bytea       not null,                -- encrypted: people write names into it
  created_by text        not null,
  created_at timestamptz not null,
  until      timestamptz,
  primary key (org, id)
);
create unique index opt_out_recipient on opt_out (org, recipient, scope);

-- What has passed the brake of a kind in an hour or a day.
create table brake_counter (
  org    text        not null,
  kind   text        not null,
  span   text        not null check (span in ('hour', 'day')),
  start  timestamptz not null,
  passed bigint      not null,
  kop    bigint      not null,
  primary key (org, kind, span, start)
);
create index brake_counter_start on brake_counter (start);

-- What a person has decided about an operation that waited for approval.
create table approval (
  org        text        not null,
  operation  uuid        not null,
  decision   text        not null check (decision in ('approved', 'rejected')),
  decided_by text        not null,
  reason     bytea,                               -- encrypted
  decided_at timestamptz not null,
  primary key (org, operation)
);
create index operation_approval on operation (org, id) where waiting_for = 'approval';
