// The model classes that choose among all others: on real data, on awkward input, and in the trainer.
import t from 'tap'
import { DataError, FitStopped, ParameterError } from '../../src/learning/errors.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { StopFlag } from '../../src/learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { decodeArtifact, encodeArtifact, readArtifactFront } from '../../src/model/artifact.ts'
import type { FittedAutoPipeline } from '../../src/model/auto/fitted-auto-pipeline.ts'
import { sliceRows, type Table } from '../../src/model/table.ts'
import { train } from '../../src/trainer/train.ts'
import { describeAuto } from '../../src/training-summary/describe-auto.ts'
import { isReportData, type ReportData } from '../../src/training-summary/report-data.ts'
import AutoClassifier from '../../statistical/auto_classifier.ts'
import AutoRegressor from '../../statistical/auto_regressor.ts'
import { fitModel, predictLabels, type Row, readData, splitThirds, tableOf } from './support.ts'

const classifier = new AutoClassifier()
const regressor = new AutoRegressor()
const withoutClock = { time_budget_seconds: null, trials_max: 8, random_state: 0 }

async function fitAuto(
  model: AutoClassifier | AutoRegressor,
  features: Table,
  labels: Table,
  parameters: Row = withoutClock,
): Promise<FittedAutoPipeline> {
  return (await fitModel(model, features, labels, parameters)) as FittedAutoPipeline
}

function numberRows(count: number): { features: Table; labels: Table } {
  const rows = Array.from({ length: count }, (_, i) => ({ a: i, b: (i * 7) % 11, c: 'xyz'[i % 3] }))
  return {
    features: tableOf(rows),
    labels: tableOf(
      rows.map(({ a, b, c }) => ({ y: 3 * a - 2 * b + (c === 'x' ? 20 : 0) })),
      'labels',
    ),
  }
}

for (const [data, least] of [
  ['iris', 0.93],
  ['wine', 0.95],
  ['breast_cancer', 0.94],
] as const) {
  t.test(`the classifier learns ${data}, and does the same when read back`, async (t) => {
    const { features, labels } = readData(data)
    const [x, y] = [splitThirds(features), splitThirds(labels)]
    const pipeline = await fitAuto(classifier, x.fitted, y.fitted)
    const metrics = await classifier.extract_metrics(pipeline, x.held, y.held)
    t.ok((metrics['accuracy'] as number) >= least, `${metrics['accuracy']}`)
    t.equal(pipeline.search?.trials.length, 8)
    const parameters = { ...classifier.get_default_parameters(), ...withoutClock }
    const bytes = encodeArtifact(classifier, parameters, pipeline)
    const restored = decodeArtifact(bytes, classifier)
    t.same(await restored.predict(x.held), await pipeline.predict(x.held))
    t.ok(encodeArtifact(classifier, parameters, restored).equals(bytes))
    const block = await restored.predict(sliceRows(x.held, 3, 5))
    t.same(block.labels, sliceRows((await pipeline.predict(x.held)).labels, 3, 5), 'in any batch')
  })
}

t.test('the regressor finds that a line is a line', async (t) => {
  const { features, labels } = numberRows(120)
  const pipeline = await fitAuto(regressor, features, labels)
  t.ok((pipeline.search?.score as number) > 0.99, `${pipeline.search?.score}`)
  const weights = pipeline.members.map(({ weight }) => weight)
  t.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12)
})

t.test('the same rows and trials give the same bytes on any number of threads', async (t) => {
  const { features, labels } = readData('wine')
  const parameters = { ...classifier.get_default_parameters(), time_budget_seconds: null, trials_max: 18 }
  const bytesOn = async (threads: number) => {
    const team = new ThreadTeam(threads)
    t.teardown(() => team.close())
    const pipeline = await classifier.create_pipeline(parameters).fit(features, labels, fitContext({ team, seed: 5 }))
    return encodeArtifact(classifier, parameters, pipeline)
  }
  t.ok((await bytesOn(1)).equals(await bytesOn(2)))
})

t.test('one member is the best candidate alone', async (t) => {
  const { features, labels } = readData('wine')
  const pipeline = await fitAuto(classifier, features, labels, { ...withoutClock, members_max: 1 })
  t.equal(pipeline.members.length, 1)
  const best = pipeline.search?.trials.reduce((a, b) => ((b.mean as number) < (a.mean as number) ? b : a))
  t.same(pipeline.members[0]?.candidate, best?.candidate)
  t.equal(pipeline.search?.score, best?.mean)
  t.same(
    pipeline.steps.map(({ type }) => type),
    pipeline.members[0]?.fitted.steps.map(({ type }) => type),
  )
})

