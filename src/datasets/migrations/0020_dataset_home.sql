-- Rows that were erased from data sets, the content that a run was trained from, and trainings by the name of a data set.
-- rights on dataset_policies: select, insert, update, delete

alter table ml_worker.datasets
  add column erased_rows   bigint not null default 0,
  add column uploaded_form text;

alter table ml_worker.dataset_uses add column sha256 text;
update ml_worker.dataset_uses set sha256 = datasets.sha256
  from ml_worker.datasets where datasets.dataset_id = dataset_uses.dataset_id;
alter table ml_worker.dataset_uses alter column sha256 set not null;

alter table ml_worker.dataset_uploads
  add column byte_length bigint,
  add column sha256      text;

create table ml_worker.dataset_policies (
  dataset_name text primary key,
  revision     integer not null,
  model_name   text not null,
  training     json not null,
  changed_at   timestamptz not null,
  changed_by   text not null
);
