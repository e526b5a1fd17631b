-- Files that are on their way to an upstream, or are there until something refers to them: what is known of each outlives the process that
-- sends it. Rows are removed after some days (retention).
-- Additive, so that the previous version goes on while it is applied.

create table upstream_file (
  org      text        not null,
  instance text        not null,
  key      text        not null,              -- keyed digest of which file it is and where it goes; tells neither name nor content
  ref      text        not null,              -- id that the upstream gave
  digest   text,                              -- of the whole file, as the upstream wants it; null until all of it is there
  noted_at timestamptz not null,
  primary key (org, instance, key)
);
