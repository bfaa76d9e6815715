-- Retrainings whose challenger was not reviewed in time.

alter table ml_worker.retrainings drop constraint retrainings_outcome_check;
alter table ml_worker.retrainings add constraint retrainings_outcome_check
  check (outcome in ('promoted', 'kept', 'not_comparable', 'insufficient_data', 'rejected', 'expired', 'superseded', 'failed', 'dismissed'));
