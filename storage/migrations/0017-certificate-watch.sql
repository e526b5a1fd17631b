-- What the organisations sign by and when it ends, as last seen: certificates of the store, of hub.yaml, powers of attorney.
-- And the powers of attorney themselves, octet by octet as they were signed. Additive.

create table if not exists certificate_watch (
  org        text        not null,
  kind       text        not null,                -- certificate, power-of-attorney
  name       text        not null,
  thumbprint text        not null,                -- of the certificate; number of the power of attorney
  ends_at    timestamptz not null,
  warned     int,                                 -- least number of days that was warned of, 0 when it is over; null before the first
  noted      int,                                 -- a person knows of the warning of so many days
  seen_at    timestamptz not null,
  primary key (org, kind, name)
);

create table if not exists power_of_attorney (
  org         text        not null,
  id          uuid        not null,
  name        text        not null,
  number      text        not null,               -- its single registration number (единый регистрационный номер), lower case
  document    bytea       not null,               -- sealed: the XML as it was signed
  signature   bytea       not null,               -- sealed: the detached signature
  issued_on   date        not null,
  ends_on     date        not null,               -- its last day
  revoked_at  timestamptz,
  revoked_by  text,
  imported_at timestamptz not null,
  imported_by text        not null,
  primary key (org, id)
);
create unique index if not exists power_of_attorney_name on power_of_attorney (org, name);
create unique index if not exists power_of_attorney_number on power_of_attorney (org, number);
