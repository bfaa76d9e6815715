-- Signed manifests of versions. docs/own-schema.md describes every column.
-- rights on version_manifests: select, insert

create table ml_worker.version_manifests (
  run_id     bigint not null references ml_worker.versions (run_id),
  key_id     text not null,
  envelope   text not null,
  signed_at  timestamptz not null,
  signed_by  text not null,
  primary key (run_id, key_id)
);