t.test('a search without a clock is as long as its trials, one with both ends with the first', async (t) => {
  const { features, labels } = numberRows(60)
  const counts: (number | undefined)[] = []
  for (const trials_max of [1, 5, 30]) {
    const { search } = await fitAuto(regressor, features, labels, { ...withoutClock, trials_max })
    counts.push(search?.trials.length)
  }
  t.same(counts, [1, 5, 30])
  const both = await fitAuto(regressor, features, labels, { time_budget_seconds: 3600, trials_max: 2 })
  t.equal(both.search?.trials.length, 2)
})

t.test('every wrong parameter is named at once', async (t) => {
  const wrong = { time_budget_seconds: 0.5, trials_max: -1, scoring: 'r2', members_max: 11, no_such: 1 }
  const thrown = t.throws(() => classifier.create_pipeline(wrong), ParameterError) as unknown as ParameterError
  t.same(thrown.faults.map(({ parameter }) => parameter).sort(), Object.keys(wrong).sort())
  t.throws(() => regressor.create_pipeline({ time_budget_seconds: null }), {
    message: /trials_max.*must end the search/,
  })
  t.throws(() => regressor.create_pipeline({ scoring: 'log_loss' }), ParameterError)
})

t.test('the metric that is asked for decides', async (t) => {
  const { features, labels } = readData('iris')
  for (const scoring of ['accuracy', 'roc_auc', 'f1_macro']) {
    const { search } = await fitAuto(classifier, features, labels, { ...withoutClock, trials_max: 3, scoring })
    t.ok((search?.score as number) > 0.9 && (search?.score as number) <= 1, `${scoring}: ${search?.score}`)
  }
  const numbers = numberRows(60)
  const scoring = 'mean_absolute_error'
  const { search } = await fitAuto(regressor, numbers.features, numbers.labels, { ...withoutClock, scoring })
  const scores = search?.trials.map(({ mean }) => mean as number) ?? []
  t.ok((search?.score as number) <= Math.min(...scores) + 1e-12)
})

t.test('few rows, one class and constant labels are learned without a search', async (t) => {
  const one = tableOf([{ a: 1 }, { a: 2 }, { a: 3 }])
  const same = tableOf(
    [1, 2, 3].map(() => ({ y: 'only' })),
    'labels',
  )
  const pipeline = await fitAuto(classifier, one, same)
  t.same(await predictLabels(pipeline, one), ['only', 'only', 'only'])
  t.same(pipeline.search?.trials, [])
  const single = tableOf([{ a: 1, b: 'x' }])
  const label = tableOf([{ y: 7 }], 'labels')
  t.same(await predictLabels(await fitAuto(regressor, single, label), single), [7])
  const distinct = tableOf(
    ['p', 'q', 'r'].map((y) => ({ y })),
    'labels',
  )
  t.equal((await predictLabels(await fitAuto(classifier, one, distinct), one)).length, 3)
})

t.test('without a trial a quick candidate is fitted', async (t) => {
  const { features, labels } = readData('iris')
  const pipeline = await fitAuto(classifier, features, labels, { ...withoutClock, trials_max: 0 })
  t.same(
    pipeline.members.map(({ candidate }) => candidate.estimator),
    ['extra_trees_classifier'],
  )
  t.equal(pipeline.search?.score, null)
})

t.test('five rows are divided as far as they go', async (t) => {
  const rows = tableOf([1, 2, 3, 4, 5].map((a) => ({ a })))
  const classes = tableOf(
    ['p', 'p', 'p', 'q', 'q'].map((y) => ({ y })),
    'labels',
  )
  const pipeline = await fitAuto(classifier, rows, classes)
  t.same(await predictLabels(pipeline, rows), ['p', 'p', 'p', 'q', 'q'])
  const numbers = tableOf(
    [1, 2, 3, 4, 5].map((y) => ({ y })),
    'labels',
  )
  t.equal((await predictLabels(await fitAuto(regressor, rows, numbers), rows)).length, 5)
})

