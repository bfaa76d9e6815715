// The estimators on the packages keep the contract of the project's own, but for weights and for long fits.
import t from 'tap'
import { contractChecks, runCheck } from '../../src/estimator-checks/check-estimator.ts'
import { aids } from '../../src/estimator-checks/contract-aids.ts'
import type { Subject } from '../../src/estimator-checks/subject.ts'
import { CartClassifier } from '../../src/ml-packages/cart-classifier.ts'
import { GaussianClassifier } from '../../src/ml-packages/gaussian-classifier.ts'
import { NeighborsClassifier } from '../../src/ml-packages/neighbors-classifier.ts'
import { ForestClassifier } from '../../src/ml-packages/random-forest-classifier.ts'

const subject = (Estimator: typeof CartClassifier, given = {}): Subject => ({
  name: Estimator.name,
  make: (more) => new Estimator(more),
  parameters: Estimator.parameters,
  given,
  aids,
  traits: {
    rowOrder: 'none',
    columnOrder: 'none',
    weightScale: 'none',
    repeatedRows: 'none',
    zeroWeights: 'none',
    threadRows: 300,
  },
})
/** Unequal weights are refused; and one search of the package on 20,000 rows lasts for minutes. */
const leftOut = ['fit and predict leave their input alone', 'a long fit ends soon after another thread asks it to']
const checks = contractChecks.filter(({ name }) => !leftOut.includes(name))

const subjects = [
  subject(CartClassifier, { max_depth: 3 }),
  subject(ForestClassifier as never, { n_estimators: 3, max_depth: 3 }),
  subject(GaussianClassifier as never),
  subject(NeighborsClassifier as never, { n_neighbors: 1 }),
]
for (const each of subjects) {
  t.test(each.name, async (t) => {
    for (const check of checks) {
      const { error, remark } = await runCheck(check, each)
      if (error) t.fail(`${check.name}: ${error.message}`, { cause: error.cause })
      else t.pass(`${check.name}${remark === undefined ? '' : ` (${remark})`}`)
    }
  })
}
