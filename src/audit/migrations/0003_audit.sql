-- What was changed, by whom: one chain, each entry with the digest of the one before. docs/own-schema.md describes every column.
-- rights on audit_events: select, insert

create table ml_worker.audit_events (
  event_id        bigint primary key,
  happened_at     timestamptz not null,
  actor           text not null,
  address         text,
  request_id      text,
  action          text not null,
  resource        text not null,
  before_digest   text,
  after_digest    text,
  details         json,
  previous_digest text not null,
  event_digest    text not null
);
create index audit_events_actor on ml_worker.audit_events (actor, event_id);
create index audit_events_resource on ml_worker.audit_events (resource, event_id);
create index audit_events_action on ml_worker.audit_events (action, event_id);

-- The owner is held off too, as long as nobody takes the triggers away; the run-time role has no right to.
create function ml_worker.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is only added to';
end $$;
create trigger audit_events_fixed before update or delete on ml_worker.audit_events
  for each row execute function ml_worker.refuse_audit_change();
create trigger audit_events_kept before truncate on ml_worker.audit_events
  for each statement execute function ml_worker.refuse_audit_change();
