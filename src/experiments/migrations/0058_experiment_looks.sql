-- Units with something that a guardrail counts are few: looks find the newest of them without reading the others.

create index experiment_units_in_trouble on ml_worker.experiment_units (experiment_id, (greatest(failed_at, slow_at)))
  where failed_at is not null or slow_at is not null;