t.test('a class of one row takes part', async (t) => {
  const features = tableOf(Array.from({ length: 40 }, (_, i) => ({ a: i, b: i % 5 })))
  const labels = tableOf(
    Array.from({ length: 40 }, (_, i) => ({ y: i === 39 ? 'rare' : i < 20 ? 'low' : 'high' })),
    'labels',
  )
  const pipeline = await fitAuto(classifier, features, labels)
  t.same(pipeline.outputs[0]?.levels, ['high', 'low', 'rare'])
  t.ok(pipeline.search?.trials.every(({ mean }) => mean !== null))
})

t.test('three hundred columns', async (t) => {
  const rows = Array.from({ length: 60 }, (_, i) =>
    Object.fromEntries(Array.from({ length: 300 }, (_, j) => [`c${j}`, j === 7 ? i % 2 : ((i + 1) * (j + 3)) % 17])),
  )
  const labels = tableOf(
    rows.map(({ c7 }) => ({ y: c7 === 1 ? 'odd' : 'even' })),
    'labels',
  )
  const pipeline = await fitAuto(classifier, tableOf(rows), labels)
  t.ok(pipeline.search?.trials.every(({ candidate }) => candidate.encoding !== 'products'))
  const metrics = await classifier.extract_metrics(pipeline, tableOf(rows), labels)
  t.ok((metrics['accuracy'] as number) > 0.95, `${metrics['accuracy']}`)
})

/** Of each column what a training reads: free text and times where a step takes them. */
function withText(features: Table, name: string): Table {
  const columns = features.columns.map((column) =>
    column.kind === 'categorical' && column.name === name ? { ...column, isText: true as const } : column,
  )
  return { ...features, columns }
}

t.test('texts and times beside other columns', async (t) => {
  const words = ['parcel', 'refund', 'invoice', 'late', 'thanks', 'order', 'broken', 'again']
  const rows = Array.from({ length: 90 }, (_, i) => ({
    said: `${words[i % 8]} ${words[(i * 3) % 8]} ${i % 2 === 0 ? 'please return' : 'well received'} ${i}`,
    size: i % 7,
    shop: 'abc'[i % 3],
  }))
  const read = withText(tableOf(rows), 'said')
  const when = { kind: 'time', name: 'when', values: Float64Array.from(rows, (_, i) => i * 36e5 * 7) } as const
  const features = { ...read, columns: [...read.columns, when] }
  const labels = tableOf(
    rows.map((_, i) => ({ y: i % 2 === 0 ? 'back' : 'kept' })),
    'labels',
  )
  t.ok(classifier.create_pipeline(classifier.get_default_parameters()).takes('text', 'said'))
  t.ok(classifier.create_pipeline(classifier.get_default_parameters()).takes('time', 'when'))
  const pipeline = await fitAuto(classifier, features, labels, { ...withoutClock, trials_max: 14 })
  const bytes = encodeArtifact(classifier, withoutClock, pipeline)
  t.same(await decodeArtifact(bytes, classifier).predict(features), await pipeline.predict(features))
  const metrics = await classifier.extract_metrics(pipeline, features, labels)
  t.ok((metrics['accuracy'] as number) > 0.95, `${metrics['accuracy']}`)
  const amounts = tableOf(
    rows.map(({ size }, i) => ({ y: size + (i % 2) * 10 })),
    'labels',
  )
  const numbers = await fitAuto(regressor, features, amounts, { ...withoutClock, trials_max: 12 })
  t.ok((numbers.search?.score as number) > 0.7, `${numbers.search?.score}`)
  t.same(
    numbers.search?.trials.filter(({ state }) => state === 'failed').map(({ reason }) => reason),
    [],
    'no candidate fails',
  )
})

t.test('texts alone are for naive Bayes too', async (t) => {
  const rows = Array.from({ length: 80 }, (_, i) => ({
    said: `${i % 2 ? 'good fine nice' : 'bad poor sad'} thing ${i}`,
  }))
  const labels = tableOf(
    rows.map((_, i) => ({ y: i % 2 })),
    'labels',
  )
  const pipeline = await fitAuto(classifier, withText(tableOf(rows), 'said'), labels)
  t.equal(pipeline.search?.trials[0]?.candidate.estimator, 'multinomial_naive_bayes')
})

