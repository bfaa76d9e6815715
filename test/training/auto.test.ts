// A class that chooses, over HTTP: what a run tells of its choice, and that its parameters choose the same again.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const rows = Array.from({ length: 60 }, (_, i) => ({ a: i, b: (i * 7) % 5, c: 'xyz'[i % 3] }))
const request = {
  model_name: 'auto_classifier',
  features: rows,
  labels: rows.map(({ a, b }) => ({ y: a % 11 < 6 === b > 1 ? 'p' : 'q' })),
  validation_split: 0.25,
}

const database = await createTestDatabase(t)
await database.registerModel('auto_classifier')
const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
const { service, get, post } = await startTestService(t, settings)

async function trained(parameters: object, options: object = {}) {
  const { status, body } = await post('/api/runs', { ...request, parameters, ...options })
  t.equal(status, 201, JSON.stringify(body))
  const id = body.model_run_id
  await until(async () => ['SUCCESS', 'FAILED'].includes((await get(`/api/runs/${id}`)).body.status))
  const run = (await get(`/api/runs/${id}`)).body
  t.equal(run.status, 'SUCCESS', JSON.stringify(run.error))
  return run
}

t.test('a run tells its choice as a search, and its parameters give the same result to the byte', async (t) => {
  const run = await trained({ time_budget_seconds: 600, trials_max: 5 })
  t.match(run.parameters, { time_budget_seconds: null, trials_max: 5, scoring: 'log_loss', members_max: 5 })
  t.match(run.search, { strategy: 'auto', scoring: 'log_loss', trials: 5, score: Number })
  t.match(run.metrics, { search_trials: 5, search_log_loss: Number, validation_accuracy: Number })
  const { status, body: search } = await get(`/api/runs/${run.id}/search`)
  t.equal(status, 200)
  t.equal(search.trials.length, 5)
  t.match(search.trials[search.best - 1], { rank: 1, state: 'finished', parameters: { estimator: String } })
  const page = await fetch(`${service.url}/api/runs/${run.id}/report`)
  t.match(await page.text(), /5 trials by the strategy auto/)
  const again = await trained(run.parameters)
  const [first, second] = [await database.run(run.id), await database.run(again.id)]
  t.ok((second.run_result as Buffer).equals(first.run_result as Buffer))
})

t.test('a choice is calibrated on folds, the same to the byte again', async (t) => {
  const folds = { cross_validation: 2, calibration: 'sigmoid', threshold: { metric: 'f1' } }
  const first = await trained({ time_budget_seconds: null, trials_max: 2 }, folds)
  t.match(first, { metrics: { cv_accuracy: Number, threshold: Number } })
  const again = await trained(first.parameters, folds)
  const results = [await database.run(first.id), await database.run(again.id)].map((run) => run.run_result as Buffer)
  t.ok((results[0] as Buffer).equals(results[1] as Buffer))
  const { body } = await post(`/api/predict?model_run_id=${first.id}`, { features: rows.slice(0, 2) })
  t.equal(body.predictions.length, 2)
})

t.test('what a clock ends has no folds: they could not be repeated', async (t) => {
  const search = { strategy: 'grid', space: { members_max: [1, 2] } }
  const { status, body } = await post('/api/runs', { ...request, search, cross_validation: 3 })
  t.equal(status, 400)
  t.match(body.errors, [
    { in: 'search', detail: /"time_budget_seconds": null/ },
    { in: 'cross_validation', detail: /"time_budget_seconds": null/ },
  ])
})

t.test('parameters out of range are refused with each of them', async (t) => {
  const { status, body } = await post('/api/runs', {
    ...request,
    parameters: { time_budget_seconds: 0, trials_max: 5000, scoring: 'r2' },
  })
  t.equal(status, 400)
  t.same(
    body.errors.map(({ parameter }: { parameter: string }) => parameter).sort(),
    ['scoring', 'time_budget_seconds', 'trials_max'],
    JSON.stringify(body.errors),
  )
})
