// The three tables, for databases that are ours: the embedded one. Spring Boot's database is never altered.
import type { Queryable } from './pool.ts'

/** What the service's role may do in a database that is ours: what operators grant, and making runs. */
export async function grantService(client: Queryable, role: string): Promise<void> {
  await client.query(`
    grant select, update (pipeline_ok) on models to ${role};
    grant select, insert, update (run_status, run_result) on model_runs to ${role};
    grant select, insert on model_run_metrics to ${role};
    grant usage on sequence model_runs_id_seq, model_run_metrics_id_seq to ${role}`)
}

/**
 * Creates the tables of the worker contract (section 3.1), with indexes for its looks, where they are not there yet. Named
 * with their schema: on the search path of the role ml_worker the schema of that name comes first.
 */
export async function createTables(client: Queryable): Promise<void> {
  await client.query(`
    create table if not exists public.models (
      id          serial primary key,
      name        varchar(255) not null unique,
      type        varchar(255) not null,
      description varchar(1023),
      class_name  varchar(511) not null,
      pipeline    bytea,
      features_ok boolean not null,
      pipeline_ok boolean not null
    );
    create table if not exists public.model_runs (
      id         serial primary key,
      model_id   bigint not null references public.models (id),
      run_date   timestamp not null,
      run_status varchar(255) not null,
      run_result bytea
    );
    create table if not exists public.model_run_metrics (
      id           serial primary key,
      model_run_id bigint not null references public.model_runs (id),
      metric_name  varchar(255),
      metric_value varchar(255)
    );
    create index if not exists model_runs_run_status on public.model_runs (run_status);
    create index if not exists model_run_metrics_model_run_id on public.model_run_metrics (model_run_id)`)
}
