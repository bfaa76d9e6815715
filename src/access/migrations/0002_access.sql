-- API tokens: who may come in, and as what. docs/own-schema.md describes every column.
-- rights on access_tokens: select, insert, update

create table ml_worker.access_tokens (
  token_id     text primary key,
  token_digest bytea not null unique check (octet_length(token_digest) = 32),
  label        text not null,
  roles        text[] not null check (cardinality(roles) > 0),
  projects     text[],
  created_at   timestamptz not null,
  created_by   text not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  revoked_by   text,
  last_used_at timestamptz
);
create index access_tokens_created_at on ml_worker.access_tokens (created_at);
