// npm run bench:serving — trainings and predictions through HTTP: the worker beside a bare Fastify route and a Flask peer.
//
//   --only NAME[,NAME]   models (default all)       --seconds 2    of load at each point
//   --peer FOLDER        the Flask backend to measure beside it, run by PYTHON (default python3)
//   --repeats 3          trainings, of which the median counts
//   --against FOLDER     another checkout of this project, measured in turns with this one, and nothing else; with
//                        --repeats as the number of turns
//   --access             predictions of one row with a token beside those without, in turns, and nothing else; with
//                        --repeats as the number of turns
//   --project            predictions of one row by project beside those by run, in one worker, in turns, and nothing else;
//                        with --repeats as the number of pairs
//   --monitoring         the same of a deployment that counts its rows beside one without a baseline, and of one that scores
//                        them too beside one that counts alone
//   --experiment         the same of a project with an experiment beside one without, all with keys: they are split between two
//                        versions, or the other version predicts after the answer
//   --json FILE          all figures as JSON
//
// The load comes from wrk, which must be on the path.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { createPool } from '../../src/database/pool.ts'
import { createTables } from '../../src/database/schema.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { registerModel } from '../../src/registry/models-table.ts'
import { ACCESS_HEAD, accessLine, measureAccess } from './access.ts'
import { AGAINST_HEAD, againstLine, measureAgainst } from './against.ts'
import {
  FLOOR_HEAD,
  floorLines,
  type ModelFigures,
  measureFloor,
  measureModel,
  PREDICT_HEAD,
  predictLines,
  ROW_COUNTS,
  TRAIN_HEAD,
  trainLine,
} from './at-points.ts'
import { BESIDE_HEAD, besideLines, largeTrainingBody, measureBeside } from './beside.ts'
import { EXPERIMENT_HEAD, experimentLine, measureExperiment } from './experiment.ts'
import { readLetter } from './letter.ts'
import { wrkVersion } from './load.ts'
import { MODELS, type ServedModel } from './models.ts'
import { measureMonitoring } from './monitoring.ts'
import { measureProject, pairHead, pairLine } from './project.ts'
import { predictUrl, startBareRoute, startPeer, startWorker } from './servers.ts'
import { mb } from './words.ts'

const FOREST = 'random_forest_classifier'

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '2' },
      repeats: { type: 'string', default: '3' },
      peer: { type: 'string' },
      against: { type: 'string' },
      access: { type: 'boolean', default: false },
      project: { type: 'boolean', default: false },
      monitoring: { type: 'boolean', default: false },
      experiment: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const generator = wrkVersion()
  if (generator === undefined) {
    console.error('bench:serving needs wrk on the path as its load generator (the Debian package of that name).')
    process.exitCode = 1
    return
  }
  const machine = {
    date: new Date().toISOString(),
    cpu: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    node: process.version,
    generator,
  }
  console.log(Object.values(machine).join(', '))
  const only = options.only?.split(',')
  const figures = await bench({
    models: MODELS.filter(({ name }) => only?.includes(name) ?? true),
    seconds: Number(options.seconds),
    repeats: Number(options.repeats),
    peerFolder: options.peer,
    against: options.against,
    access: options.access,
    project: options.project,
    monitoring: options.monitoring,
    experiment: options.experiment,
  })
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, ...figures }, null, 1))
}

interface BenchOptions {
  readonly models: readonly ServedModel[]
  readonly seconds: number
  readonly repeats: number
  readonly peerFolder: string | undefined
  readonly against: string | undefined
  readonly access: boolean
  readonly project: boolean
  readonly monitoring: boolean
  readonly experiment: boolean
}

