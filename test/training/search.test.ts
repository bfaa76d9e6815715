// Searches for parameters over HTTP: asked for in a training, followed, told in whole, and refused with every fault.
import { readdir } from 'node:fs/promises'
import t from 'tap'
import { readSearch } from '../../src/intake/read-search.ts'
import { FaultList } from '../../src/model/faults.ts'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const ROWS = Array.from({ length: 80 }, (_, i) => ({ a: i, b: (i * 7) % 5, site: `s${i % 8}`, day: i }))
const features = ROWS.map(({ a, b }) => ({ a, b }))
const classes = ROWS.map(({ a, b }) => ({ y: a % 11 < 6 === b > 1 ? 'p' : 'q' }))
const numbers = ROWS.map(({ a, b }) => ({ y: a * 0.5 + b * ((a % 3) - 1) }))
const MODEL = 'k_nearest_neighbors_classifier'
const RIDGE = 'ridge_regression'
const space = { n_neighbors: [1, 3, 5, 9], weights: ['uniform', 'distance'] }

const database = await createOwnDatabase(t)
for (const model of [MODEL, RIDGE, 'k_means', 'random_forest_classifier']) await database.registerModel(model)
const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
const { get, post } = await startTestService(t, settings)

async function ended(run: number) {
  await until(async () => ['SUCCESS', 'FAILED'].includes((await get(`/api/runs/${run}`)).body.status))
  return (await get(`/api/runs/${run}`)).body
}

async function searched(members: object) {
  const { status, body } = await post('/api/runs', members)
  t.equal(status, 201, JSON.stringify(body))
  const run = await ended(body.model_run_id)
  t.equal(run.status, 'SUCCESS', JSON.stringify(run.error))
  return { run, search: (await get(`/api/runs/${run.id}/search`)).body }
}

const resultOf = async (run: number) => (await database.run(run)).run_result as Buffer

t.test('the best of a grid is fitted, and all trials are told', async (t) => {
  const asked = { strategy: 'grid', space, scoring: 'balanced_accuracy', early_end: false, seed: 4 }
  const request = { model_name: MODEL, features, labels: classes, validation_split: 0.25, search: asked }
  const { run, search } = await searched(request)
  t.equal(search.trials.length, 8)
  t.match(search, {
    strategy: 'grid',
    scoring: 'balanced_accuracy',
    lower_is_better: false,
    folds: { kind: 'stratified', count: 5, repeats: 1 },
    seed: 4,
    early_end: false,
  })
  const best = search.trials[search.best - 1]
  t.match(best, { rank: 1, state: 'finished', scores: { length: 5 } })
  t.ok(search.trials.every((trial: { mean: number }) => trial.mean <= best.mean))
  t.match(run.parameters, { ...best.parameters, metric: 'minkowski' })
  t.same(run.search, { strategy: 'grid', scoring: 'balanced_accuracy', trials: 8, score: best.mean })
  t.equal(run.metrics.search_trials, 8)
  t.equal(run.metrics.search_balanced_accuracy, best.mean)
  t.match(run.metrics, { training_rows: 60, validation_rows: 20, validation_accuracy: Number })
  const logs = (await get(`/api/runs/${run.id}/logs`)).body
  t.match(JSON.stringify(logs), /search: trying parameters/)

  const again = await searched(request)
  t.ok((await resultOf(run.id)).equals(await resultOf(again.run.id)), 'the same request, the same bytes')
  const plain = await post('/api/runs', { ...request, search: undefined, parameters: best.parameters })
  const { metrics } = await ended(plain.body.model_run_id)
  t.equal(metrics.validation_accuracy, run.metrics.validation_accuracy, 'fitted on the same rows')
  const page = await get(`/api/runs/${run.id}/report`)
  t.equal(page.status, 200)
})

