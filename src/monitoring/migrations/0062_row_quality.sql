-- What requests are refused for, how strange predicted rows are, and the score of logged ones. docs/own-schema.md describes every column.
-- rights on quality_counts: select, insert, update, delete

create table ml_worker.quality_counts (
  deployment_id bigint not null references ml_worker.deployments,
  version       integer not null,
  hour          timestamptz not null,
  process_id    uuid not null,
  change_count  bigint not null,
  requests      bigint not null,
  refused       bigint not null,
  counts        json not null,
  primary key (deployment_id, version, hour, process_id)
);
create index quality_counts_hour on ml_worker.quality_counts (hour);

alter table ml_worker.predictions add column anomaly_score double precision, add column is_anomalous boolean;
