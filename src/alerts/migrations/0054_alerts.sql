-- Rules, what looks told, alerts and their history. docs/own-schema.md describes every column.
-- rights on alert_rules: select, insert, update
-- rights on alert_series: select, insert, update
-- rights on alert_windows: select, insert, delete
-- rights on alerts: select, insert, update, delete
-- rights on alert_events: select, insert

create table ml_worker.alert_rules (
  project_id          bigint not null references ml_worker.projects,
  kind                text not null,
  revision            integer not null,
  is_enabled          boolean not null,
  severity_min        text not null,
  resolve_below       text not null,
  bad_windows         integer not null check (bad_windows between 1 and of_windows),
  of_windows          integer not null,
  good_windows        integer not null check (good_windows >= 1),
  cooldown_seconds    integer not null,
  repeat_seconds      integer not null,
  threshold           double precision,
  resolve_threshold   double precision,
  labels              json not null,
  changed_at          timestamptz not null,
  changed_by          text not null,
  primary key (project_id, kind)
);

create table ml_worker.alert_series (
  series_id       bigint generated always as identity primary key,
  fingerprint     text not null unique,
  kind            text not null,
  project_id      bigint references ml_worker.projects,
  environment     text,
  version         integer,
  forgotten_until timestamptz,
  counted_from    timestamptz,
  resolved_at     timestamptz,
  muted_until     timestamptz,
  muted_by        text
);
create index alert_series_project on ml_worker.alert_series (project_id, kind);

create table ml_worker.alert_windows (
  series_id   bigint not null references ml_worker.alert_series,
  window_from timestamptz not null,
  window_to   timestamptz not null,
  verdict     text not null check (verdict in ('bad', 'good')),
  severity    text,
  told_at     timestamptz not null,
  primary key (series_id, window_to, window_from)
);

create table ml_worker.alerts (
  alert_id        bigint generated always as identity primary key,
  series_id       bigint not null references ml_worker.alert_series,
  state           text not null check (state in ('pending', 'firing', 'resolved')),
  severity        text not null check (severity in ('low', 'medium', 'high', 'critical')),
  labels          json not null,
  details         json not null,
  window_from     timestamptz not null,
  window_to       timestamptz not null,
  started_at      timestamptz not null,
  fired_at        timestamptz,
  resolved_at     timestamptz,
  resolved_by     text,
  resolved_reason text,
  acknowledged_at timestamptz,
  acknowledged_by text,
  told_at         timestamptz,
  told_severity   text
);
create unique index alerts_open on ml_worker.alerts (series_id) where state in ('pending', 'firing');
create index alerts_series on ml_worker.alerts (series_id, alert_id desc);
create index alerts_state on ml_worker.alerts (state, alert_id desc);
create index alerts_resolved_at on ml_worker.alerts (resolved_at) where resolved_at is not null;

create table ml_worker.alert_events (
  event_id    bigint generated always as identity primary key,
  alert_id    bigint not null references ml_worker.alerts on delete cascade,
  event       text not null,
  severity    text,
  note        text,
  window_from timestamptz,
  window_to   timestamptz,
  happened_at timestamptz not null,
  actor       text not null
);
create index alert_events_alert on ml_worker.alert_events (alert_id, event_id);

create index version_trainings_ended_at on ml_worker.version_trainings (ended_at) where ended_at is not null;

alter table ml_worker.webhooks add column format text not null default 'standard'
  check (format in ('standard', 'alertmanager-v4'));
