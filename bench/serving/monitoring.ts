// What monitoring costs a prediction of one row, in one worker, of the same artifact otherwise: counting its row, beside a version without a
// baseline; and scoring it by the forest of its training, beside one that is counted alone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import type { ServicePool } from '../../src/database/pool.ts'
import { decodeArtifact, encodeArtifact, readArtifactParameters } from '../../src/model/artifact.ts'
import type { Model } from '../../src/model/model.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import type { Letter } from './letter.ts'
import type { ServedModel } from './models.ts'
import { deploy, measurePairs, type PairFigures, projectOf, send, trainVersion } from './project.ts'
import { type Server, startWorker } from './servers.ts'
import { type WatchCost, watchCost } from './watch-cost.ts'

export interface MonitoringFigures {
  readonly counting: readonly PairFigures<'bare' | 'counted'>[]
  readonly scoring: readonly PairFigures<'counted' | 'scored'>[]
  readonly inProcess: readonly (WatchCost & { readonly name: string })[]
}

const SIDES = ['bare', 'counted', 'scored'] as const
type Side = (typeof SIDES)[number]
/** Of ordinary rows so many may be anomalous; scoring costs the same whatever it is. */
const ANOMALY_SHARE = 0.01
const SCORED = /^ml_worker_scored_rows_total\{.*\} [1-9]/gm

export async function measureMonitoring(
  pool: ServicePool,
  databaseUrl: string,
  models: readonly ServedModel[],
  given: {
    readonly folder: string
    readonly letter: Letter
    readonly rowFile: string
    readonly seconds: number
    readonly turns: number
  },
): Promise<MonitoringFigures> {
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  const settings = { REVIEW_SELF: 'allow', OVERLOAD_DELAY_MS: '600000' }
  const worker = await startWorker(databaseUrl, join(given.folder, 'data-monitoring'), undefined, settings)
  const classes = (await discoverModels('statistical')).models
  try {
    const counting: PairFigures<'bare' | 'counted'>[] = []
    const scoring: PairFigures<'counted' | 'scored'>[] = []
    let scoredProjects = 0
    const counted: { readonly name: string; readonly model: Model; readonly artifact: Buffer }[] = []
    for (const { name } of models.filter(({ labels }) => labels === 'letters')) {
      const project = projectOf(name)
      const urls = {} as Record<Side, string>
      for (const side of SIDES) {
        const own = `${project}-${side}`
        const run = await trainVersion(worker, { project: own, model: name, letter: given.letter })
        const model = classes.find((each) => each.model.name === name)?.model
        if (model === undefined) throw new Error(`${name} was not found`)
        if (side === 'bare') await takeBaseline(pool, run, model)
        if (side === 'counted') counted.push({ name, model, artifact: await artifactOf(pool, run) })
        await deploy(worker, own)
        urls[side] = `${worker.url}/api/projects/${own}/predict`
        if (side !== 'scored') continue
        const wanted = JSON.stringify({ anomaly_share: ANOMALY_SHARE })
        await send(worker, `/api/projects/${own}/monitoring`, wanted, { method: 'PUT' })
        await send(worker, `/api/projects/${own}/predict`, readFileSync(given.rowFile, 'utf8'))
        scoredProjects += 1
        await untilScored(worker, scoredProjects)
      }
      counting.push(...(await measurePairs(worker, name, ['bare', 'counted'], urls, given)))
      scoring.push(...(await measurePairs(worker, name, ['counted', 'scored'], urls, given)))
    }
    // This process does nothing else meanwhile: connections to the worker would be closed.
    const inProcess = counted.map(({ name, model, artifact }) => {
      return { name, ...watchCost(artifact, model, given.letter.asked) }
    })
    return { counting, scoring, inProcess }
  } finally {
    await worker.stop()
  }
}

/** Throws when there are not so many projects of which a row is scored within seconds. */
async function untilScored({ url }: Server, projects: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const figures = await (await fetch(`${url}/metrics`)).text()
    if ((figures.match(SCORED)?.length ?? 0) >= projects) return
    await pause(100)
  }
  throw new Error('no row was scored')
}

/** As an earlier worker has left it. */
async function takeBaseline(pool: ServicePool, run: number, model: Model): Promise<void> {
  const bytes = await artifactOf(pool, run)
  const bare = encodeArtifact(model, readArtifactParameters(bytes), decodeArtifact(bytes, model))
  await pool.query('update model_runs set run_result = $2 where id = $1', [run, bare])
}

async function artifactOf(pool: ServicePool, run: number): Promise<Buffer> {
  const { rows } = await pool.query<{ run_result: Buffer }>('select run_result from model_runs where id = $1', [run])
  return (rows[0] as { run_result: Buffer }).run_result
}
