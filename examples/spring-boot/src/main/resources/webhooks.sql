-- Of the receiver of webhooks alone: the messages that it has taken. The worker's role needs nothing in it.
create table if not exists webhook_messages (
  id          varchar(255) primary key,
  received_at timestamptz not null default now()
);
