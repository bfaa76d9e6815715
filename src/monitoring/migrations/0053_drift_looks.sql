-- What was found of the predictions of a time: looks at drift. docs/own-schema.md describes every column.
-- rights on drift_looks: select, insert, delete

create table ml_worker.drift_looks (
  look_id          bigint generated always as identity primary key,
  project_id       bigint not null references ml_worker.projects,
  environment      text not null,
  version          integer not null,
  window_from      timestamptz not null,
  window_to        timestamptz not null,
  made_at          timestamptz not null,
  row_count        bigint not null,
  state            text not null check (state in ('ok', 'drift', 'insufficient_data', 'no_baseline')),
  severity         text check (severity in ('low', 'medium', 'high', 'critical')),
  drifted          integer not null,
  quality_state    text not null check (quality_state in ('ok', 'bad', 'insufficient_data', 'no_baseline')),
  quality_severity text check (quality_severity in ('low', 'medium', 'high', 'critical')),
  basis            json not null,
  worst            json not null,
  columns          json not null,
  foreign key (project_id, version) references ml_worker.versions (project_id, version)
);
create unique index drift_looks_window on ml_worker.drift_looks (project_id, environment, version, window_to);
create index drift_looks_project on ml_worker.drift_looks (project_id, look_id desc);
create index drift_looks_environment on ml_worker.drift_looks (project_id, environment, window_to desc, look_id desc);
create index drift_looks_made on ml_worker.drift_looks (made_at);
