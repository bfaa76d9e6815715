// The calls of docs/monitoring.md in one shell, as a newcomer pastes them: nothing waits but what the page says.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pino from 'pino'
import t from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { PROJECT } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'

const run = promisify(execFile)
/** What the page waits for, all together, on a busy machine. */
const WAITED_MS = 240_000

t.test('every call of docs/monitoring.md has a good answer', async (t) => {
  const database = await createTestDatabase(t)
  await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
  await database.registerModel('random_forest_classifier')
  const { service } = await startTestService(t, {
    DATABASE_URL: database.url,
    MODELS_DIR: `${PROJECT}/statistical`,
    REVIEW_SELF: 'allow',
  })
  const lines = (await blocksOf('docs/monitoring.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  const script = lines.map((line) => `${line}\nprintf '\\0%s\\0' "$?"\n`).join('')
  const command = `curl() { command curl -sS --fail-with-body "$@"; }\n${script.replaceAll('http://127.0.0.1:5001', service.url).replaceAll('/tmp/', `${await dataFolder(t)}/`)}`
  const { stdout } = await run('bash', ['-c', command], { cwd: PROJECT, timeout: WAITED_MS })
  const told = stdout.split('\0')
  const answers = lines.map((line, i) => {
    t.equal(told[2 * i + 1], '0', `${line}\n${told[2 * i]}`)
    return { line, text: told[2 * i] ?? '' }
  })
  const answerTo = (part: string): string => answers.find(({ line }) => line.includes(part))?.text ?? ''
  t.match(JSON.parse(answerTo('-X PUT')), { log: 'all', retention_days: 14, revision: 1 })
  t.match(JSON.parse(answerTo('answer=virginica')), {
    predictions: [{ answer: 'virginica', features: { petal_width: 1.8 }, version: 1, environment: 'production' }],
  })
  t.equal(answerTo('/content?').trim().split('\n').length, 3)
})
