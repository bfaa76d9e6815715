// A regressor that cannot learn every number says so: then it is asked for no other, and others are refused by row.
import t from 'tap'
import { contractChecks, runCheck } from '../../src/estimator-checks/check-estimator.ts'
import { knownTraits } from '../../src/estimator-checks/known-traits.ts'
import type { Subject } from '../../src/estimator-checks/subject.ts'
import { GradientBoostingRegressor } from '../../src/learning/boosting/gradient-boosting-regressor.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { FaultList } from '../../src/model/faults.ts'
import Counts, { MeanCount } from '../models/counts.ts'
import { buildTable } from '../support/build-table.ts'
import { startTrainingService } from '../support/trained.ts'

t.test('gradient boosting of counts keeps the contract of every check that gives it rows', async (t) => {
  const known = knownTraits['gradient_boosting_regressor'] as NonNullable<(typeof knownTraits)[string]>
  const make = (given: { readonly [name: string]: unknown } = {}) =>
    new GradientBoostingRegressor({ loss: 'poisson', ...given })
  const subject: Subject = { name: 'poisson', make, parameters: GradientBoostingRegressor.parameters, ...known }
  for (const name of [
    'predictions are finite and of the right shape, far from the fitted rows too',
    'fit and predict leave their input alone',
    'bears a class without rows',
    'bears a target that is constant',
    'bears constant columns',
    'bears 1,000 columns',
    'bears extreme targets, or refuses them in words',
    'a restored state predicts the same and writes the same',
  ]) {
    const check = contractChecks.find((candidate) => candidate.name === name)
    if (check === undefined) throw new Error(`no check is named ${name}`)
    t.equal((await runCheck(check, subject)).error?.message, undefined, name)
  }
})

t.test('an estimator of counts is never given anything else', async (t) => {
  const subject: Subject = { name: 'counts', make: () => new MeanCount(), parameters: {} }
  for (const check of contractChecks.filter(({ name }) => /^(bears|predict|fit|refit)/.test(name))) {
    const { error } = await runCheck(check, subject)
    t.notMatch(error?.cause, { message: 'no such count' }, check.name)
    if (/target/.test(check.name)) t.equal(error?.message, undefined, check.name)
  }
})

t.test('labels beyond the range are refused by row: by the pipeline, and at the door of the service', async (t) => {
  const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
  const features = [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }]
  const labels = [{ n: 3 }, { n: 0 }, { n: 2.5 }, { n: 1001 }]
  const errors = [1, 2, 3].map((row) => ({
    in: 'labels',
    row,
    column: 'n',
    detail: /an integer above 0 and of at most/,
  }))
  const fit = new Counts().create_pipeline({}).fit(tableOf(features), tableOf(labels), fitContext())
  await t.rejects(fit, { name: 'RowsError', faults: { listed: errors } })
  const { database, train, trainToEnd } = await startTrainingService(t, ['counts', 'log_target'])
  const run = await database.insertRun('counts')
  t.match(await train('counts', run, { features, labels }), { status: 400, body: { code: 'REQUEST_INVALID', errors } })
  t.equal((await trainToEnd('counts', { features, labels: labels.map(() => ({ n: 7 })) })).status, 'SUCCESS')
  const log = await database.insertRun('log_target')
  t.match(await train('log_target', log, { features, labels }), {
    status: 400,
    body: { errors: [{ row: 1, detail: 'this model learns a number above 0, got 0' }] },
  })
})
