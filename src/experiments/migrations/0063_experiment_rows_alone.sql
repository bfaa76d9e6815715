-- Rows of experiments refer to an experiment without a constraint: it was looked up for every row, which took longer than writing it.
-- An experiment is never deleted.

alter table ml_worker.experiment_rows drop constraint experiment_rows_experiment_id_fkey;
