-- The tables as Hibernate 6.6.15 generates them (PostgreSQLDialect, Long ids, GenerationType.AUTO: no default of id); made by jakarta.persistence.schema-generation.
create sequence model_run_metrics_seq start with 1 increment by 50;
create sequence model_runs_seq start with 1 increment by 50;
create sequence models_seq start with 1 increment by 50;
create table model_run_metrics (id bigint not null, model_run_id bigint not null, metric_name varchar(255), metric_value varchar(255), primary key (id));
create table model_runs (id bigint not null, model_id bigint not null, run_date timestamp(6) not null, run_status varchar(255) not null check (run_status in ('PENDING','RUNNING','SUCCESS','FAILED')), run_result bytea, primary key (id));
create table models (features_ok boolean not null, pipeline_ok boolean not null, id bigint not null, class_name varchar(511) not null, description varchar(1023), name varchar(255) not null unique, type varchar(255) not null, pipeline bytea, primary key (id));
alter table if exists model_run_metrics add constraint FKhl5xd6asgjmdayxrdy9fghb9 foreign key (model_run_id) references model_runs;
alter table if exists model_runs add constraint FK69y2neobguydjm8n01m9wbst2 foreign key (model_id) references models;
