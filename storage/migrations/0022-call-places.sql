-- Calls under way, and those that wait for their turn, to upstreams that count them whichever process makes them. Who comes first goes first;
-- a row whose time has passed belonged to a process that died.
-- Additive, so that the previous version goes on while it is applied.

create table call_place (
  seq      bigint generated always as identity primary key,
  upstream text        not null,              -- whom the upstream counts the calls for
  holder   text        not null unique,       -- process and number of the call
  until    timestamptz not null
);
create index call_place_upstream on call_place (upstream, seq);
