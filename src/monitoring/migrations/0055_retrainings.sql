-- Retrainings of projects: what they are asked for, how far they are, and what a project lets happen by itself.
-- docs/own-schema.md describes every column.
-- rights on retraining_policies: select, insert, update
-- rights on retrainings: select, insert, update

create table ml_worker.retraining_policies (
  project_id  bigint primary key references ml_worker.projects,
  revision    integer not null,
  policy      json not null,
  heard       json not null,
  next_due_at timestamptz,
  changed_at  timestamptz not null,
  changed_by  text not null
);
create index retraining_policies_due on ml_worker.retraining_policies (next_due_at) where next_due_at is not null;

create table ml_worker.retrainings (
  retraining_id bigint generated always as identity primary key,
  project_id    bigint not null references ml_worker.projects,
  environment   text not null,
  cause         text not null check (cause in ('demand', 'schedule', 'drift', 'performance')),
  note          text,
  policy        json not null,
  dataset_id    bigint,
  state         text not null check (state in ('suggested', 'training', 'judging', 'ended')),
  outcome       text check (outcome in ('promoted', 'kept', 'not_comparable', 'failed', 'dismissed')),
  finding       text,
  champion      integer,
  run_id        bigint,
  challenger    integer,
  comparison    json,
  requested_at  timestamptz not null,
  requested_by  text not null,
  changed_at    timestamptz not null,
  ended_at      timestamptz,
  check ((state = 'ended') = (outcome is not null)),
  check ((state = 'ended') = (ended_at is not null))
);
-- One at a time: a suggestion that waits is one, too.
create unique index retrainings_open on ml_worker.retrainings (project_id) where state <> 'ended';
create index retrainings_of_project on ml_worker.retrainings (project_id, retraining_id desc);
