import t from 'tap'
import { contractChecks } from './check-estimator.ts'
import { contractHint } from './contract-hints.ts'

t.test('every check of the suite has a hint of its own', async (t) => {
  const fallback = contractHint('no such check')
  for (const { name } of contractChecks) t.not(contractHint(name), fallback, name)
})
