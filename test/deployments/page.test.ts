// The calls of docs/deployments.md in one shell, as a newcomer pastes them: nothing waits but what the page says.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pino from 'pino'
import t from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { PROJECT } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'

const run = promisify(execFile)

t.test('every call of docs/deployments.md has a good answer', async (t) => {
  const database = await createTestDatabase(t)
  await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
  await database.registerModel('random_forest_classifier')
  const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
  const { service } = await startTestService(t, settings)
  const lines = (await blocksOf('docs/deployments.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(lines.length >= 20)
  const script = lines.map((line) => `${line}\nprintf '\\0%s\\0' "$?"\n`).join('')
  const command = `curl() { command curl -sS --fail-with-body "$@"; }\n${script.replaceAll('http://127.0.0.1:5001', service.url)}`
  const { stdout } = await run('bash', ['-c', command], { cwd: PROJECT })
  const told = stdout.split('\0')
  const answers = lines.flatMap((line, i) => {
    const text = told[2 * i] ?? ''
    t.equal(told[2 * i + 1], '0', `${line}\n${text}`)
    return text === '' ? [] : [{ line, body: JSON.parse(text) }]
  })
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
  t.match(answers.at(-2)?.body, { status: 'undeployed' })
  t.match(answers.at(-1)?.body, { status: 'archived' })
})
