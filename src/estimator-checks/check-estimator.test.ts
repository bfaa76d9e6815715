import t from 'tap'
import { type Flaw, flaws, majorityClassifier } from '../../test/support/majority-classifier.ts'
import { checkEstimator, contractChecks, runCheck } from './check-estimator.ts'
import { aids } from './contract-aids.ts'
import type { Subject } from './subject.ts'

function subjectWith(flaw?: Flaw): Subject {
  const Majority = majorityClassifier(flaw)
  return {
    name: 'majority',
    make: (given) => new Majority(given),
    parameters: Majority.parameters,
    given: { random_state: 3 },
    aids,
  }
}

t.test('an estimator that keeps the contract passes every check', async (t) => {
  for (const { check, error } of await checkEstimator(subjectWith())) t.equal(error?.message, undefined, check)
})

t.test('every check has a name of its own', async (t) => {
  t.equal(new Set(contractChecks.map((check) => check.name)).size, contractChecks.length)
})

t.test('each flaw is caught by the check that is about it', async (t) => {
  for (const [flaw, name] of Object.entries(flaws) as [Flaw, string][]) {
    const check = contractChecks.find((check) => check.name === name)
    if (check === undefined) throw new Error(`no check is named "${name}"`)
    const { error } = await runCheck(check, subjectWith(flaw))
    t.match(error, { name: 'ContractError', message: /.{10}/ }, `${flaw}: ${error?.message}`)
  }
})
