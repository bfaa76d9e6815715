-- All that the worker's role needs. The role itself is made by whoever runs the database.
grant select, update (pipeline_ok) on models to irises_worker;
grant select, update (run_status, run_result) on model_runs to irises_worker;
grant insert on model_run_metrics to irises_worker;
grant usage on sequence model_run_metrics_id_seq to irises_worker;
