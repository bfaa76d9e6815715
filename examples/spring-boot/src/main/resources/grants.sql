-- All that the worker's role needs. The role itself is made by whoever runs the database.
grant usage on schema public to irises_worker;
grant select, update (pipeline_ok) on models to irises_worker;
grant select, update (run_status, run_result) on model_runs to irises_worker;
grant select, insert on model_run_metrics to irises_worker;
grant usage on sequence model_run_metrics_id_seq to irises_worker;
-- For POST /api/runs alone, where the worker makes rows of runs itself.
grant insert on model_runs to irises_worker;
grant usage on sequence model_runs_id_seq to irises_worker;
