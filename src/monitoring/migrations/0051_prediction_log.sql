-- What is watched of projects, and the predictions that are logged. docs/own-schema.md describes every column.
-- rights on monitoring_settings: select, insert, update
-- rights on predictions: select, insert, delete
-- rights on prediction_batches: select, insert, update, delete

create table ml_worker.monitoring_settings (
  project_id bigint primary key references ml_worker.projects,
  revision   integer not null,
  settings   json not null,
  changed_at timestamptz not null,
  changed_by text not null
);

-- A partition a day, by UTC. predicted_at is the time in the id: who knows an id knows the partition and the key.
create table ml_worker.predictions (
  project_id      bigint not null,
  predicted_at    timestamptz not null,
  prediction_id   uuid not null,
  deployment_id   bigint not null,
  version         integer not null,
  milliseconds    real not null,
  weight          double precision not null,
  answer          double precision,
  confidence      double precision,
  environment     text not null,
  features        double precision[],
  batch_id        uuid,
  batch_row       integer,
  sealed_features bytea,
  primary key (project_id, predicted_at, prediction_id)
) partition by range (predicted_at);

-- What the features of a written batch are sealed with, where the worker has keys.
create table ml_worker.prediction_batches (
  batch_id  uuid primary key,
  sealed_at timestamptz not null,
  header    bytea not null
);
create index prediction_batches_sealed_at on ml_worker.prediction_batches (sealed_at);

-- The role of the worker may not create: these two functions make and drop partitions as the owner of the tables, for who
-- may insert and delete rows anyway. Attaching a table takes no lock that reading or writing rows waits for.
create function ml_worker.add_prediction_days(first_day date, day_count integer) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set lock_timeout = '3s'
as $$
declare
  day date;
  partition_name text;
  made integer := 0;
begin
  if not has_table_privilege(session_user, 'ml_worker.predictions', 'insert') then
    raise insufficient_privilege using message = 'the role may not insert into ml_worker.predictions';
  end if;
  if day_count not between 1 and 100 then
    raise invalid_parameter_value using message = 'day_count: expected 1 to 100';
  end if;
  -- "MLWP": workers that make the same days take turns.
  perform pg_advisory_xact_lock(1296848720, 1);
  for i in 0 .. day_count - 1 loop
    day := first_day + i;
    partition_name := 'predictions_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass('ml_worker.' || partition_name) is not null;
    execute format('create table ml_worker.%I (like ml_worker.predictions including constraints)', partition_name);
    execute format(
      'alter table ml_worker.predictions attach partition ml_worker.%I for values from (%L) to (%L)',
      partition_name, day::timestamptz, (day + 1)::timestamptz
    );
    made := made + 1;
  end loop;
  return made;
end
$$;

-- Drops the oldest day, where it is before that one, and gives it; null where there is none.
create function ml_worker.drop_prediction_day(before date) returns date
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set lock_timeout = '3s'
as $$
declare
  partition_name text;
begin
  if not has_table_privilege(session_user, 'ml_worker.predictions', 'delete') then
    raise insufficient_privilege using message = 'the role may not delete from ml_worker.predictions';
  end if;
  perform pg_advisory_xact_lock(1296848720, 1);
  select c.relname into partition_name
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'ml_worker.predictions'::regclass and c.relname ~ '^predictions_[0-9]{8}$'
    and c.relname < 'predictions_' || to_char(before, 'YYYYMMDD')
  order by c.relname limit 1;
  if partition_name is null then
    return null;
  end if;
  execute format('alter table ml_worker.predictions detach partition ml_worker.%I', partition_name);
  execute format('drop table ml_worker.%I', partition_name);
  return to_date(substr(partition_name, 13), 'YYYYMMDD');
end
$$;
