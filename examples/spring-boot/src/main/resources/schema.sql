create table if not exists models (
  id          bigserial primary key,
  name        varchar(255) not null unique,
  type        varchar(255) not null,
  description varchar(1023),
  class_name  varchar(511) not null,
  pipeline    bytea,
  features_ok boolean not null,
  pipeline_ok boolean not null
);
create table if not exists model_runs (
  id         bigserial primary key,
  model_id   bigint not null references models (id),
  run_date   timestamp not null,
  run_status varchar(255) not null,
  run_result bytea
);
create table if not exists model_run_metrics (
  id           bigserial primary key,
  model_run_id bigint not null references model_runs (id),
  metric_name  varchar(255),
  metric_value varchar(255)
);
