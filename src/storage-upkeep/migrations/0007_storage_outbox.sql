-- Stored objects that are to be deleted, once the transaction that let go of them is committed. docs/own-schema.md
-- describes every column.
-- rights on storage_deletions: select, insert, update, delete

create table ml_worker.storage_deletions (
  object_key   text primary key,
  requested_at timestamptz not null default now(),
  attempts     integer not null default 0,
  try_after    timestamptz not null default now(),
  last_error   text
);
create index storage_deletions_try_after on ml_worker.storage_deletions (try_after);
