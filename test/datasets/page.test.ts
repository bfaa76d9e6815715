// The calls of docs/datasets.md, one after the other, as a data scientist makes them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'

const run = promisify(execFile)

t.test('every call of docs/datasets.md has a good answer', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('iris_species')
  const settings = { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` }
  const { service, get } = await startTestService(t, settings)
  const calls = (await blocksOf('docs/datasets.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  t.ok(calls.length >= 8)
  const answers = []
  for (const call of calls) {
    t.match(call, /^curl /)
    const command = call.replaceAll('http://127.0.0.1:5001', service.url).replace('curl', 'curl -sS --fail-with-body')
    const { stdout } = await run('bash', ['-c', command], { cwd: PROJECT })
    answers.push(JSON.parse(stdout))
  }
  t.match(answers[0], { id: 1, name: 'iris', version: 1, labels: ['species'], rows: 150 })
  t.match(answers[1], { id: 2, version: 2, sha256: answers[0].sha256 })
  const trained = answers.find(({ status }) => status === 'accepted')
  t.equal(await database.ended(trained.model_run_id), 'SUCCESS')
  t.match((await get(`/api/runs/${trained.model_run_id}`)).body, { dataset: { id: 1 } })
})
