// The contract suite over every estimator of the catalogue. To run it on some: CONTRACT=ridge_regression,k_means.
import t from 'tap'
import { knownTraits } from '../../src/estimator-checks/known-traits.ts'
import { estimators } from '../../src/learning/estimators.ts'
import { testContract } from '../support/estimator-contract.ts'

t.setTimeout(300_000)

const only = process.env['CONTRACT']?.split(',')

for (const [name, Estimator] of Object.entries(estimators)) {
  if (only !== undefined && !only.includes(name)) continue
  const make = (given: { readonly [name: string]: unknown } = {}) => new Estimator(given)
  await testContract(t, { name, make, parameters: Estimator.parameters, ...knownTraits[name] })
}

t.test('every estimator of the catalogue has an entry among the traits, and the other way about', async (t) => {
  t.same(Object.keys(knownTraits).toSorted(), Object.keys(estimators).toSorted())
})
