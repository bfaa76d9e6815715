-- Levels of logged projects' rows that the training never saw. docs/own-schema.md describes every column.
-- rights on unseen_levels: select, insert, delete

create table ml_worker.unseen_levels (
  batch_id      uuid not null,
  batch_row     integer not null,
  deployment_id bigint not null references ml_worker.deployments,
  version       integer not null,
  hour          timestamptz not null,
  levels        json,
  sealed_levels bytea,
  primary key (batch_id, batch_row),
  check ((levels is null) <> (sealed_levels is null))
);
-- For windows of a version, and for retention.
create index unseen_levels_version on ml_worker.unseen_levels (deployment_id, version, hour, batch_id, batch_row);
create index unseen_levels_hour on ml_worker.unseen_levels (hour);
