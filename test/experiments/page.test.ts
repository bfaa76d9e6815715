// The calls of docs/experiments.md in one shell, as a newcomer pastes them: nothing waits but what the page says.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { answersOf, runLines } from '../support/shell-lines.ts'

t.test('every call of docs/experiments.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('random_forest_classifier')
  const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
  const { service } = await startTestService(t, settings)
  const lines = (await blocksOf('docs/experiments.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 20)
  const answers = answersOf(await runLines(t, lines, { replaced: { 'http://127.0.0.1:5001': service.url } }))
  const bodyOf = (part: string) => answers.find(({ line }) => line.includes(part))?.body
  const assumptions = [
    'every row comes with a key of its own',
    String,
    'the accuracy of the control is as in its training',
  ]
  t.match(bodyOf('idempotency-key'), { state: 'draft', expectation: { rows_per_day: 0, assumptions } })
  t.match(bodyOf('equivalence_margin'), { min_sample_size: 500, revision: 2 })
  t.match(bodyOf('/start'), { state: 'running', is_paused: false })
  t.match(bodyOf('/assignment'), { is_enrolled: true, phase: 1, is_assigning: true })
  t.match(bodyOf('experiment_key='), { predictions: [{ species: 'virginica' }], deployment: { version: Number } })
  t.match(answers.find(({ line }) => line.endsWith('/results'))?.body, { arms: [{ arm: 'ten' }, { arm: 'fifty' }] })
  t.match(bodyOf('"shares"'), { phases: { length: 2 } })
  t.match(bodyOf('/pause'), { is_paused: true })
  t.match(bodyOf('/promote'), { outcome: 'stopped_by_user', promoted_as: Number })
  t.match(answers.at(-1)?.body, { version: 2, status: 'active' })
})
