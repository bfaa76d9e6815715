// ml-worker outcomes and performance against a running worker, as someone at a terminal uses them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertAnswers, logRows } from '../support/logged.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

t.test('outcomes of a file are sent, and performance is shown', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const projectId = await insertVersions(database, 'told', 1)
  await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
  const { service, put } = await startTestService(t, { DATABASE_URL: database.url })
  await put('/api/projects/told/monitoring', { log: 'all' })
  const at = Date.now() - 7_200_000
  const ids = await logRows(
    database,
    { projectId },
    Array.from({ length: 40 }, (_, i) => ({ at: at + i, answer: i % 2, confidence: 0.8 })),
  )
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-outcomes-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'outcomes.csv')
  await writeFile(
    file,
    `prediction_id,outcome\n${ids.map((id, i) => `${id},${'ab'[i % 4 === 0 ? 1 : i % 2]}\n`).join('')}`,
  )
  const call = (...args: string[]) =>
    runCommandLine([...args, '--project', 'told'], { environment: { ML_WORKER_URL: service.url } })

  t.match(await call('outcomes', 'send', '--data', file), { code: 0, out: /received +40\nadded +40\n/ })
  t.match(await call('outcomes', 'send', '--data', file), { code: 0, out: /unchanged +40\n/ })
  await until(async () => (await call('performance', 'show', '--days', '2')).out.includes('40 outcomes'))
  const shown = (await call('performance', 'show', '--days', '2', '--by', 'day')).out
  t.match(shown, /^40 logged predictions, 40 outcomes: 100\.0 %\n/)
  t.match(shown, /\naccuracy +0\.75 +0\.\d+ to 0\.\d+/)
  t.match(shown, /\naccuracy, estimated +0\.8/)
  const json = JSON.parse((await call('performance', 'show', '--json')).out)
  t.equal(json.figures.rows, 40)
  t.match(await call('performance', 'looks'), { code: 0, out: 'no window was judged yet\n' })
  t.match(await call('performance', 'show', '--by', 'month'), { code: 2, err: /by: expected one of hour, day, week/ })
  t.match(await call('outcomes', 'forget'), { code: 2, err: /expected send/ })
})