t.test('several label columns have one choice', async (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => ({ a: i % 12, b: (i * 5) % 12 }))
  const labels = tableOf(
    rows.map(({ a, b }) => ({ low: a < 6, part: b < 6 ? 'left' : 'right' })),
    'labels',
  )
  const pipeline = await fitAuto(classifier, tableOf(rows), labels)
  const { labels: predicted } = await pipeline.predict(tableOf(rows))
  t.same(
    predicted.columns.map((column) => column.name),
    ['low', 'part'],
  )
  t.ok((pipeline.search?.score as number) < 0.5)
})

t.test('rows without a label are refused before anything is tried', async (t) => {
  const features = tableOf([{ a: 1 }, { a: 2 }])
  const labels = tableOf([{ y: 'p' }, { y: null }], 'labels')
  await t.rejects(fitAuto(classifier, features, labels), { message: /every row needs a label/ })
  const texts = tableOf([{ y: 'p' }, { y: 'q' }], 'labels')
  await t.rejects(fitAuto(regressor, features, texts), { message: /expected a number/ })
  const none = { rowCount: 0, columns: features.columns }
  await t.rejects(fitAuto(regressor, none, none), DataError)
})

t.test('weights count: rows of weight 0 are as good as absent', async (t) => {
  const { features, labels } = numberRows(80)
  const noisy = tableOf(
    Array.from({ length: 80 }, (_, i) => ({ y: i % 2 === 0 ? i : -1000 * i })),
    'labels',
  )
  const sampleWeight = Float64Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 1 : 0))
  const parameters = { ...regressor.get_default_parameters(), ...withoutClock }
  const context = { ...fitContext(), sampleWeight }
  const pipeline = await regressor.create_pipeline(parameters).fit(features, noisy, context)
  const { labels: predicted } = await pipeline.predict(features)
  t.equal(predicted.rowCount, labels.rowCount)
  t.ok((pipeline.search?.score as number) > 0.95, `${pipeline.search?.score}`)
})

t.test('a search ends soon after it is cancelled', async (t) => {
  const { features, labels } = readData('breast_cancer')
  const stop = new StopFlag()
  const parameters = { ...classifier.get_default_parameters(), time_budget_seconds: 3600 }
  const steps: string[] = []
  const report = (done: number, of: number, step: string): void => {
    t.ok(done >= 0 && done <= of)
    steps.push(step)
    if (steps.length === 4) stop.set()
  }
  const fit = classifier.create_pipeline(parameters).fit(features, labels, fitContext({ stop, report }))
  await t.rejects(fit, FitStopped)
  t.equal(steps.length, 4)
  t.match(steps[3], /^trial 4: \w+, \w+; best so far: log_loss 0\.\d+$/)
})

t.test('a state that no choice has written is refused', async (t) => {
  const { features, labels } = readData('iris')
  const parameters = { ...classifier.get_default_parameters(), ...withoutClock }
  const unfitted = classifier.create_pipeline(parameters)
  const { members } = (await fitAuto(classifier, features, labels)).toState() as { members: Row[] }
  const [first] = members as [Row]
  for (const wrong of [
    {},
    { members: [] },
    { members: [null] },
    { members: [{ ...first, weight: 0 }] },
    { members: [{ ...first, candidate: { estimator: 'k_means', encoding: 'codes', parameters: {} } }] },
    { members: [{ ...first, candidate: { estimator: '__proto__', encoding: 'codes', parameters: {} } }] },
    { members: [{ ...first, candidate: { estimator: 'ridge_regression', encoding: 'none', parameters: {} } }] },
    { members: [{ ...first, candidate: { ...(first['candidate'] as Row), parameters: { no_such: 1 } } }] },
    { members: [{ ...first, state: {} }] },
  ]) {
    t.throws(() => unfitted.restore(wrong as never), Error, JSON.stringify(wrong).slice(0, 80))
  }
})

function workOn(features: Table, labels: Table, parameters: Row) {
  const run = { runId: 1, modelName: classifier.name, parameters, validationSplit: 0.25, digest: '0'.repeat(64) }
  return { run, features, labels }
}

