// One row through HTTP: POST /api/predict of the worker, a Fastify route on onnxruntime-node, and FastAPI on the framework.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { freePort } from '../../src/database/free-port.ts'
import { createPool } from '../../src/database/pool.ts'
import { createTables } from '../../src/database/schema.ts'
import { encodeArtifact } from '../../src/model/artifact.ts'
import { registerModel } from '../../src/registry/models-table.ts'
import { startWorker } from '../serving/servers.ts'
import { FRAMEWORKS, SCRIPT } from './frameworks.ts'
import { middle, pipelineOf } from './measure-here.ts'
import ImportedTrees from './models/imported_trees.ts'
import { OneCaller } from './one-caller.ts'
import { untilOk } from './until-ok.ts'

export interface Given {
  readonly folder: string
  readonly rows: readonly Record<string, number>[]
  readonly python: string
  readonly seconds: number
  readonly onnxruntime: string | undefined
}

interface Point {
  readonly name: string
  readonly callers: readonly OneCaller[]
}
const TURNS = 5
const CALLERS = 8

/** Lines of a table. Whatever happens, nothing is left running. */
export async function measureHttp(given: Given): Promise<string[]> {
  const { folder, rows, seconds, onnxruntime } = given
  await using stack = new AsyncDisposableStack()
  chmodSync(folder, 0o755)
  const log = pino({ level: 'warn' })
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), log)
  stack.defer(() => postgres.stop())
  const pool = createPool(postgres.url(), log)
  stack.defer(() => pool.end())
  await createTables(pool)
  const model = new ImportedTrees()
  await registerModel(pool, { name: model.name, type: 'model', className: model.name, description: 'of a benchmark' })
  const runs: number[] = []
  for (const framework of FRAMEWORKS) {
    const { rows: made } = await pool.query<{ id: number }>(
      `insert into model_runs (model_id, run_date, run_status, run_result)
       select id, localtimestamp, 'SUCCESS', $2 from models where name = $1 returning id`,
      [model.name, encodeArtifact(model, {}, pipelineOf(folder, framework))],
    )
    runs.push(Number(made[0]?.id))
  }
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  const models = fileURLToPath(new URL('./models', import.meta.url))
  const worker = await startWorker(postgres.url(), dataDir, undefined, { MODELS_DIR: models })
  stack.defer(() => worker.stop())
  const row = rows[0] as Record<string, number>
  const points: Point[] = []
  const add = (name: string, url: string, body: unknown): void => {
    const callers = Array.from({ length: CALLERS }, () => new OneCaller(url, JSON.stringify(body)))
    stack.defer(async () => {
      for (const caller of callers) caller.close()
    })
    points.push({ name, callers })
  }
  for (const [k, framework] of FRAMEWORKS.entries()) {
    add(`${framework}, here`, `${worker.url}/api/predict?model_run_id=${runs[k]}`, { features: [row] })
  }
  for (const framework of FRAMEWORKS) {
    const port = await freePort()
    stack.defer(start(given.python, [SCRIPT, 'serve', folder, framework, String(port)]))
    await untilOk(`http://127.0.0.1:${port}/health`)
    add(`${framework}, FastAPI`, `http://127.0.0.1:${port}/predict`, { rows: [row] })
  }
  if (onnxruntime !== undefined) {
    const port = await freePort()
    const server = fileURLToPath(new URL('./onnx-server.ts', import.meta.url))
    stack.defer(start(process.execPath, [server, onnxruntime, join(folder, 'lightgbm.onnx'), String(port)]))
    await untilOk(`http://127.0.0.1:${port}/health`)
    add('lightgbm, onnxruntime-node', `http://127.0.0.1:${port}/predict`, { features: [row] })
  }
  const alone = new Map(points.map(({ name }) => [name, [] as number[]]))
  const together = new Map(points.map(({ name }) => [name, [] as number[]]))
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { name, callers } of points) {
      const forMs = (1000 * seconds) / TURNS
      alone.get(name)?.push((await (callers[0] as OneCaller).callFor(forMs)).medianMs)
      const startedAt = performance.now()
      const made = await Promise.all(callers.map((caller) => caller.callFor(forMs)))
      const calls = made.reduce((sum, { count }) => sum + count, 0)
      together.get(name)?.push((performance.now() - startedAt) / calls)
    }
  }
  const lines = points.map(({ name }) => {
    const [ms, msEach] = [alone, together].map((times) => middle(times.get(name) as number[])) as [number, number]
    const [ours, oursEach] = [alone, together].map((times) =>
      middle(times.get(`${name.split(',')[0]}, here`) as number[]),
    )
    const said = `${(1000 * ms).toFixed(0).padStart(6)} µs · ${(1000 / msEach).toFixed(0).padStart(6)}/s`
    return `${name.padEnd(28)} ${said}   × ${(ms / (ours as number)).toFixed(1)} · ${(msEach / (oursEach as number)).toFixed(1)}`
  })
  return [`one row through HTTP: one caller (median) · ${CALLERS} callers at once`, ...lines]
}

function start(command: string, args: readonly string[]): () => Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return async () => {
    child.kill('SIGKILL')
    await ended
  }
}
