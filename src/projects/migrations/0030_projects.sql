-- Projects, their trainings, versions and aliases. docs/own-schema.md describes every column.
-- rights on projects: select, insert, update
-- rights on version_trainings: select, insert, update
-- rights on versions: select, insert
-- rights on version_metrics: select, insert
-- rights on aliases: select, insert, update, delete
-- rights on alias_changes: select, insert

create table ml_worker.projects (
  project_id       bigint generated always as identity primary key,
  project_name     text not null,
  revision         integer not null,
  description      text,
  task             text,
  owner            text,
  tags             text[] not null,
  model_name       text not null,
  parameters       json not null,
  dataset_name     text,
  label_columns    text[] not null,
  feature_columns  text[] not null,
  training_options json not null,
  metric           text,
  next_version     integer not null,
  created_at       timestamptz not null,
  created_by       text not null,
  changed_at       timestamptz not null,
  changed_by       text not null,
  archived_at      timestamptz,
  archived_by      text
);
create unique index projects_name on ml_worker.projects (project_name) where archived_at is null;
create index projects_archived_name on ml_worker.projects (project_name, project_id) where archived_at is not null;
create index projects_tags on ml_worker.projects using gin (tags);

create table ml_worker.version_trainings (
  run_id          bigint primary key,
  project_id      bigint not null references ml_worker.projects,
  reproduces      integer,
  parent_version  integer,
  description     text,
  request         json not null,
  dataset_id      bigint not null references ml_worker.datasets,
  state           text not null check (state in ('training', 'succeeded', 'failed')),
  reason          text,
  version         integer,
  artifact_sha256 text,
  worker_version  text,
  requested_at    timestamptz not null,
  requested_by    text not null,
  ended_at        timestamptz
);
create index version_trainings_project on ml_worker.version_trainings (project_id, run_id desc);
create index version_trainings_reproduces on ml_worker.version_trainings (project_id, reproduces, run_id desc)
  where reproduces is not null;
create index version_trainings_open on ml_worker.version_trainings (run_id) where state = 'training';

create table ml_worker.versions (
  project_id      bigint not null references ml_worker.projects,
  version         integer not null,
  run_id          bigint not null unique,
  parent_version  integer,
  description     text,
  request         json not null,
  parameters      json,
  dataset_id      bigint not null references ml_worker.datasets,
  dataset_sha256  text not null,
  split_seed      bigint,
  worker_version  text,
  metrics         json not null,
  artifact_sha256 text not null,
  artifact_bytes  bigint not null,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (project_id, version),
  foreign key (project_id, parent_version) references ml_worker.versions (project_id, version)
);
create index versions_dataset on ml_worker.versions (dataset_id);
create index versions_parent on ml_worker.versions (project_id, parent_version) where parent_version is not null;

create table ml_worker.version_metrics (
  project_id   bigint not null,
  metric       text not null,
  version      integer not null,
  metric_value double precision not null,
  primary key (project_id, metric, version),
  foreign key (project_id, version) references ml_worker.versions (project_id, version)
);
create index version_metrics_value on ml_worker.version_metrics (project_id, metric, metric_value, version);

create table ml_worker.aliases (
  project_id bigint not null references ml_worker.projects,
  alias      text not null,
  version    integer not null,
  revision   integer not null,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (project_id, alias),
  foreign key (project_id, version) references ml_worker.versions (project_id, version)
);

create table ml_worker.alias_changes (
  change_id  bigint generated always as identity primary key,
  project_id bigint not null references ml_worker.projects,
  alias      text not null,
  version    integer,
  revision   integer not null,
  changed_at timestamptz not null,
  changed_by text not null,
  unique (project_id, alias, revision)
);
