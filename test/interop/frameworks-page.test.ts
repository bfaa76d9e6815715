// The calls of docs/frameworks.md as they stand there, with a model in the place of the reader's own.
import { execFile } from 'node:child_process'

import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PROJECT, runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { missing } from '../support/optional-package.ts'
import { blocksOf } from '../support/pages.ts'
import { wordsOf } from '../support/project-copy.ts'
import { startTestService } from '../support/service.ts'

interface ExplainedLine {
  readonly base: number
  readonly contributions: Readonly<Record<string, number>>
}

t.test('every import of docs/frameworks.md makes a version', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-page-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const models = join(PROJECT, 'test/golden/models')
  await mkdir(join(folder, 'churn'))
  await copyFile(join(models, 'imports/lightgbm.txt'), join(folder, 'churn/model.txt'))
  await copyFile(join(models, 'imports/lightgbm.json'), join(folder, 'churn/golden.json'))
  await mkdir(join(folder, 'photos'))
  await copyFile(join(models, 'tensors/image.onnx'), join(folder, 'photos/model.onnx'))
  await copyFile(join(models, 'tensors/image.json'), join(folder, 'photos/golden.json'))
  const database = await createOwnDatabase(t)
  await database.registerModel('imported_model')
  const { service, get, post } = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR: 'statistical' })
  for (const name of ['churn', 'photos']) await post('/api/projects', { name, model_name: 'imported_model' })
  const all = (await blocksOf('docs/frameworks.md', 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  const lines = all.filter((line) => /\/versions\/imports |ml-worker import /.test(line))
  t.equal(lines.length, 4)
  const hasOnnx = (await missing('onnxruntime-web')) === undefined
  // The label of the model at hand.
  const own = (line: string) => line.replaceAll('churned', 'y')
  for (const line of lines.map(own)) {
    const project = line.includes('photos') ? 'photos' : 'churn'
    if (project === 'photos' && !hasOnnx) continue
    const place = join(folder, project)
    if (line.startsWith('npx ml-worker ')) {
      const words = wordsOf(line).slice(2)
      const ended = await runCommandLine(
        words.map((word) => (/^(model|golden)\./.test(word) ? join(place, word) : word)),
        { environment: { ML_WORKER_URL: service.url } },
      )
      t.match(ended, { code: 0 }, line)
    } else {
      const command = line.replaceAll('http://127.0.0.1:5001', service.url).replace('curl', 'curl -sS --fail-with-body')
      const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: place })
      t.match(JSON.parse(stdout), { version: 1 }, line)
    }
  }
  for (const project of hasOnnx ? ['churn', 'photos'] : ['churn']) {
    t.match((await get(`/api/projects/${project}/versions`)).body.versions, [{ version: 2 }, { version: 1 }])
  }

  const { versions } = (await get('/api/projects/churn/versions')).body
  const golden = JSON.parse(await readFile(join(folder, 'churn/golden.json'), 'utf8')) as Record<string, unknown>[]
  const rows = golden
    .slice(0, 3)
    .map((row) => Object.fromEntries(Object.entries(row).filter(([k]) => !/^y(\.|$)/.test(k))))
  const path = `/api/predict?model_run_id=${versions[0].model_run_id}&explain=true&probabilities=true`
  const { status, body } = await post(path, { features: rows })
  t.equal(status, 200, JSON.stringify(body))
  t.match(body.explanation_of, { y: { link: /^(logit|softmax|identity)$/, compared_with: 'training_rows' } })
  body.explanations.forEach(({ y: lines }: { y: ExplainedLine[] }) => {
    t.ok(lines.length > 0)
    for (const { base, contributions } of lines) {
      t.ok(Number.isFinite(base))
      t.ok(Object.values(contributions).some((value) => value !== 0))
    }
  })
})
