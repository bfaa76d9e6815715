// ml-worker retrain against a running worker, as someone at a terminal uses it.
import t from 'tap'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { insertVersions } from '../support/versions.ts'

t.test('a retraining is started, followed to its end, listed, shown and dismissed', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const projectId = await insertVersions(database, 'told', 1)
  const { service } = await startTestService(t, { DATABASE_URL: database.url })
  const call = (...args: string[]) =>
    runCommandLine(['retrain', ...args, '--project', 'told'], { environment: { ML_WORKER_URL: service.url } })

  t.match(await call('list'), { code: 0, out: 'there are no retrainings\n' })
  const words = [
    '--data',
    'log',
    '--log-days',
    '3',
    '--log-rows-min',
    '60',
    '--log-held-back',
    '0.5',
    '--log-since-last',
  ]
  t.match(await call('start', ...words, '--wait', '--note', 'a try'), {
    code: 1,
    out: /^retraining 1 is insufficient_data: 0 rows, and 60 are needed; of 0 logged predictions of production 0 have an outcome, from .*; later ones wait for their outcomes \(outcome_days 7\); the project keeps no predictions now \(log off\)\n$/,
  })
  t.match(await call('list'), { code: 0, out: /^id +environment .*\n1 +production +demand +insufficient_data / })
  t.match(await call('show', '--id', '1'), { code: 0, out: /\nnote +a try\n/ })
  t.match(JSON.parse((await call('show', '--id', '1', '--json')).out), { id: 1, outcome: 'insufficient_data' })
  t.match(await call('dismiss', '--id', '1'), { code: 1, err: /RETRAINING_UNDER_WAY/ })
  await database.owner.query(
    `insert into ml_worker.retrainings (project_id, environment, cause, policy, state, requested_at, requested_by, changed_at)
     values ($1, 'production', 'drift', '{}', 'suggested', now(), 'policy/told', now())`,
    [projectId],
  )
  t.match(await call('start', '--dataset-id', '7', '--data', 'log'), {
    code: 2,
    err: /--dataset-id: expected none with data=log/,
  })
  t.match(await call('start', '--log-days', '7', '--log-held-back', 'half'), {
    code: 2,
    err: /--log-held-back: expected a number/,
  })
  t.match(await call('start', '--log-days', '7'), { code: 2, err: /--log-days: expected with data=log alone/ })
  t.match(await call('dismiss', '--id', '2', '--note', 'a holiday'), {
    code: 0,
    out: 'retraining 2 is dismissed: a holiday\n',
  })
  t.match(await call('begin'), { code: 2, err: /expected start, list, show or dismiss/ })
})
