-- Versions that an experiment holds against the deployed one predict for the same deployment: their rows are counted and summed
-- by themselves. docs/own-schema.md describes every column.

alter table ml_worker.cell_counts add column version integer;
update ml_worker.cell_counts c set version = d.version from ml_worker.deployments d where d.deployment_id = c.deployment_id;
alter table ml_worker.cell_counts alter column version set not null;
alter table ml_worker.cell_counts drop constraint cell_counts_pkey;
alter table ml_worker.cell_counts add primary key (deployment_id, version, hour, process_id);

alter table ml_worker.performance_sums drop constraint performance_sums_pkey;
alter table ml_worker.performance_sums
  add primary key (project_id, span, starts_at, environment, deployment_id, version, weight);