/** Everything in its order; whatever happens, nothing is left running. */
async function bench({
  models,
  seconds,
  repeats,
  peerFolder,
  against,
  access,
  project,
  monitoring,
  experiment,
}: BenchOptions): Promise<object> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'bench-serving-'))
  stack.defer(async () => rmSync(folder, { recursive: true, force: true }))
  // As root the embedded PostgreSQL runs as another user, who must get through.
  chmodSync(folder, 0o755)
  const log = pino({ level: 'warn' })
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
  stack.defer(() => postgres.stop())
  const pool = createPool(postgres.url(), log)
  stack.defer(() => pool.end())
  await createTables(pool)
  await registerAll(pool)

  const letter = readLetter()
  const bodies = new Map(
    ROW_COUNTS.map((rows) => {
      const path = join(folder, `${rows}.json`)
      writeFileSync(path, JSON.stringify({ features: letter.asked.slice(0, rows) }))
      return [rows, path]
    }),
  )
  const trainingBody = (labels: ServedModel['labels'], parameters: object = {}): string =>
    JSON.stringify({ features: letter.features, labels: labels === 'none' ? [] : letter[labels], parameters })

  const bodyOf = ({ labels }: ServedModel): string => trainingBody(labels)
  if (access) {
    const rowFile = bodies.get(1) as string
    const given = { folder, bodyOf, rowFile, seconds, turns: repeats }
    const figures = await measureAccess(pool, postgres.url(), models, given)
    print(ACCESS_HEAD, figures.map(accessLine))
    return { access: figures }
  }

  if (project) {
    const given = { folder, letter, rowFile: bodies.get(1) as string, seconds, turns: repeats }
    const figures = await measureProject(postgres.url(), models, given)
    const lines = figures.map((each) => pairLine(each, ['run', 'project']))
    print(pairHead('by run', 'by project'), lines)
    return { project: figures }
  }

  if (monitoring) {
    const given = { folder, letter, rowFile: bodies.get(1) as string, seconds, turns: repeats }
    const figures = await measureMonitoring(pool, postgres.url(), models, given)
    const counting = figures.counting.map((each) => pairLine(each, ['bare', 'counted']))
    print(pairHead('without a baseline', 'counted'), counting)
    const scoring = figures.scoring.map((each) => pairLine(each, ['counted', 'scored']))
    print(pairHead('counted', 'counted and scored'), scoring)
    const inProcess = figures.inProcess.map(({ name, countUs, scoreUs }) => {
      return `| ${name} | ${countUs.toFixed(2)} | ${scoreUs.toFixed(2)} |`
    })
    print('| one row in one process | counting µs | scoring µs |\n| --- | --: | --: |', inProcess)
    return { monitoring: figures }
  }

  if (experiment) {
    const given = { folder, letter, rowFile: bodies.get(1) as string, seconds, turns: repeats }
    const figures = await measureExperiment(postgres.url(), models, given)
    print(EXPERIMENT_HEAD, figures.map(experimentLine))
    return { experiment: figures }
  }

  if (against !== undefined) {
    const parts = {
      database: pool,
      databaseUrl: postgres.url(),
      folder,
      against,
      bodyOf,
      bodies,
      seconds,
      turns: repeats,
    }
    const paired = await measureAgainst(parts, models)
    print(AGAINST_HEAD, paired.map(againstLine))
    return { paired }
  }

  const dataDir = join(folder, 'data')
  const start = () => startWorker(postgres.url(), dataDir)
  const first = await start()
  await sleep(2000)
  await first.stop()
  const worker = await start()
  stack.defer(() => worker.stop())
  // The trainer has settled by then.
  await sleep(3000)
  const rest = worker.memory()
  console.log(
    `\nStart to ready: ${worker.startSeconds.toFixed(2)} s (the time before: ${first.startSeconds.toFixed(2)} s). ` +
      `At rest: ${mb(rest.nowMb)}, with the waiting trainer ${mb(rest.nowMb + rest.trainerNowMb)}.`,
  )

  const bare = await startBareRoute()
  const floor = await measureFloor(bare, bodies, seconds)
  await bare.stop()
  print(FLOOR_HEAD, floorLines(floor))

  const python = process.env['PYTHON'] ?? 'python3'
  const peer = peerFolder === undefined ? undefined : await startPeer(peerFolder, python, postgres.url())
  stack.defer(async () => peer?.stop())
  if (peer === undefined) console.log('\nNo comparison with a peer: none was given (--peer FOLDER).')
  const results: ModelFigures[] = []
  for (const model of models) {
    const given = { body: trainingBody(model.labels), bodies, seconds, repeats }
    results.push(await measureModel(pool, { worker, peer }, model, given))
    console.error(`measured ${model.name}`)
  }
  print(TRAIN_HEAD, results.map(trainLine))
  print(
    PREDICT_HEAD,
    results.flatMap((result) => predictLines(result, floor)),
  )

  const forest = results.find(({ name }) => name === FOREST)?.ours.run
  if (forest === undefined) return { rest, floor: [...floor], results }
  const oneRow = { run: forest, bodyFile: bodies.get(1) as string }
  const long = {
    what: 'a training of 3,000 trees',
    model: FOREST,
    body: trainingBody('letters', { n_estimators: 3000 }),
  }
  const body = largeTrainingBody()
  const large = { what: `a training body of ${mb(body.length / 1e6)}`, model: 'gaussian_naive_bayes', body }
  const beside = [await measureBeside(pool, worker, long, oneRow), await measureBeside(pool, worker, large, oneRow)]
  print(BESIDE_HEAD, beside.flatMap(besideLines))
  const memory = worker.memory()
  console.log(`\nThe highest resident memory of the service: ${mb(memory.peakMb)}.`)

  await worker.stop()
  const again = await start()
  stack.defer(() => again.stop())
  const startedAt = performance.now()
  const headers = { 'content-type': 'application/json' }
  const rows = JSON.stringify({ features: letter.asked.slice(0, 1) })
  const answer = await fetch(predictUrl(again, forest), { method: 'POST', headers, body: rows })
  await answer.text()
  const firstPredictionMs = performance.now() - startedAt
  console.log(`The first prediction after a restart (${answer.status}), forest: ${firstPredictionMs.toFixed(1)} ms.`)
  return { rest, floor: [...floor], results, beside, memory, firstPredictionMs }
}

/** As an operator's migration would. */
async function registerAll(pool: pg.Pool): Promise<void> {
  const { models } = await discoverModels('statistical')
  for (const { model, type, className } of models) {
    await registerModel(pool, { name: model.name, type, className, description: 'of a benchmark' })
  }
}

function print(head: string, lines: readonly string[]): void {
  console.log(`\n${[head, ...lines].join('\n')}`)
}

await main()
