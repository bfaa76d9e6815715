// GET /metrics after trainings and predictions, as Prometheus reads it.
import t from 'tap'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const { service, trainToEnd, predict, get, post } = await startTrainingService(t, ['forest', 'misbehaving'])

/** The samples of the page, by name and labels as they stand there. */
async function samples(): Promise<Map<string, number>> {
  const { status, body, headers } = await get('/metrics')
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const lines = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

t.test('counts from 0 before anything has happened, and tells readiness', async (t) => {
  await service.whenReconciled
  const found = await samples()
  t.equal(found.get('ml_worker_trainings_total{model="forest",outcome="model_failed"}'), 0)
  t.equal(found.get('ml_worker_trainings_total{model="misbehaving",outcome="success"}'), 0)
  t.equal(found.get('ml_worker_refusals_total{code="INTERNAL"}'), 0)
  t.equal(found.get('ml_worker_check_ok{check="database"}'), 1)
  await until(async () => (await samples()).get('ml_worker_ready') === 1)
})

t.test('counts trainings by outcome, predictions, rows, unseen categories and requests', async (t) => {
  const features = Array.from({ length: 40 }, (_, i) => ({ color: ['red', 'blue'][i % 2] }))
  const labels = features.map(({ color }) => ({ y: color }))
  const { run } = await trainToEnd('forest', { features, labels, parameters: { n_estimators: 2 } })
  await predict(run, { features: features.slice(0, 1) })
  await predict(run, { features: features.slice(0, 1) })
  await predict(run, { features: [{ color: 'pink' }] })
  await predict(run, { features: Array.from({ length: 10_000 }, () => ({ color: 'green' })) })
  await post('/nowhere/in/particular', {})
  const found = await samples()
  const value = (name: string): number | undefined => found.get(name)
  t.equal(value('ml_worker_trainings_total{model="forest",outcome="success"}'), 1)
  t.equal(value('ml_worker_training_duration_seconds_count{model="forest"}'), 1)
  t.equal(value('ml_worker_training_rows_sum'), 40)
  t.equal(value('ml_worker_prediction_duration_seconds_count{model="forest"}'), 4)
  t.equal(value('ml_worker_predicted_rows_total{model="forest"}'), 10_003)
  t.equal(value('ml_worker_unseen_categories_total{model="forest"}'), 10_001)
  t.equal(value('ml_worker_pipeline_cache_requests_total{result="miss"}'), 1)
  t.equal(value('ml_worker_pipeline_cache_requests_total{result="hit"}'), 3)
  t.equal(value('ml_worker_training_queue_length'), 0)
  t.equal(value('ml_worker_training_queue_age_seconds'), 0)
  t.equal(value('ml_worker_pipeline_cache_pipelines'), 1)
  t.ok((value('ml_worker_pipeline_cache_bytes') as number) > 100)
  const requests = (labels: string): number | undefined =>
    value(`http_server_request_duration_seconds_count{${labels}}`)
  t.equal(requests('http_request_method="POST",http_route="/api/predict",http_response_status_code="200"'), 4)
  t.equal(requests('http_request_method="",http_route="",http_response_status_code="404"'), 1)
  t.ok(value('nodejs_eventloop_lag_p99_seconds') !== undefined)
  t.ok((value('process_resident_memory_bytes') as number) > 1e6)
})

t.test('a training that fails is counted by its error code', async (t) => {
  const { status } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'throws' } })
  t.equal(status, 'FAILED')
  t.equal((await samples()).get('ml_worker_trainings_total{model="misbehaving",outcome="model_failed"}'), 1)
})

t.test('counts refusals by their code', async (t) => {
  const before = await samples()
  await post('/api/predict?model_run_id=999999', { features: [{ a: 1 }] })
  await post('/nowhere', {})
  const after = await samples()
  for (const code of ['RUN_UNKNOWN', 'ROUTE_UNKNOWN']) {
    const name = `ml_worker_refusals_total{code="${code}"}`
    t.equal((after.get(name) as number) - (before.get(name) as number), 1, code)
  }
})
