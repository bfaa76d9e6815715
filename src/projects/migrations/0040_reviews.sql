-- Reviews of versions, the state that follows from them, and what a project lets happen by itself. docs/own-schema.md
-- describes every column.
-- rights on reviews: select, insert
-- rights on review_states: select, insert, update

create table ml_worker.reviews (
  review_id        bigint generated always as identity primary key,
  project_id       bigint not null,
  version          integer not null,
  decision         text not null check (decision in ('requested', 'approved', 'rejected', 'revoked')),
  note             text,
  finding          text,
  decided_by_other boolean,
  decided_at       timestamptz not null,
  decided_by       text not null,
  foreign key (project_id, version) references ml_worker.versions (project_id, version)
);
create index reviews_version on ml_worker.reviews (project_id, version, review_id desc);

create table ml_worker.review_states (
  project_id bigint not null,
  version    integer not null,
  state      text not null check (state in ('none', 'pending', 'approved', 'rejected', 'revoked')),
  review_id  bigint references ml_worker.reviews,
  primary key (project_id, version),
  foreign key (project_id, version) references ml_worker.versions (project_id, version),
  check ((state = 'none') = (review_id is null))
);
create index review_states_version on ml_worker.review_states (project_id, state, version desc);
create index review_states_of_project on ml_worker.review_states (project_id, state, review_id desc)
  where review_id is not null;
create index review_states_of_all on ml_worker.review_states (state, review_id desc) where review_id is not null;

insert into ml_worker.review_states (project_id, version, state)
select project_id, version, 'none' from ml_worker.versions;

alter table ml_worker.projects
  add column review_policy json not null default
    '{"mode": "manual", "request": "on_demand", "metric": null, "atLeast": null, "betterThanChampionBy": null}';
