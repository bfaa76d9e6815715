// The calls of docs/projects.md, one after the other, as a data scientist makes them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pino from 'pino'
import t from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { PROJECT } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)

t.test('every call of docs/projects.md has a good answer', async (t) => {
  const database = await createTestDatabase(t)
  await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
  await database.registerModel('random_forest_classifier')
  const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
  const { service, get } = await startTestService(t, settings)
  const calls = (await blocksOf('docs/projects.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(calls.length >= 15)
  const answers = []
  for (const call of calls) {
    t.match(call, /^curl /)
    const command = call.replaceAll('http://127.0.0.1:5001', service.url).replace('curl', 'curl -sS --fail-with-body')
    const { stdout } = await run('bash', ['-c', command], { cwd: PROJECT })
    if (call.includes('/report?')) {
      t.match(stdout, /<h1>Versions 1 and 2/)
      continue
    }
    const answer = JSON.parse(stdout)
    answers.push(answer)
    if (answer.state !== 'training') continue
    await until(async () => {
      const { body } = await get('/api/projects/iris-species/trainings?limit=1')
      return body.trainings[0]?.state === 'succeeded'
    })
  }
  t.ok(answers.some(({ trainings }) => trainings?.[0]?.version === 1))
  t.ok(answers.some(({ reproductions }) => reproductions?.[0]?.identical === true))
  t.ok(answers.some(({ rows, labels }) => rows?.held_out === true && labels[0].metrics.length === 9))
  t.ok(answers.some(({ trials, best }) => trials?.length === 6 && trials[best - 1].rank === 1))
  const boards = answers.filter(({ entries }) => entries !== undefined)
  t.same(
    boards.map(({ metric, entries }) => [metric, ...entries.map(({ rows }: { rows: number }) => rows)]),
    [
      ['validation_accuracy', 1, 1],
      ['validation_log_loss', 1, 1],
      ['cv_log_loss', 1],
    ],
  )
  t.match(answers.at(-1), { status: 'archived', owner: 'ada', versions: 4 })
})
