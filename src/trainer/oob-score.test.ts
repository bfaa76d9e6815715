import t from 'tap'
import RandomForestClassifier from '../../statistical/random_forest_classifier.ts'
import RandomForestRegressor from '../../statistical/random_forest_regressor.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { FaultList } from '../model/faults.ts'
import { train } from './train.ts'

const surroundings = { team: new ThreadTeam(1), tell: () => {} }
const tableOf = (of: readonly unknown[], kind: 'features' | 'labels') => buildTable(of, kind, new FaultList())
const rows = Array.from({ length: 200 }, (_, i) => i)
const features = tableOf(
  rows.map((i) => ({ a: i % 50, b: (i * 7) % 13 })),
  'features',
)

function metricsOf(model: RandomForestClassifier | RandomForestRegressor, parameters: object, labels: unknown[]) {
  const run = {
    runId: 1,
    modelName: 'forest',
    parameters: { ...parameters },
    validationSplit: 0.2,
    digest: '0'.repeat(64),
  }
  return train(model, { run, features, labels: tableOf(labels, 'labels') }, surroundings)
}

t.test('oob_score is a metric of the run where it was asked for', async (t) => {
  const parameters = { oob_score: true, n_estimators: 30, random_state: 0 }
  const classes = rows.map((i) => ({ y: i % 50 < 25 ? 'low' : 'high' }))
  const { metrics } = await metricsOf(new RandomForestClassifier(), parameters, classes)
  t.ok(metrics['oob_score']! > 0.9 && metrics['oob_score']! <= 1, `${metrics['oob_score']}`)
  t.notOk('validation_oob_score' in metrics)
  const numbers = rows.map((i) => ({ y: i % 50, z: 2 * (i % 50) }))
  const two = await metricsOf(new RandomForestRegressor(), parameters, numbers)
  for (const name of ['y.oob_score', 'z.oob_score']) t.ok(two.metrics[name]! > 0.9, name)
  const plain = await metricsOf(new RandomForestClassifier(), { n_estimators: 5 }, classes)
  t.same(
    Object.keys(plain.metrics).filter((name) => name.includes('oob')),
    [],
  )
})