t.test('random and halving draw from ranges, in a query of CSV too', async (t) => {
  const ranges = { alpha: { min: 0.001, max: 100, log: true }, fit_intercept: [true, false] }
  const random = { strategy: 'random', space: ranges, trials: 7, folds: 3 }
  const { search } = await searched({ model_name: RIDGE, features, labels: numbers, search: random })
  t.equal(search.trials.length, 7)
  t.equal(search.folds.kind, 'plain')
  const csv = `a,b,y\n${features.map(({ a, b }, i) => `${a},${b},${numbers[i]?.y}\n`).join('')}`
  const query = new URLSearchParams({
    model_name: RIDGE,
    labels: 'y',
    search: JSON.stringify({ strategy: 'halving', space: ranges, trials: 9, folds: 4, scoring: 'mean_absolute_error' }),
  })
  const { status, body } = await post(`/api/runs?${query}`, csv, { 'content-type': 'text/csv' })
  t.equal(status, 201, JSON.stringify(body))
  await ended(body.model_run_id)
  const halved = (await get(`/api/runs/${body.model_run_id}/search`)).body
  t.equal(halved.lower_is_better, true)
  t.match(halved.trials[halved.best - 1], { rank: 1, rows: 80, round: 3 })
  t.ok(halved.trials.some(({ state }: { state: string }) => state === 'dropped' || state === 'ended_early'))
})

t.test('folds follow a column of groups or times, which is no feature then', async (t) => {
  const rows = ROWS.map(({ a, b, site, day }) => ({ a, b, site, day }))
  const ridge = { strategy: 'grid', space: { alpha: [0.1, 1, 10] }, scoring: 'root_mean_squared_error' }
  const grouped = { ...ridge, folds: { kind: 'grouped', count: 4, column: 'site' } }
  const onlyGroups = rows.map(({ day, ...row }) => row)
  const { run, search } = await searched({ model_name: RIDGE, features: onlyGroups, labels: numbers, search: grouped })
  t.match(search.folds, { kind: 'grouped', count: 4, column: 'site' })
  const { body: described } = await get(`/api/runs/${run.id}/artifacts`)
  t.notOk(JSON.stringify(described.charts).includes('"title":"site"'))
  const split = { split_by: { column: 'day', as: 'time' }, validation_split: 0.2 }
  const onlyTimes = rows.map(({ site, ...row }) => row)
  const followed = await searched({ model_name: RIDGE, features: onlyTimes, labels: numbers, search: ridge, ...split })
  t.match(followed.search.folds, { kind: 'time', column: 'day' }, 'as split_by says')
})

