-- For upstreams that keep no id of ours: whose is what was found there by its content. One row per operation and instance,
-- written before the first byte goes out; an upstream id belongs to one operation only.
create table upstream_claim (
  org         text        not null,
  operation   uuid        not null,
  instance    text        not null,
  likeness    bytea       not null,               -- keyed digest of what makes operations alike upstream
  upstream_id text,                               -- null until the upstream has told it, or it was found
  begun_at    timestamptz not null,
  primary key (org, operation, instance)
);
create unique index upstream_claim_id on upstream_claim (instance, upstream_id) where upstream_id is not null;
create index upstream_claim_likeness on upstream_claim (instance, likeness);
