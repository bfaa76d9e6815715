// The calls of docs/reviews.md in one shell, as a data scientist and a reviewer paste them.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { answersOf, runLines } from '../support/shell-lines.ts'

t.test('every call of docs/reviews.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('random_forest_classifier')
  const { service } = await startTestService(t, {
    DATABASE_URL: database.url,
    MODELS_DIR: `${PROJECT}/statistical`,
  })
  const lines = (await blocksOf('docs/reviews.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 14)
  const answers = answersOf(await runLines(t, lines, { replaced: { 'http://127.0.0.1:5001': service.url } })).map(
    ({ body }) => body,
  )
  t.ok(answers.some(({ state, deployed_in }) => state === 'revoked' && deployed_in.length === 0))
  t.ok(answers.some(({ versions }) => versions?.[0]?.workflow_status === 'rejected'))
  t.match(answers.at(-1), { version: 2, state: 'approved', reviews: [{ decided_by: 'policy/iris-reviewed' }, {}] })
})
