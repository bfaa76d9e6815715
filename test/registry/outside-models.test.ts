// A folder of models outside this repository, with npm packages of its own: the one of docs/model-developers.md, through
// the command line and the service, and what must hold of every such folder.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { PROJECT, runCommandLine } from '../support/command-line.ts'
import { csvRows } from '../support/csv-rows.ts'
import { createTestDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { copyProject, wordsOf } from '../support/project-copy.ts'
import { startTestProcess } from '../support/worker-process.ts'

const run = promisify(execFile)
const PAGE = 'docs/model-developers.md'
/** Of env: takes away what tap gives every process of a test, which tsc cannot be loaded with. */
const PLAIN = ['-i', `PATH=${process.env['PATH']}`]

/** A package of CommonJS with types beside it, as many on npm are. */
const STATISTICS: Readonly<Record<string, string>> = {
  'package.json': '{"name": "simple-statistics", "version": "7.8.8", "main": "index.js", "types": "index.d.ts"}',
  'index.js': `exports.quantile = (values, p) => [...values].sort((a, b) => a - b)[Math.floor(p * (values.length - 1))]`,
  'index.d.ts': 'export function quantile(values: readonly number[], p: number): number',
}
/** Another copy of the worker, which must never be loaded. */
const ANOTHER_WORKER: Readonly<Record<string, string>> = {
  'package.json':
    '{"name": "ml-worker", "version": "0.0.1", "exports": {"./model": "./no.js", "./learning": "./no.js"}}',
  'no.js': `throw new Error('another copy of ml-worker was loaded')`,
}
/** Its fit runs on the threads of the team, which load this file, and with it the entry, for themselves. */
const ON_A_TEAM = `
  import {
    BaseModel, type EstimatorState, type FitContext, type FittedRegressor, inSharedMemory, type Matrix, StateError,
    sharedFloat64, type TeamMember,
  } from 'ml-worker/model'

  interface Input { readonly values: Float64Array; readonly sums: Float64Array }

  export function sumPart({ values, sums }: Input, { index, count, barrier }: TeamMember): number {
    for (let i = index; i < values.length; i += count) sums[index] = (sums[index] as number) + (values[i] as number)
    barrier.wait()
    return sums.reduce((sum, part) => sum + part, 0) / values.length
  }

  class TeamMean {
    static readonly parameters = {}
    readonly kind = 'regressor'
    readonly abilities = { missing: true, categories: true }

    async fit(x: Matrix, y: Float64Array, { team, stop, report }: FitContext): Promise<FittedRegressor> {
      const input = { values: inSharedMemory(y), sums: sharedFloat64(team.threadCount) }
      const place = { module: import.meta.url, exportName: 'sumPart' }
      const [mean = Number.NaN] = await team.run(sumPart, place, input, stop)
      report(1, 1, 'sums')
      return fittedMean(x.columns.length, mean)
    }

    restore({ columnCount, mean }: EstimatorState): FittedRegressor {
      if (typeof columnCount !== 'number' || typeof mean !== 'number') throw new StateError('expected a mean')
      return fittedMean(columnCount, mean)
    }
  }

  export default class OnATeam extends BaseModel {
    readonly name = 'on_a_team'
    readonly estimator = TeamMean
  }

  function fittedMean(columnCount: number, mean: number): FittedRegressor {
    const predict = ({ rowCount }: { readonly rowCount: number }) => new Float64Array(rowCount).fill(mean)
    return { kind: 'regressor', columnCount, predict, toState: () => ({ columnCount, mean }) }
  }`
const BROKEN = `import { nothing } from 'not-installed'\nexport default class {}`

/** A folder that lies in no project, with the files of the page in clinic-models/ and this project in ml-worker/. */
async function outsideFolder(t: Test): Promise<{ folder: string; models: string; project: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-outside-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }))
  const [models, project] = [join(folder, 'clinic-models'), join(folder, 'ml-worker')]
  await copyProject(project)
  const page = await readFile(join(PROJECT, PAGE), 'utf8')
  const files = page.matchAll(/`clinic-models\/([\w./-]+)`[^`]*?\n\n```\w+\n(.*?)^```/gms)
  await writeFiles(models, Object.fromEntries([...files].map(([, path, text]) => [path, text as string])))
  await writeFiles(join(models, 'node_modules/simple-statistics'), STATISTICS)
  return { folder, models, project }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

t.test('the folder of the page is checked, trains and predicts by the commands of the page', async (t) => {
  const { models, project } = await outsideFolder(t)
  const blocks = (await blocksOf(PAGE, 'sh')).flatMap(({ text }) => text.trim().split('\n'))
  const lines = blocks.filter((line) => line.includes('clinic-models') && !line.startsWith('docker '))
  t.equal(lines.length, 4)
  const outputs: string[] = []
  for (const line of lines) {
    const [, MODELS_DIR, command = ''] = /^(?:MODELS_DIR=(\S+) )?npx ml-worker (.*)$/.exec(line) ?? []
    const environment: Record<string, string> = MODELS_DIR === undefined ? {} : { MODELS_DIR }
    const { code, out, err } = await runCommandLine(wordsOf(command), { folder: project, environment })
    t.equal(code, 0, `${line}: ${out}${err}`)
    outputs.push(out)
  }
  const [checked, trained, predicted, listed] = outputs
  t.match(checked, /DiseaseProgression, the regressor "disease_progression"/)
  t.match(checked, / 0 failed\n$/)
  t.match(trained, /^metric +training +validation\nr2 +0\.[45]/)
  t.match(predicted, /^progression\r\n\d+/)
  t.equal(predicted?.trim().split('\r\n').length, 443)
  t.match(listed, /^disease_progression +usable +regressor /m)

  await writeFiles(models, { 'on_a_team.ts': ON_A_TEAM })
  const tsc = (): Promise<string> =>
    run('env', [...PLAIN, join(PROJECT, 'node_modules/.bin/tsc'), '--project', '.'], { cwd: models }).then(
      () => 'no error',
      ({ stdout }) => stdout,
    )
  t.equal(await tsc(), 'no error', 'its types are those of the worker')
  const wrong = `import { BaseModel } from 'ml-worker/model'\nexport default class extends BaseModel { readonly name = 3 }`
  await writeFiles(models, { 'wrong.ts': wrong })
  t.match(await tsc(), /^wrong\.ts\(2,.*estimator/)
})

t.test('the service trains and predicts with it, in every process and thread, beside another copy', async (t) => {
  const { folder, models } = await outsideFolder(t)
  await writeFiles(join(models, 'node_modules/ml-worker'), ANOTHER_WORKER)
  await writeFiles(models, { 'on_a_team.ts': ON_A_TEAM, 'broken.js': BROKEN })
  const database = await createTestDatabase(t)
  for (const name of ['disease_progression', 'on_a_team']) await database.registerModel(name)
  const { logged, train, predict, post } = await startTestProcess(t, {
    DATABASE_URL: database.url,
    MODELS_DIR: models,
    DATA_DIR: join(folder, 'data'),
    TRAIN_THREADS: '2',
  })
  t.match(
    logged.filter(({ msg }) => msg === 'a model file was skipped'),
    [{ file: 'broken.js', reason: /^Cannot find package 'not-installed' imported from .*broken\.js$/ }],
  )

  // Above 128 KiB, so that the intake thread reads them.
  const diabetes = csvRows('diabetes', ['progression'])
  const features = Array.from({ length: 4 }, () => diabetes.features).flat()
  const labels = Array.from({ length: 4 }, () => diabetes.labels).flat()
  t.ok(JSON.stringify({ features, labels }).length > 2 ** 17)
  const run = await database.insertRun('disease_progression')
  t.match(await train('disease_progression', run, { features, labels }), { status: 200 })
  t.equal(await database.ended(run), 'SUCCESS')
  t.ok(Number((await database.metrics(run))['r2']) > 0.45)

  const few = (await predict(run, { features: features.slice(0, 1) })).body.predictions
  const names = Object.keys(features[0] as object)
  const lines = Array.from({ length: 100 }, () => features.map((row) => Object.values(row).join(',')))
  const csv = [names.join(','), ...lines.flat()].join('\n')
  const many = await post(`/api/predict?model_run_id=${run}`, csv, { 'content-type': 'text/csv' })
  t.equal(many.body.predictions.length, 100 * features.length)
  t.same(many.body.predictions[0], few[0])

  const refused = await train('on_a_team', await database.insertRun('on_a_team'), {
    features,
    labels,
    parameters: { depth: 3 },
  })
  t.match(refused, { status: 400, body: { errors: [{ in: 'parameters', parameter: 'depth' }] } })
  const onTeam = await database.insertRun('on_a_team')
  t.equal((await train('on_a_team', onTeam, { features, labels })).status, 200)
  t.equal(await database.ended(onTeam), 'SUCCESS')
  const mean = labels.reduce((sum, { progression }) => sum + Number(progression), 0) / labels.length
  const [answer] = (await predict(onTeam, { features: features.slice(0, 1) })).body.predictions
  t.ok(Math.abs(answer.progression - mean) < 1e-9)
})

t.test('a class of a folder outside may take over one of this repository, and a script uses the engine', async (t) => {
  const { folder, models } = await outsideFolder(t)
  const ridge = join(PROJECT, 'statistical/ridge_regression.ts')
  await writeFiles(models, { 'ridge.ts': `export { default } from ${JSON.stringify(ridge)}` })
  const listed = await runCommandLine(['models', '--dir', models, '--json'])
  t.match(JSON.parse(listed.out), { models: [{ name: 'disease_progression' }, { name: 'ridge_regression' }] })
  await mkdir(join(folder, 'examples'))
  await cp(join(PROJECT, 'examples/data'), join(folder, 'examples/data'), { recursive: true })
  const script = await readFile(join(PROJECT, 'examples/library/iris.ts'), 'utf8')
  await writeFiles(folder, { 'package.json': '{"type": "module"}', 'examples/library/iris.ts': script })
  const setup = join(PROJECT, 'bin/node-setup.cjs')
  const { stdout } = await run(process.execPath, ['--require', setup, join(folder, 'examples/library/iris.ts')])
  t.match(stdout, /the restored forest predicts the same/)
})

t.test('what cannot be imported is told with what to do', async (t) => {
  const { folder, models } = await outsideFolder(t)
  await writeFiles(join(models, 'node_modules/in-types'), {
    'package.json': '{"name": "in-types", "type": "module", "exports": "./index.ts"}',
    'index.ts': 'export const one: number = 1',
  })
  for (const [source, says] of [
    [BROKEN, /Cannot find package 'not-installed'.*\n {4}→ run npm install PACKAGE in the folder of the model/],
    [`import { one } from 'in-types'`, /\n {4}→ below node_modules Node runs JavaScript only/],
    [`import { BaseModel } from 'ml-worker'`, /\n {4}→ import from ml-worker\/model, /],
    [`import { BaseModel } from 'ml-worker/src/model/base-model.ts'`, /\n {4}→ import from ml-worker\/model, /],
    [`import { BaseModels } from 'ml-worker/model'`, /BaseModels.*\n {4}→ .*docs\/library\.md lists/],
    [`import './steps/nothing.ts'`, /\n {4}→ mend the path of the import/],
  ] as const) {
    await writeFiles(models, { 'wrong.ts': source })
    const { code, err } = await runCommandLine(['check', join(models, 'wrong.ts')])
    t.match({ code, err }, { code: 1, err: says }, source)
  }
  const environment = { MODELS_DIR: models, DATA_DIR: join(folder, 'data') }
  const { checks } = JSON.parse((await runCommandLine(['doctor', '--json'], { environment })).out)
  t.match(
    checks.filter(({ subject }: { subject: string }) => subject === 'models'),
    [
      { level: 'ok', detail: `1 classes in ${models}` },
      { level: 'warning', remedy: `npx ml-worker check ${join(models, 'wrong.ts')}` },
    ],
  )
})