t.test('every fault is named with its place, and no run is made', async (t) => {
  const faultsOf = async (search: unknown, more: object = {}) => {
    const { status, body } = await post('/api/runs', { model_name: MODEL, features, labels: classes, search, ...more })
    t.equal(status, 400, JSON.stringify(body))
    return body.errors.map((fault: { in: string; parameter?: string }) => `${fault.in} ${fault.parameter ?? ''}`.trim())
  }
  const before = (await get('/api/runs')).body.runs.length
  t.same(await faultsOf('grid'), ['search'])
  t.same(await faultsOf({}), ['search strategy'])
  t.same(await faultsOf({}, { model_name: 'k_means', labels: undefined }), [
    'search',
    'search strategy',
    'search space',
  ])
  t.same(
    await faultsOf({
      strategy: 'grid',
      space: { n_neighbors: [1, 0, 'x'], neighbours: [1], weights: { min: 1, max: 2 }, p: [] },
      scoring: 'r2',
      folds: { kind: 'odd', count: 1, repeats: 0, more: 1 },
      trials: 0,
      seconds: -1,
      seed: 1.5,
      early_end: 'no',
      extra: 1,
    }),
    [
      'search extra',
      'search space.n_neighbors',
      'search space.n_neighbors',
      'search space.neighbours',
      'search space.weights',
      'search space.p',
      'search scoring',
      'search folds.more',
      'search folds.count',
      'search folds.repeats',
      'search folds.kind',
      'search trials',
      'search seconds',
      'search seed',
      'search early_end',
    ],
  )
  const good = { strategy: 'random', space: { n_neighbors: [1, 2] } }
  t.same(await faultsOf({ ...good, space: { n_neighbors: { min: 5, max: 1 } } }), ['search space.n_neighbors'])
  const whole = { ...good, space: { n_neighbors: { min: 1, max: 40 } } }
  t.same(await faultsOf(whole), ['search space.n_neighbors'])
  const { body } = await post('/api/runs', { model_name: MODEL, features, labels: classes, search: whole })
  t.match(body.errors[0].detail, /^20\.5: expected an integer .*; for whole numbers say "integer": true$/)
  t.same(await faultsOf({ ...good, folds: { kind: 'grouped' } }), ['search folds.column'])
  t.same(await faultsOf({ ...good, folds: { kind: 'grouped', column: 'nothing' } }), ['search'])
  t.same(await faultsOf({ ...good, folds: { kind: 'time', column: 'a', repeats: 2 } }), ['search folds.repeats'])
  t.same(await faultsOf({ ...good, strategy: 'grid', trials: 1 }), ['search space'])
  t.same(await faultsOf({ ...good, folds: 20 }, { features: features.slice(0, 20), labels: classes.slice(0, 20) }), [
    'search folds',
  ])
  t.same(await faultsOf(good, { model_name: 'k_means', labels: undefined }), ['search', 'search space.n_neighbors'])
  t.same(await faultsOf({ ...good, space: { n_neighbors: [0] } }, { parameters: { weights: 'odd' } }), [
    'parameters weights',
    'search space.n_neighbors',
  ])
  t.equal((await get('/api/runs')).body.runs.length, before)
})

t.test('model classes bring a space of their own', async (t) => {
  const { search } = await searched({
    model_name: RIDGE,
    features,
    labels: numbers,
    search: { strategy: 'random', trials: 3 },
  })
  t.same(Object.keys(search.trials[0].parameters), ['alpha'])
  const folder = `${PROJECT}/statistical`
  for (const file of (await readdir(folder)).filter((name) => /^(?!auto|ml_).*\.ts$/.test(name))) {
    const { default: Model } = await import(`${folder}/${file}`)
    const model = new Model()
    if (model.get_search_space === undefined) continue
    const kind = model.create_pipeline(model.get_default_parameters()).estimator.kind
    const faults = new FaultList()
    const wish = readSearch({ strategy: 'halving' }, { model, kind, parameters: {} }, faults)
    t.same(faults.listed, [], file)
    t.ok(wish !== undefined)
  }
})

t.test('several label columns count equally, and a value that is nested deep is refused', async (t) => {
  const both = ROWS.map((_, i) => ({ y: numbers[i]?.y, z: -2 * (numbers[i]?.y as number) }))
  const asked = { strategy: 'grid', space: { alpha: [0.1, 10] }, early_end: false }
  const { search } = await searched({ model_name: RIDGE, features, labels: both, search: asked })
  const alone = await searched({ model_name: RIDGE, features, labels: numbers, search: asked })
  search.trials.forEach(({ mean }: { mean: number }, i: number) => {
    // z is y on another scale, but for the penalty: so is its R².
    t.ok(Math.abs(mean - alone.search.trials[i].mean) < 1e-9)
  })
  const deep = `{"model_name": "${RIDGE}", "features": [{"a": 1}], "labels": [{"y": 1}], "search": {"strategy": "grid", "space": {"alpha": [${'['.repeat(60_000)}${']'.repeat(60_000)}]}}}`
  t.match(await post('/api/runs', deep, { 'content-type': 'application/json' }), { status: 400 })
})

