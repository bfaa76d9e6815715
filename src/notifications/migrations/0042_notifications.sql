-- What happened, who is told of it, and how that went. docs/own-schema.md describes every column.
-- rights on notices: select, insert, update, delete
-- rights on webhooks: select, insert, update
-- rights on webhook_deliveries: select, insert, update, delete
-- rights on watched_runs: select, insert, delete

create table ml_worker.notices (
  notice_id     bigint generated always as identity primary key,
  message_id    text not null unique,
  notice_type   text not null,
  project_id    bigint,
  project_name  text,
  data          json not null,
  happened_at   timestamptz not null,
  addressed_at  timestamptz
);
create index notices_new on ml_worker.notices (notice_id) where addressed_at is null;
create index notices_happened_at on ml_worker.notices (happened_at);

create table ml_worker.webhooks (
  webhook_id            bigint generated always as identity primary key,
  revision              integer not null,
  kind                  text not null check (kind in ('webhook', 'mail')),
  address               text not null,
  event_types           text[] not null,
  project_names         text[] not null,
  description           text,
  secret                bytea,
  previous_secret       bytea,
  previous_secret_until timestamptz,
  is_enabled            boolean not null,
  disabled_reason       text,
  created_at            timestamptz not null,
  created_by            text not null,
  changed_at            timestamptz not null,
  changed_by            text not null,
  deleted_at            timestamptz
);
create index webhooks_present on ml_worker.webhooks (webhook_id) where deleted_at is null;

create table ml_worker.webhook_deliveries (
  delivery_id   bigint generated always as identity primary key,
  notice_id     bigint not null references ml_worker.notices,
  webhook_id    bigint not null references ml_worker.webhooks,
  state         text not null check (state in ('pending', 'delivered', 'dead', 'cancelled')),
  attempts      integer not null,
  try_after     timestamptz not null,
  attempted_at  timestamptz,
  duration_ms   integer,
  answer_status integer,
  last_error    text,
  created_at    timestamptz not null,
  ended_at      timestamptz,
  unique (notice_id, webhook_id)
);
create index webhook_deliveries_due on ml_worker.webhook_deliveries (webhook_id, try_after) where state = 'pending';
create index webhook_deliveries_webhook on ml_worker.webhook_deliveries (webhook_id, delivery_id desc);
create index webhook_deliveries_state on ml_worker.webhook_deliveries (state, delivery_id desc);
create index webhook_deliveries_ended_at on ml_worker.webhook_deliveries (ended_at) where ended_at is not null;

create table ml_worker.watched_runs (
  run_id         bigint primary key,
  model_name     text,
  correlation_id text,
  watched_at     timestamptz not null
);