t.test('a training with rows held out tells its trials, and the parameters that repeat it to the byte', async (t) => {
  const { features, labels } = readData('wine')
  const told: { phase: string; done: number; of: number; step: string }[] = []
  const tell = (phase: string, done: number, of: number, step: string) => void told.push({ phase, done, of, step })
  const team = new ThreadTeam(1)
  const asked = { time_budget_seconds: 3600, trials_max: 12, members_max: 4 }
  const trained = await train(classifier, workOn(features, labels, asked), { team, tell })
  t.ok((trained.metrics['validation_accuracy'] as number) > 0.9)
  t.equal(trained.metrics['search_trials'], 12)
  t.ok((trained.metrics['search_log_loss'] as number) < 0.3)
  t.same(trained.reportProblems, [])
  t.ok(told.every(({ done, of }) => done <= of))
  t.ok(told.some(({ step }) => /^trial 12: /.test(step)))
  t.same(trained.found, { time_budget_seconds: null, trials_max: 12 })
  const { report } = readArtifactFront(trained.artifact)
  t.ok(isReportData(report))
  const { search } = report as ReportData
  t.match(search, { strategy: 'auto', scoring: 'log_loss', lowerIsBetter: true, folds: { count: 5 } })
  const means = search?.trials.map(({ mean, state }) => (state === 'finished' ? (mean as number) : Infinity)) ?? []
  t.equal(search?.best, means.indexOf(Math.min(...means)))
  t.ok(search?.parameters.some(({ name }) => name === 'estimator'))
  const weights = search?.blend?.map(({ weight }) => weight) ?? [1]
  t.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12)
  const kept = { ...asked, ...trained.found }
  const again = await train(classifier, workOn(features, labels, kept), { team: new ThreadTeam(2), tell })
  t.ok(again.artifact.equals(trained.artifact))
})

t.test('probabilities are calibrated, and a threshold tuned, as of any class', async (t) => {
  const { features, labels } = readData('breast_cancer')
  const work = workOn(features, labels, { time_budget_seconds: null, trials_max: 2 })
  const crossValidation = { count: 3, repeats: 1, kind: 'stratified' } as const
  const run = { ...work.run, crossValidation, calibration: 'sigmoid', threshold: { metric: 'f1' } } as const
  const trained = await train(classifier, { ...work, run }, { team: new ThreadTeam(1), tell: () => {} })
  const [output] = decodeArtifact(trained.artifact, classifier).outputs
  t.ok(output?.calibration)
  t.ok(output?.threshold)
  t.ok((trained.metrics['validation_accuracy'] as number) > 0.9)
})

t.test('rows that leave nothing to try have no search to tell', async (t) => {
  const features = tableOf(Array.from({ length: 12 }, (_, i) => ({ a: i })))
  const labels = tableOf(
    Array.from({ length: 12 }, () => ({ y: 'same' })),
    'labels',
  )
  const surroundings = { team: new ThreadTeam(1), tell: () => {} }
  const trained = await train(classifier, workOn(features, labels, {}), surroundings)
  t.equal(trained.metrics['search_trials'], 0)
  t.notOk('search' in (readArtifactFront(trained.artifact).report as object))
  t.same(trained.found, { time_budget_seconds: null, trials_max: 0 })
})

t.test('many rows: candidates begin on some of them, and the best come to all', async (t) => {
  const rowCount = 17_000
  const values = Float64Array.from({ length: rowCount }, (_, i) => (i * 7919) % 1009)
  const other = values.map((value, i) => (value * 31 + i) % 97)
  const features = {
    rowCount,
    columns: [
      { kind: 'numeric', name: 'a', values },
      { kind: 'numeric', name: 'b', values: other },
    ],
  } as const
  const y = values.map((value, i) => value + 3 * (other[i] as number))
  const labels = { rowCount, columns: [{ kind: 'numeric', name: 'y', values: y }] } as const
  const pipeline = await fitAuto(regressor, features, labels, { ...withoutClock, trials_max: 14 })
  const trials = pipeline.search?.trials ?? []
  t.equal(trials[0]?.rows, 5_000)
  t.ok(trials.at(-1)?.rows === rowCount || trials.length === 14)
  t.equal(pipeline.search?.foldCount, 3)
  t.ok(trials.every(({ round, rows }) => rows === (round === 0 ? 5_000 : rowCount)))
  const { search } = pipeline
  const described = describeAuto(search as NonNullable<typeof search>, { kind: 'regressor', members: pipeline.members })
  t.ok(described.trials.some(({ state }) => state === 'dropped'))
  t.equal(described.trials[described.best]?.state, 'finished')
})
