// Cross-validation, calibration and threshold: asked for over HTTP, in every way of prediction, in run and report, and
// everything that can be wrong with them.
import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import { startTrainingService } from '../support/trained.ts'

const { get, predict, post, train, trainToEnd, database, service } = await startTrainingService(t, [
  'forest',
  'mean',
  'log_target',
  'one_cluster',
])

const random = new Random(5)
const ROWS = 300
const rows = Array.from({ length: ROWS }, (_, i) => {
  const isIll = random.uniform() < 0.25
  return {
    a: random.normal() + (isIll ? 2 : 0),
    b: random.normal(),
    who: `p${i % 30}`,
    day: i,
    state: isIll ? 'ill' : 'well',
  }
})
const features = rows.map(({ a, b }) => ({ a, b }))
const labels = rows.map(({ state }) => ({ state }))
const body = { features, labels, validation_split: 0.2, parameters: { random_state: 1 } }
const COSTS = { costs: { false_positive: 1, false_negative: 6 }, positive: 'ill' }

t.test('a threshold and a calibration count in every way of prediction', async (t) => {
  const { run, status } = await trainToEnd('forest', { ...body, calibration: 'sigmoid', threshold: COSTS })
  t.equal(status, 'SUCCESS')
  const { body: told } = await get(`/api/runs/${run}`)
  t.match(told.threshold, { label: 'state', positive: 'ill', goal: 'costs 1 : 6', value: Number, score: Number })
  const { value } = told.threshold
  t.ok(value > 0 && value < 0.5, `${value}: a missed one costs more`)
  t.equal(told.metrics.threshold, value)
  t.match(told.calibration, [{ label: 'state', method: 'sigmoid', rows: 240 }])
  const [{ before, after }] = told.calibration
  t.ok(after.log_loss < before.log_loss, `${after.log_loss} after ${before.log_loss}`)
  t.match(told.cross_validation, { folds: 5, repeats: 1, kind: 'stratified', seed: 0, rows: 240 })
  const accuracy = told.cross_validation.metrics.find((metric: { name: string }) => metric.name === 'accuracy')
  t.equal(accuracy.folds.length, 5)
  t.ok(Math.abs(accuracy.mean - told.metrics.cv_accuracy) < 1e-6)
  t.ok(accuracy.interval.from < accuracy.mean && accuracy.mean < accuracy.interval.to)

  const decided = (ill: number): string => (ill >= value ? 'ill' : 'well')
  const whole = (await predict(run, { features }, '&probabilities=true')).body
  const ill: number[] = whole.probabilities.map(({ state }: { state: { ill: number } }) => state.ill)
  const states = whole.predictions.map(({ state }: { state: string }) => state)
  t.same(states, ill.map(decided))
  t.ok(states.some((state: string, i: number) => state === 'ill' && (ill[i] as number) < 0.5))
  const one = (await predict(run, { features: features.slice(7, 8) }, '&probabilities=true')).body
  t.equal(one.predictions[0].state, states[7])
  t.ok(Math.abs(one.probabilities[0].state.ill - (ill[7] as number)) < 1e-12)
  const csv = `a,b\n${features.map(({ a, b }) => `${a},${b}\n`).join('')}`
  const answer = await post(`/api/predict?model_run_id=${run}`, csv, { 'content-type': 'text/csv' })
  t.same(
    answer.body.predictions.map(({ state }: { state: string }) => state),
    states,
  )
  const asCsv = await fetch(`${service.url}/api/predict?model_run_id=${run}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', accept: 'text/csv' },
    body: csv,
  })
  t.same((await asCsv.text()).trim().split(/\r?\n/).slice(1), states)
  const inputs = (['a', 'b'] as const).map((name) => {
    return { name, shape: [ROWS], datatype: 'FP64', data: features.map((row) => row[name]) }
  })
  const inferred = await post('/v2/models/forest/infer', JSON.stringify({ inputs }))
  t.same(inferred.body.outputs[0].data, states)

  const explained = (await predict(run, { features: features.slice(0, 1) }, '&explain=true')).body
  t.match(explained.explanation_of.state, { what: 'probability', calibration: 'sigmoid' })

  const page = await (await fetch(`${service.url}/api/runs/${run}/report`)).text()
  t.match(page, 'Cross-validation')
  t.match(page, 'Calibration before and after')
  t.match(page, 'Decision threshold')
})

t.test('a calibration that does harm is warned of, with both figures', async (t) => {
  const few = { features: features.slice(0, 60), labels: labels.slice(0, 60), parameters: { random_state: 1 } }
  const { run } = await trainToEnd('forest', { ...few, calibration: 'isotonic' })
  const { calibration, warnings } = (await get(`/api/runs/${run}`)).body
  const [{ before, after }] = calibration
  t.ok(after.log_loss > 1.01 * before.log_loss, `${after.log_loss} after ${before.log_loss}`)
  const [found] = warnings.filter(({ code }: { code: string }) => code === 'CALIBRATION_WORSE')
  t.match(found, {
    column: 'state',
    message: `isotonic made the log loss of rows that folds validated ${after.log_loss}`,
  })
  t.match(found.message, `it was ${before.log_loss} before`)
  const helped = await trainToEnd('forest', { ...body, calibration: 'sigmoid' })
  t.notMatch((await get(`/api/runs/${helped.run}`)).body.warnings, [{ code: 'CALIBRATION_WORSE' }])
})

t.test('the same request gives the same artifact', async (t) => {
  const asked = { ...body, calibration: 'isotonic', threshold: { metric: 'f1' } }
  const artifacts = []
  for (let times = 0; times < 2; times++) {
    const { run } = await trainToEnd('forest', asked)
    const { rows: found } = await database.owner.query('select run_result from model_runs where id = $1', [run])
    artifacts.push(found[0].run_result.toString('hex'))
  }
  t.equal(artifacts[0], artifacts[1])
})

t.test('folds of groups and of times come from a column that is no feature', async (t) => {
  const whole = rows.map(({ state: _, ...others }) => others)
  for (const [kind, column] of [
    ['grouped', 'who'],
    ['time', 'day'],
  ]) {
    const others = whole.map(({ who, day, ...both }) => (kind === 'time' ? { ...both, day } : { ...both, who }))
    const asked = { features: others, labels, cross_validation: { folds: 4, kind, column } }
    const { run, status } = await trainToEnd('forest', asked)
    t.equal(status, 'SUCCESS')
    const { body: told } = await get(`/api/runs/${run}`)
    t.match(told.cross_validation, { kind, column, folds: 4, rows: kind === 'time' ? 240 : 300 })
    t.equal((await predict(run, { features: features.slice(0, 2) })).status, 200, 'it is not asked for')
  }
})

t.test('folds follow what rows are split by, where nobody says their kind: no group is on both sides', async (t) => {
  const whole = rows.map(({ state: _, ...others }) => others)
  for (const [kind, column, as] of [
    ['grouped', 'who', 'group'],
    ['time', 'day', 'time'],
  ]) {
    const others = whole.map(({ who, day, ...both }) => (kind === 'time' ? { ...both, day } : { ...both, who }))
    const split = { validation_split: 0.25, split_by: { column, as } }
    const { run, status } = await trainToEnd('forest', { features: others, labels, ...split, cross_validation: 4 })
    t.equal(status, 'SUCCESS')
    t.match((await get(`/api/runs/${run}`)).body.cross_validation, { kind, column, folds: 4 })
    const said = { ...split, cross_validation: { kind: 'stratified', folds: 4 } }
    const other = await trainToEnd('forest', { features: others, labels, ...said })
    t.match((await get(`/api/runs/${other.run}`)).body.cross_validation, { kind: 'stratified' })
  }
})

t.test('a regressor is cross-validated', async (t) => {
  const numbers = rows.map(({ a }) => ({ y: a }))
  const { run } = await trainToEnd('mean', { features, labels: numbers, cross_validation: { folds: 3, repeats: 4 } })
  const { body: told } = await get(`/api/runs/${run}`)
  t.match(told.cross_validation, { folds: 3, repeats: 4, kind: 'plain', rows: 1200 })
  t.equal(told.cross_validation.metrics[0].folds.length, 12)
  t.notOk('threshold' in told)
  t.notOk('calibration' in told)
  const plain = await trainToEnd('mean', { features, labels: numbers })
  t.notOk('cross_validation' in (await get(`/api/runs/${plain.run}`)).body)
})

t.test('every fault is named, and nothing is accepted', async (t) => {
  const wrong: readonly (readonly [object, string, RegExp])[] = [
    [{ cross_validation: 1 }, 'cross_validation', /folds: expected an integer from 2 to 20, got 1/],
    [{ cross_validation: 21 }, 'cross_validation', /folds/],
    [{ cross_validation: 2.5 }, 'cross_validation', /folds/],
    [{ cross_validation: 'many' }, 'cross_validation', /expected a number of folds/],
    [{ cross_validation: [] }, 'cross_validation', /expected a number of folds/],
    [{ cross_validation: { folds: 3, fold: 3 } }, 'cross_validation', /unknown member "fold"/],
    [{ cross_validation: { repeats: 11 } }, 'cross_validation', /repeats: expected an integer from 1 to 10/],
    [{ cross_validation: { kind: 'k' } }, 'cross_validation', /kind: expected stratified, plain, grouped, time/],
    [{ cross_validation: { kind: 'grouped' } }, 'cross_validation', /column: kind "grouped" needs one/],
    [{ cross_validation: { kind: 'plain', column: 'a' } }, 'cross_validation', /of the kinds "grouped" and "time"/],
    [{ cross_validation: { kind: 'grouped', column: 'who' } }, 'cross_validation', /no row has it/],
    [{ cross_validation: { kind: 'time', column: 'a', repeats: 2 } }, 'cross_validation', /the same each time/],
    [{ calibration: 'platt' }, 'calibration', /expected "sigmoid" or "isotonic", got "platt"/],
    [{ calibration: true }, 'calibration', /expected "sigmoid"/],
    [{ calibration: 'sigmoid', cross_validation: { repeats: 2 } }, 'cross_validation', /expected repeats to be 1/],
    [{ threshold: 1.1 }, 'threshold', /expected a number from 0 to 1, got 1.1/],
    [{ threshold: 'f1' }, 'threshold', /expected a number from 0 to 1, or an object/],
    [{ threshold: {} }, 'threshold', /an object with one of/],
    [{ threshold: { metric: 'f1', value: 0.3 } }, 'threshold', /an object with one of/],
    [{ threshold: { metric: 'auc' } }, 'threshold', /metric: expected one of accuracy, balanced_accuracy, f1/],
    [{ threshold: { costs: { false_positive: -1, false_negative: 1 } } }, 'threshold', /costs/],
    [{ threshold: { costs: { false_positive: 0, false_negative: 0 } } }, 'threshold', /not both 0/],
    [{ threshold: { costs: { false_positive: 'NaN', false_negative: 1 } } }, 'threshold', /costs/],
    [{ threshold: { costs: { false_positive: 1 } } }, 'threshold', /costs/],
    [{ threshold: { metric: 'f1', positive: 'dead' } }, 'threshold', /expected one of the two labels, got "dead"/],
    [{ threshold: { metric: 'f1', positive: [] } }, 'threshold', /positive: expected a label/],
    [{ threshold: 0.5, labels: rows.map(({ who }) => ({ who })) }, 'threshold', /labels of two classes, got 30/],
    [{ calibration: 'sigmoid', labels: rows.map(() => ({ y: 'p' })) }, 'calibration', /two classes or more/],
    [
      { threshold: 0.5, labels: rows.map(({ state, who }) => ({ state, who })) },
      'threshold',
      /one label column, got 2/,
    ],
    [
      { cross_validation: 3, features: features.slice(0, 2), labels: labels.slice(0, 2) },
      'cross_validation',
      /too few/,
    ],
    [
      { cross_validation: 5, weights: rows.map((_, i) => (i === 0 ? 1 : 0)), validation_split: null },
      'cross_validation',
      /all rows of one side of fold \d have the weight 0/,
    ],
  ]
  const before = (await get('/api/runs')).body.runs.length
  for (const [asked, place, detail] of wrong) {
    const answer = await post('/api/runs', JSON.stringify({ model_name: 'forest', ...body, ...asked }))
    const what = JSON.stringify(asked).slice(0, 100)
    t.equal(answer.status, 400, what)
    t.match(answer.body.errors, [{ in: place, detail }], what)
  }
  const three = { cross_validation: 1, calibration: 1, threshold: 2 }
  const { body: all } = await post('/api/runs', JSON.stringify({ model_name: 'forest', ...body, ...three }))
  t.same(
    all.errors.map((fault: { in: string }) => fault.in),
    ['calibration', 'threshold', 'cross_validation'],
  )
  t.equal((await get('/api/runs')).body.runs.length, before)
})

t.test('models that cannot do it refuse it by name', async (t) => {
  const numbers = { features, labels: rows.map(({ a }) => ({ y: Math.exp(a) })) }
  const asked = { calibration: 'sigmoid', threshold: 0.4 }
  const refused = async (model: string, body: object) =>
    (await train(model, await database.insertRun(model), body)).body.errors
  const ofClassifiers = { detail: 'it is of classifiers; the model is a regressor' }
  t.match(await refused('mean', { ...numbers, ...asked }), [
    { in: 'calibration', ...ofClassifiers },
    { in: 'threshold', ...ofClassifiers },
  ])
  t.match(await refused('log_target', { ...numbers, calibration: 'isotonic' }), [{ in: 'calibration' }])
  t.match(await refused('one_cluster', { features, cross_validation: 3 }), [
    { in: 'cross_validation', detail: /learns without labels/ },
  ])
})
