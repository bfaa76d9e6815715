// A column of yes and no is worth as much to a tree as the same column of 1 and 0.
import t from 'tap'
import { fitContext } from '../../src/learning/fit-context.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { Random } from '../../src/learning/random.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { Table } from '../../src/model/table.ts'
import DecisionTreeClassifier from '../../statistical/decision_tree_classifier.ts'
import DecisionTreeRegressor from '../../statistical/decision_tree_regressor.ts'
import { buildTable } from '../support/build-table.ts'

const team = new ThreadTeam(1)
t.teardown(() => team.close())
const random = new Random(3)
const rows = Array.from({ length: 200 }, () => {
  const flag = random.uniform() < 0.5
  const x = random.uniform()
  return { flag, x, y: (flag ? 2 : 0) * x + random.normal() }
})
const tableOf = (list: readonly Record<string, unknown>[]): Table => {
  const { columns } = buildTable(list, 'features', new FaultList())
  return { rowCount: list.length, columns }
}
const asText = tableOf(rows.map(({ flag, x }) => ({ flag: flag ? 'yes' : 'no', x })))
const asNumber = tableOf(rows.map(({ flag, x }) => ({ flag: flag ? 1 : 0, x })))

for (const [Model, labels] of [
  [DecisionTreeRegressor, tableOf(rows.map(({ y }) => ({ y })))],
  [DecisionTreeClassifier, tableOf(rows.map(({ y }) => ({ y: y > 1 ? 'p' : 'q' })))],
] as const) {
  t.test(Model.name, async (t) => {
    const predictions = []
    for (const features of [asText, asNumber]) {
      const model = new Model()
      const parameters = { ...model.get_default_parameters(), random_state: 0, min_samples_leaf: 3 }
      const fitted = await model.create_pipeline(parameters).fit(features, labels, fitContext({ team }))
      predictions.push((await fitted.predict(features)).labels)
    }
    t.same(predictions[0], predictions[1])
  })
}
