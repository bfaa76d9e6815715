// The calls of docs/projects.md in one shell, as a data scientist pastes them: nothing waits but what the page says.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { runLines } from '../support/shell-lines.ts'

t.test('every call of docs/projects.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('random_forest_classifier')
  const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
  // Other runs came before, and none is known by its number.
  for (let i = 0; i < 3; i++) await database.insertRun('random_forest_classifier')
  const { service } = await startTestService(t, settings)
  const lines = (await blocksOf('docs/projects.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 25)
  const answers = []
  for (const { line, text } of await runLines(t, lines, { replaced: { 'http://127.0.0.1:5001': service.url } })) {
    if (line.includes('/report?')) t.match(text, /<h1>Versions 1 and 2/)
    else if (text !== '') answers.push(JSON.parse(text))
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
  t.ok(answers.some(({ predictions }) => predictions?.[0].species === 'virginica'))
  t.ok(answers.some(({ explanations }) => explanations !== undefined))
  t.match(answers.at(-1), { status: 'archived', owner: 'ada', versions: 4 })
})
