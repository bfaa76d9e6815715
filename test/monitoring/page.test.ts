// The calls of docs/monitoring.md in one shell, as a newcomer pastes them: nothing waits but what the page says.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { runLines } from '../support/shell-lines.ts'

/** What the page waits for, all together, on a busy machine. */
const WAITED_MS = 240_000

t.test('every call of docs/monitoring.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('random_forest_classifier')
  const { service } = await startTestService(t, {
    DATABASE_URL: database.url,
    MODELS_DIR: `${PROJECT}/statistical`,
    REVIEW_SELF: 'allow',
  })
  const lines = (await blocksOf('docs/monitoring.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  const replaced = { 'http://127.0.0.1:5001': service.url, '/tmp/': `${await dataFolder(t)}/` }
  const answers = await runLines(t, lines, { replaced, timeout: WAITED_MS })
  const answerTo = (part: string): string => answers.find(({ line }) => line.includes(part))?.text ?? ''
  t.match(JSON.parse(answerTo('-X PUT')), { log: 'all', retention_days: 14, revision: 1 })
  t.match(JSON.parse(answerTo('answer=virginica')), {
    predictions: [{ answer: 'virginica', features: { petal_width: 1.8 }, version: 1, environment: 'production' }],
  })
  t.equal(answerTo('/content?').trim().split('\n').length, 3)
})
