-- Data sets: what is known of them beside their bytes, which lie in the storage. docs/own-schema.md describes every column.
-- rights on datasets: select, insert, update
-- rights on dataset_uses: select, insert, delete
-- rights on dataset_uploads: select, insert, delete

create table ml_worker.datasets (
  dataset_id      bigint generated always as identity primary key,
  dataset_name    text not null,
  dataset_version integer not null,
  description     text,
  labels          text[] not null,
  form            text not null,
  dialect         json not null,
  byte_length     bigint not null,
  sha256          text not null,
  storage_key     text unique,
  row_count       bigint not null,
  columns         json not null,
  decisions       json not null,
  statistics      json,
  preview         json,
  created_at      timestamptz not null,
  created_by      text not null,
  idempotency_key text,
  deleted_at      timestamptz,
  deleted_by      text,
  unique (dataset_name, dataset_version),
  unique (created_by, idempotency_key),
  check ((storage_key is null) = (deleted_at is not null))
);

create table ml_worker.dataset_uses (
  dataset_id bigint not null references ml_worker.datasets,
  run_id     bigint not null,
  used_at    timestamptz not null,
  primary key (dataset_id, run_id)
);
create index dataset_uses_run_id on ml_worker.dataset_uses (run_id);

create table ml_worker.dataset_uploads (
  upload_id   text primary key,
  storage_key text not null,
  meta        json not null,
  created_at  timestamptz not null,
  created_by  text not null,
  expires_at  timestamptz not null
);