t.test('a search is cancelled as any training', async (t) => {
  const endless = { strategy: 'random', trials: 1000, folds: 20, early_end: false }
  const space = { n_estimators: { min: 200, max: 2000, integer: true } }
  const request = { model_name: 'random_forest_classifier', features, labels: classes, search: { ...endless, space } }
  const { body } = await post('/api/runs', request)
  const run = async () => (await get(`/api/runs/${body.model_run_id}`)).body
  await until(async () => (await run()).progress?.phase === 'search')
  t.match(await run(), { search: { strategy: 'random', scoring: 'accuracy' }, progress: { of: 1000 } })
  t.match(await get(`/api/runs/${body.model_run_id}/search`), { status: 503, body: { code: 'RUN_NOT_READY' } })
  t.equal((await post(`/api/runs/${body.model_run_id}/cancel`, {})).status, 200)
  t.match(await ended(body.model_run_id), { status: 'FAILED', error: { code: 'cancelled' } })
  t.match(await get(`/api/runs/${body.model_run_id}/search`), { status: 409, body: { code: 'RUN_FAILED' } })
})

t.test('a run without a search says so', async (t) => {
  const { body } = await post('/api/runs', { model_name: MODEL, features, labels: classes })
  const run = await ended(body.model_run_id)
  t.notOk('search' in run)
  t.match(await get(`/api/runs/${run.id}/search`), { status: 404, body: { code: 'SEARCH_UNKNOWN' } })
  t.match(await get('/api/runs/999999/search'), { status: 404, body: { code: 'RUN_UNKNOWN' } })
})

t.test('a version is made by a search, and made again to the byte', async (t) => {
  const csv = `a,b,y\n${features.map(({ a, b }, i) => `${a},${b},${classes[i]?.y}\n`).join('')}`
  t.equal((await post('/api/datasets?name=rows&labels=y', csv, { 'content-type': 'text/csv' })).status, 201)
  const project = {
    name: 'searched',
    model_name: 'random_forest_classifier',
    dataset_name: 'rows',
    validation_split: 0.2,
  }
  t.equal((await post('/api/projects', project)).status, 201)
  const search = { strategy: 'random', trials: 4, folds: 3, space: { max_depth: [2, 4, null], n_estimators: [3, 5] } }
  const path = '/api/projects/searched'
  const asked = await post(`${path}/versions`, { search, parameters: { random_state: 3 } })
  t.equal(asked.status, 202, JSON.stringify(asked.body))
  t.match(await post(`${path}/versions`, { search: { ...search, space: { depth: [1] } } }), {
    status: 400,
    body: { errors: [{ in: 'search', parameter: 'space.depth' }] },
  })
  await until(async () => (await get(`${path}/trainings`)).body.trainings[0].state !== 'training')
  const { body: version } = await get(`${path}/versions/1`)
  const found = (await get(`/api/runs/${version.model_run_id}/search`)).body
  t.match(version.parameters, { ...found.trials[found.best - 1].parameters, random_state: 3 })
  t.same(version.request.options.search, search)
  t.equal((await post(`${path}/versions/1/reproduction`, {})).status, 202)
  await until(async () => {
    const { reproductions } = (await get(`${path}/versions/1/reproduction`)).body
    return reproductions[0].state !== 'training'
  })
  const { reproductions } = (await get(`${path}/versions/1/reproduction`)).body
  t.match(reproductions, [{ state: 'succeeded', identical: true }])

  const bounded = {
    ...search,
    trials: 500,
    seconds: 0.5,
    space: { ...search.space, n_estimators: { min: 1, max: 900, integer: true } },
  }
  t.equal((await post(`${path}/versions`, { search: bounded })).status, 202)
  await until(async () => (await get(`${path}/trainings`)).body.trainings[0].state !== 'training')
  const timed = (await get(`/api/runs/${(await get(`${path}/versions/2`)).body.model_run_id}/search`)).body
  t.ok(timed.trials.length < 500, 'the time ended it')
  t.equal(timed.evaluations, timed.trials.length)
  t.equal((await post(`${path}/versions/2/reproduction`, {})).status, 202)
  await until(async () => (await get(`${path}/trainings`)).body.trainings[0].state !== 'training')
  const again = (await get(`${path}/versions/2/reproduction`)).body.reproductions
  t.match(again, [{ state: 'succeeded', identical: true }])
})
