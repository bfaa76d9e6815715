import t from 'tap'
import Unusable from '../../test/models/unusable.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { FaultList } from '../model/faults.ts'
import { metricsNotFinite } from './prove-trained.ts'
import { train } from './train.ts'

const tableOf = (of: readonly unknown[]) => buildTable(of, 'features', new FaultList())
const surroundings = { team: new ThreadTeam(1), tell: () => {} }

function workWith(flaw: string) {
  const rows = Array.from({ length: 90 }, (_, i) => i)
  return {
    run: { runId: 1, modelName: 'unusable', parameters: { flaw }, validationSplit: 0.2, digest: '0'.repeat(64) },
    features: tableOf(rows.map((a) => ({ a }))),
    labels: tableOf(rows.map((a) => ({ y: a + 1 }))),
  }
}

for (const [flaw, message] of [
  ['predicts_nan', /^the predictions of "y" are no finite numbers in 2 of the 72 rows/],
  ['predicts_nan_later', /^the restored model predicts otherwise than the fitted one: column "y"$/],
  ['refuses_state', /^the fitted model cannot be restored: .*no state is good enough/],
  ['forgets', /^the restored model predicts otherwise than the fitted one: column "y"$/],
  ['throws_later', /^the fitted model cannot predict once it is restored: too many rows$/],
] as const) {
  t.test(`a model that ${flaw} is refused, though its metrics look at no prediction`, async (t) => {
    await t.rejects(train(new Unusable(), workWith(flaw), surroundings), { name: 'ModelUnusableError', message })
  })
}

t.test('a model without a flaw passes, and its metrics that are no numbers are told', async (t) => {
  const { warnings, metrics } = await train(new Unusable(), workWith('none'), surroundings)
  t.same(metricsNotFinite(metrics), ['of_nothing', 'validation_of_nothing'])
  t.match(warnings, [{ code: 'METRICS_NOT_FINITE', message: /of_nothing, validation_of_nothing/ }])
})
