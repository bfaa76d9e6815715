-- The data sets of which an erasure took rows. docs/own-schema.md describes every column.

alter table ml_worker.erasures add column datasets json not null default '[]';
