-- Certificates of the organisations with their private keys, and which warnings about their end were given.
-- Additive, so that the previous version goes on while it is applied.

create table certificate (
  org         text        not null,
  id          uuid        not null,
  name        text        not null,               -- what requests and hub.yaml call it
  der         bytea       not null,
  chain       bytea       not null,               -- issuers, DER one after the other, the nearest first
  key         bytea,                              -- PKCS#8, sealed; null where the key lies elsewhere
  not_before  timestamptz not null,
  not_after   timestamptz not null,
  imported_at timestamptz not null,
  imported_by text        not null,
  primary key (org, id)
);
create unique index certificate_name on certificate (org, name);

create table certificate_notice (
  org        text        not null,
  name       text        not null,
  thumbprint text        not null,
  days       int         not null,                -- how many were left at most when it was given
  given_at   timestamptz not null,
  primary key (org, name, thumbprint, days)
);
