-- Experiments between versions: their plans, who was exposed to which arm, and what was found. docs/own-schema.md describes every column.
-- rights on experiments: select, insert, update
-- rights on experiment_phases: select, insert, update
-- rights on experiment_units: select, insert, update, delete
-- rights on experiment_rows: select, insert, update, delete
-- rights on experiment_looks: select, insert, delete

create table ml_worker.experiments (
  experiment_id   bigint generated always as identity primary key,
  project_id      bigint not null references ml_worker.projects,
  environment     text not null,
  experiment_name text not null,
  description     text,
  revision        integer not null,
  plan            json not null,
  state           text not null check (state in ('draft', 'running', 'concluded')),
  is_paused       boolean not null,
  deployment_id   bigint references ml_worker.deployments,
  started_at      timestamptz,
  assigns_until   timestamptz,
  concluded_at    timestamptz,
  outcome         text check (outcome in
    ('winner', 'keep_control', 'equivalent', 'no_decision', 'guardrail_stop', 'invalid', 'stopped_by_user')),
  winner          integer,
  finding         text,
  deciding_look   bigint,
  promoted_as     bigint references ml_worker.deployments,
  idempotency_key text,
  request_digest  text not null,
  created_at      timestamptz not null,
  created_by      text not null,
  changed_at      timestamptz not null,
  changed_by      text not null,
  check ((state = 'concluded') = (outcome is not null)),
  check ((state = 'concluded') = (concluded_at is not null))
);
create unique index experiments_name on ml_worker.experiments (project_id, experiment_name);
-- One at a time in an environment.
create unique index experiments_running on ml_worker.experiments (project_id, environment) where state = 'running';
create unique index experiments_key on ml_worker.experiments (created_by, idempotency_key) where idempotency_key is not null;
create index experiments_of_project on ml_worker.experiments (project_id, experiment_id desc);

create table ml_worker.experiment_phases (
  experiment_id bigint not null references ml_worker.experiments,
  phase         integer not null,
  seed          uuid not null,
  shares        double precision[] not null,
  started_at    timestamptz not null,
  ended_at      timestamptz,
  primary key (experiment_id, phase)
);

-- unit: the first 16 bytes of the SHA-256 of the key. Keys themselves are not kept.
create table ml_worker.experiment_units (
  experiment_id bigint not null references ml_worker.experiments,
  phase         integer not null,
  unit          bytea not null,
  arm           integer not null,
  exposed_at    timestamptz not null,
  failed_at     timestamptz,
  slow_at       timestamptz,
  primary key (experiment_id, phase, unit)
);

-- Predictions of an experiment. answers: by arm, as outcomeText writes them; null of an arm that did not predict the row.
create table ml_worker.experiment_rows (
  experiment_id bigint not null references ml_worker.experiments,
  predicted_at  timestamptz not null,
  prediction_id uuid not null,
  phase         integer not null,
  unit          bytea not null,
  arm           integer not null,
  answers       text[] not null,
  milliseconds  real not null,
  primary key (experiment_id, predicted_at, prediction_id)
);
create index experiment_rows_predicted_at on ml_worker.experiment_rows (predicted_at);

create table ml_worker.experiment_looks (
  look_id       bigint generated always as identity primary key,
  experiment_id bigint not null references ml_worker.experiments,
  looked_at     timestamptz not null,
  counts        json not null,
  judgement     json not null,
  is_deciding   boolean not null
);
create index experiment_looks_of on ml_worker.experiment_looks (experiment_id, look_id desc);
-- A decision is taken once.
create unique index experiment_looks_deciding on ml_worker.experiment_looks (experiment_id) where is_deciding;
