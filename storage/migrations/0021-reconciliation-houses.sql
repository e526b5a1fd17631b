-- What a screen asks of a comparison: findings by house, and why one could not be imported.
-- Additive, so that the previous version goes on while it is applied.
alter table reconciliation_item add column if not exists building uuid;  -- our house; null where it is not known
alter table reconciliation_item add column if not exists refusal jsonb;  -- why no import was made of it at the last asking: { code, … }
create index concurrently if not exists reconciliation_item_house on reconciliation_item (org, reconciliation, building);
-- Asked for each finding that is imported.
create index concurrently if not exists reconciliation_item_import on reconciliation_item (org, entity, record) where operation is not null;
