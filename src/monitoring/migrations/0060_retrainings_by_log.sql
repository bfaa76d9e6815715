-- Retrainings from logged predictions with outcomes, and challengers whose review a retraining waits for.

alter table ml_worker.retrainings
  add column held_back_dataset_id bigint,
  add column collected            json;

alter table ml_worker.retrainings
  drop constraint retrainings_state_check,
  drop constraint retrainings_outcome_check;
alter table ml_worker.retrainings
  add constraint retrainings_state_check
    check (state in ('suggested', 'collecting', 'training', 'judging', 'reviewing', 'ended')),
  add constraint retrainings_outcome_check
    check (outcome in ('promoted', 'kept', 'not_comparable', 'insufficient_data', 'rejected', 'superseded', 'failed', 'dismissed'));
