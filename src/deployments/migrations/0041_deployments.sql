-- Deployments of versions, and what became of them. docs/own-schema.md describes every column.
-- rights on deployments: select, insert, update
-- rights on deployment_events: select, insert

create table ml_worker.deployments (
  deployment_id     bigint generated always as identity primary key,
  project_id        bigint not null references ml_worker.projects,
  environment       text not null,
  version           integer not null,
  run_id            bigint not null,
  model_name        text not null,
  target            text not null,
  settings          json not null,
  instances         integer not null check (instances >= 1),
  origin            text not null check (origin in ('deploy', 'rollback')),
  restores          bigint references ml_worker.deployments,
  deactivate_others boolean not null,
  note              text,
  status            text not null
    check (status in ('pending', 'deploying', 'active', 'replaced', 'undeployed', 'failed', 'cancelled')),
  reason            text,
  endpoint          text,
  observed          json,
  observed_at       timestamptz,
  requested_at      timestamptz not null,
  requested_by      text not null,
  idempotency_key   text,
  request_digest    text not null,
  active_from       timestamptz,
  active_until      timestamptz,
  ended_at          timestamptz,
  step              text not null check (step in ('prepare', 'activate', 'observe', 'remove', 'done')),
  failures          integer not null,
  try_after         timestamptz not null,
  attempt           integer not null,
  lease_owner       text,
  lease_until       timestamptz,
  foreign key (project_id, version) references ml_worker.versions (project_id, version)
);
create unique index deployments_active on ml_worker.deployments (project_id, environment) where status = 'active';
create unique index deployments_open on ml_worker.deployments (project_id, environment)
  where status in ('pending', 'deploying');
create unique index deployments_key on ml_worker.deployments (requested_by, idempotency_key)
  where idempotency_key is not null;
create index deployments_environment on ml_worker.deployments (project_id, environment, deployment_id desc);
create index deployments_version on ml_worker.deployments (project_id, version, deployment_id desc);
create index deployments_since on ml_worker.deployments (project_id, environment, active_from desc, deployment_id desc)
  where active_from is not null;
create index deployments_status on ml_worker.deployments (status, deployment_id desc);
create index deployments_target on ml_worker.deployments (target, deployment_id desc);
create index deployments_class on ml_worker.deployments (environment, model_name) where status = 'active';
create index deployments_slot_work on ml_worker.deployments (project_id, environment) where step <> 'done';
create index deployments_due on ml_worker.deployments (try_after) where step <> 'done';

create table ml_worker.deployment_events (
  event_id      bigint generated always as identity primary key,
  deployment_id bigint not null references ml_worker.deployments,
  status        text not null,
  reason        text,
  happened_at   timestamptz not null,
  actor         text not null
);
create index deployment_events_deployment on ml_worker.deployment_events (deployment_id, event_id);
