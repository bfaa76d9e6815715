-- What was true of predictions, and how right they were by hour and day. docs/own-schema.md describes every column.
-- rights on outcomes: select, insert, update, delete
-- rights on outcome_corrections: select, insert, delete
-- rights on outcome_requests: select, insert, update, delete
-- rights on performance_marks: select, insert, delete
-- rights on performance_sums: select, insert, delete
-- rights on performance_versions: select, insert
-- rights on performance_looks: select, insert, delete

create table ml_worker.outcomes (
  project_id    bigint not null references ml_worker.projects,
  predicted_at  timestamptz not null,
  prediction_id uuid not null,
  outcome       text not null,
  number        double precision,
  occurred_at   timestamptz,
  received_at   timestamptz not null,
  is_matched    boolean not null,
  primary key (project_id, predicted_at, prediction_id)
);
create index outcomes_predicted_at on ml_worker.outcomes (predicted_at);
create index outcomes_waiting on ml_worker.outcomes (received_at) where not is_matched;

create table ml_worker.outcome_corrections (
  correction_id bigint generated always as identity primary key,
  project_id    bigint not null,
  predicted_at  timestamptz not null,
  prediction_id uuid not null,
  outcome       text not null,
  occurred_at   timestamptz,
  received_at   timestamptz not null
);
create index outcome_corrections_of on ml_worker.outcome_corrections (project_id, predicted_at, prediction_id);
create index outcome_corrections_predicted_at on ml_worker.outcome_corrections (predicted_at);

create table ml_worker.outcome_requests (
  project_id      bigint not null references ml_worker.projects,
  idempotency_key text not null,
  digest          text not null,
  answer          json not null,
  received_at     timestamptz not null,
  primary key (project_id, idempotency_key)
);
create index outcome_requests_received_at on ml_worker.outcome_requests (received_at);

-- Hours whose predictions or outcomes have changed since they were summed.
create table ml_worker.performance_marks (
  mark_id    bigint generated always as identity primary key,
  project_id bigint not null,
  hour       timestamptz not null,
  reason     text not null check (reason in ('predicted', 'outcome', 'deleted')),
  due_at     timestamptz not null
);
create index performance_marks_of on ml_worker.performance_marks (project_id, hour);

create table ml_worker.performance_sums (
  project_id    bigint not null references ml_worker.projects,
  span          text not null check (span in ('hour', 'day')),
  starts_at     timestamptz not null,
  environment   text not null,
  deployment_id bigint not null,
  version       integer not null,
  weight        double precision not null,
  sums          json not null,
  primary key (project_id, span, starts_at, environment, deployment_id, weight)
);
create index performance_sums_starts_at on ml_worker.performance_sums (span, starts_at);

-- What the codes in sums stand for.
create table ml_worker.performance_versions (
  project_id bigint not null,
  version    integer not null,
  answers    json not null,
  primary key (project_id, version),
  foreign key (project_id, version) references ml_worker.versions (project_id, version)
);

create table ml_worker.performance_looks (
  look_id     bigint generated always as identity primary key,
  project_id  bigint not null references ml_worker.projects,
  environment text not null,
  version     integer not null,
  kind        text not null check (kind in ('performance', 'coverage')),
  window_from timestamptz not null,
  window_to   timestamptz not null,
  verdict     text not null check (verdict in ('bad', 'good', 'insufficient_data')),
  severity    text check (severity in ('low', 'medium', 'high', 'critical')),
  details     json not null,
  looked_at   timestamptz not null,
  unique (project_id, environment, version, kind, window_to)
);
create index performance_looks_window_to on ml_worker.performance_looks (window_to);

-- Every way by which predictions come into the log or leave it marks their hours, in the transaction that does it. Days that
-- are dropped whole mark nothing: what was summed of them stays.
create function ml_worker.mark_predicted_hours() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ml_worker.performance_marks (project_id, hour, reason, due_at)
  select distinct project_id, date_trunc('hour', predicted_at, 'UTC'), tg_argv[0], now() + tg_argv[1]::interval from changed;
  return null;
end
$$;
create trigger predictions_inserted after insert on ml_worker.predictions
referencing new table as changed for each statement execute function ml_worker.mark_predicted_hours('predicted', '60 seconds');
create trigger predictions_deleted after delete on ml_worker.predictions
referencing old table as changed for each statement execute function ml_worker.mark_predicted_hours('deleted', '0 seconds');
