import t from 'tap'
import Forest from '../../test/models/forest.ts'
import Majority from '../../test/models/majority.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { readBaseline } from '../cells/baseline-data.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { readArtifactBaseline } from '../model/artifact.ts'
import { FaultList } from '../model/faults.ts'
import type { Metrics } from '../model/model.ts'
import { PHASES, type Phase } from './messages.ts'
import { train } from './train.ts'

const rows = Array.from({ length: 60 }, (_, i) => ({ a: i, c: ['x', 'y'][i % 2] }))
const tableOf = (of: readonly unknown[]) => buildTable(of, 'features', new FaultList())
const work = {
  run: {
    runId: 1,
    modelName: 'forest',
    parameters: {},
    validationSplit: 0.25,
    digest: '0'.repeat(64),
  },
  features: tableOf(rows),
  labels: tableOf(rows.map(({ a }) => ({ y: a > 30 ? 'p' : 'q' }))),
}

/** Leaves the predictions of its report to that. */
class WithoutMetrics extends Forest {
  override extract_metrics(): Metrics {
    return {}
  }
}

const FOLDS = { count: 3, repeats: 1, kind: 'stratified' } as const
const without = (...left: Phase[]) => PHASES.filter((phase) => !left.includes(phase))

for (const [what, model, asked, phases] of [
  ['a model without steps', new Majority(), {}, without('read', 'search', 'cross_validation', 'encode')],
  ['a model with steps', new WithoutMetrics(), {}, without('read', 'search', 'cross_validation')],
  ['a model with folds', new Forest(), { crossValidation: FOLDS, calibration: 'sigmoid' }, without('read', 'search')],
] as const) {
  t.test(`${what} goes through its phases one after the other`, async (t) => {
    const told: { phase: Phase; done: number; of: number }[] = []
    const team = new ThreadTeam(1)
    const run = { ...work.run, ...asked }
    await train(model, { ...work, run }, { team, tell: (phase, done, of) => void told.push({ phase, done, of }) })
    t.same(
      told.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]),
      phases,
    )
    t.ok(told.every(({ done, of }) => done >= 0 && done <= of))
    const ofMetrics = told.filter(({ phase }) => phase === 'metrics')
    t.ok(ofMetrics.every(({ of }) => of === 60))
    t.same(
      ofMetrics.map(({ done }) => done),
      ofMetrics.map(({ done }) => done).sort((a, b) => a - b),
      'rows trained on, then rows held out',
    )
  })
}

t.test('a monotonic constraint names a column of the rows', async (t) => {
  const { default: Boosting } = await import('../../statistical/gradient_boosting_regressor.ts')
  const boosting = new Boosting()
  const numbers = rows.map(({ a, c }) => ({ c, a }))
  const trainOn = (monotonic_cst: unknown) =>
    train(
      boosting,
      {
        run: { ...work.run, modelName: boosting.name, parameters: { monotonic_cst } },
        features: tableOf(numbers),
        labels: tableOf(rows.map(({ a }) => ({ y: (a * 7) % 60 }))),
      },
      { team: new ThreadTeam(1), tell: () => {} },
    )
  const [named, listed, free] = await Promise.all([trainOn({ a: 1 }), trainOn([0, 1]), trainOn(null)])
  t.equal(named.metrics['r2'], listed.metrics['r2'])
  t.not(named.metrics['r2'], free.metrics['r2'])
  await t.rejects(trainOn({ b: 1 }), { message: /"b" is neither the name nor the index of a column.* "c", "a"/ })
})

const baselineIn = async (asked: object, model = new Forest()) => {
  const run = { ...work.run, ...asked }
  const { artifact } = await train(model, { ...work, run }, { team: new ThreadTeam(1), tell: () => {} })
  return { artifact, baseline: readBaseline(readArtifactBaseline(artifact)) }
}

t.test('an artifact has the baseline of its version: answers are those of rows that it had not seen', async (t) => {
  const { baseline, artifact } = await baselineIn({})
  t.match(baseline, { rowCount: 60, answersOf: 'held_out', answerRowCount: 15 })
  t.same(
    baseline?.features.map(({ name, counts }) => [name, counts.reduce((sum, count) => sum + count, 0)]),
    [
      ['a', 60],
      ['c', 60],
    ],
  )
  t.ok((await baselineIn({})).artifact.equals(artifact), 'the same training, the same bytes')
  const folds = { validationSplit: null, crossValidation: FOLDS }
  t.match((await baselineIn(folds)).baseline, {
    answersOf: 'out_of_fold',
    answerRowCount: 60,
    confidence: { name: 'confidence' },
  })
  const calibrated = { ...folds, calibration: 'sigmoid' }
  t.match((await baselineIn(calibrated)).baseline, { answersOf: 'out_of_fold', answerRowCount: 60 })
  t.match((await baselineIn({ validationSplit: null })).baseline, {
    answersOf: 'none',
    answers: [],
    confidence: undefined,
  })
})

t.test('held-out rows that the metrics do not predict are predicted for the baseline', async (t) => {
  const { baseline } = await baselineIn({}, new WithoutMetrics())
  t.match(baseline, { answersOf: 'held_out', answerRowCount: 15, confidence: { name: 'confidence' } })
})
