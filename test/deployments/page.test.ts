// The calls of docs/deployments.md in one shell, as a newcomer pastes them: nothing waits but what the page says.
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { answersOf, runLines } from '../support/shell-lines.ts'

t.test('every call of docs/deployments.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('random_forest_classifier')
  const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
  const { service } = await startTestService(t, settings)
  const lines = (await blocksOf('docs/deployments.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 20)
  const answers = answersOf(await runLines(t, lines, { replaced: { 'http://127.0.0.1:5001': service.url } }))
  const currents = answers.filter(({ line }) => line.endsWith('/current') && !line.includes('DELETE'))
  t.match(
    currents.map(({ body: { version, status, origin } }) => [version, status, origin]),
    [
      [1, 'active', 'deploy'],
      [1, 'active', 'rollback'],
    ],
  )
  const lists = answers.filter(({ body }) => body.deployments !== undefined).map(({ body }) => body.deployments)
  t.match(
    lists.map((deployments) =>
      deployments.map(({ version, status }: { version: number; status: string }) => [version, status]),
    ),
    [
      [
        [2, 'active'],
        [1, 'replaced'],
      ],
      [],
      [
        [2, 'replaced'],
        [1, 'replaced'],
      ],
      [[1, 'active']],
    ],
  )
  const predicted = answers.filter(({ line }) => line.endsWith('/predict')).map(({ body }) => body)
  t.match(predicted, [
    { predictions: [{ species: 'virginica' }], deployment: { version: 1 } },
    { predictions: [{ species: 'versicolor' }], deployment: { version: 1 } },
  ])
  t.match(answers.find(({ line }) => line.endsWith('/health'))?.body, { version: 1, healthy: true })
  t.match(answers.find(({ line }) => line.includes('/metrics'))?.body, { requests: 1, rows: 1, failures: 0 })
  t.match(answers.find(({ line }) => line.endsWith('/environments'))?.body, {
    environments: [{ environment: 'production', active: { version: 1 }, latest: { version: 1, status: 'active' } }],
  })
  t.match(answers.at(-2)?.body, { status: 'undeployed' })
  t.match(answers.at(-1)?.body, { status: 'archived' })
})
