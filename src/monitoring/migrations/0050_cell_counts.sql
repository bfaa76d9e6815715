-- How many rows deployments predicted, by hour and by cell of their columns. docs/own-schema.md describes every column.
-- rights on cell_counts: select, insert, update, delete

create table ml_worker.cell_counts (
  deployment_id bigint not null references ml_worker.deployments,
  hour          timestamptz not null,
  process_id    uuid not null,
  row_count     bigint not null,
  counts        bigint[] not null,
  primary key (deployment_id, hour, process_id)
);
create index cell_counts_hour on ml_worker.cell_counts (hour);
