-- What was erased on whose word: never the value itself, nor a digest of it. docs/own-schema.md describes every column.
-- rights on erasures: select, insert, update

create table ml_worker.erasures (
  erasure_id   bigint generated always as identity primary key,
  column_name  text not null,
  note         text,
  state        text not null check (state in ('running', 'done', 'failed', 'interrupted')),
  requested_at timestamptz not null,
  requested_by text not null,
  ended_at     timestamptz,
  erased       json not null,
  remaining    json not null,
  in_training  bigint[] not null,
  trained_on   bigint[] not null,
  undetermined bigint[] not null,
  reason       text
);
create index erasures_running on ml_worker.erasures (erasure_id) where state = 'running';
