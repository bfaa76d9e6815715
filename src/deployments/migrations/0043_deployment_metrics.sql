-- How deployments answered, minute by minute. docs/own-schema.md describes every column.
-- rights on deployment_metrics: select, insert, update, delete

create table ml_worker.deployment_metrics (
  deployment_id  bigint not null references ml_worker.deployments,
  minute         timestamptz not null,
  process_id     uuid not null,
  requests       bigint not null,
  row_count      bigint not null,
  failures       bigint not null,
  errors         json not null,
  latency_cells  smallint[] not null,
  latency_counts integer[] not null,
  primary key (deployment_id, minute, process_id)
);
create index deployment_metrics_minute on ml_worker.deployment_metrics (minute);
