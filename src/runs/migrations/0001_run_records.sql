-- What workers keep of runs beside the application's tables. docs/own-schema.md describes every column.
-- rights on run_records: select, insert, update, delete
-- rights on run_log_lines: select, insert, delete

create table ml_worker.run_records (
  run_id          bigint primary key,
  model_name      text,
  status          text not null check (status in ('SUCCESS', 'FAILED')),
  accepted_at     timestamptz,
  started_at      timestamptz,
  ended_at        timestamptz not null,
  seconds_trained double precision,
  parameters      json,
  warnings        json,
  split_seed      bigint,
  correlation_id  text,
  idempotency_key text,
  request_digest  text,
  error_code      text,
  error_message   text
);
create index run_records_ended_at on ml_worker.run_records (ended_at);
create index run_records_correlation_id on ml_worker.run_records (correlation_id) where correlation_id is not null;

create table ml_worker.run_log_lines (
  run_id    bigint not null,
  line_id   bigint not null,
  said_at   timestamptz not null,
  source    text not null check (source in ('worker', 'stdout', 'stderr')),
  line_text text not null,
  primary key (run_id, line_id)
);
create index run_log_lines_said_at on ml_worker.run_log_lines (said_at);
