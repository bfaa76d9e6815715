-- The caller's keys of predictions, and outcomes by key that are not of a prediction yet. docs/own-schema.md describes every column.
-- rights on keyed_outcomes: select, insert, update, delete

alter table ml_worker.predictions
  add column key text,
  add column key_digest bytea,
  add column sealed_key bytea;
create index predictions_key on ml_worker.predictions (project_id, key_digest, predicted_at, prediction_id)
where key_digest is not null;

create table ml_worker.keyed_outcomes (
  keyed_outcome_id bigint generated always as identity primary key,
  project_id       bigint not null references ml_worker.projects,
  key_digests      bytea[] not null,
  outcome          text not null,
  number           double precision,
  occurred_at      timestamptz,
  received_at      timestamptz not null,
  try_at           timestamptz not null,
  tries            integer not null
);
create index keyed_outcomes_try_at on ml_worker.keyed_outcomes (try_at);
create index keyed_outcomes_received_at on ml_worker.keyed_outcomes (received_at);
create index keyed_outcomes_of on ml_worker.keyed_outcomes (project_id, (key_digests[1]), occurred_at);
