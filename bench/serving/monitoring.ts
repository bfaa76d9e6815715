// What it costs to count what a deployment predicts: one row by a project whose version has a baseline as a ratio to the same row by one
// whose version has none, of the same artifact otherwise, in one worker, in turns.
import { join } from 'node:path'
import pino from 'pino'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import type { ServicePool } from '../../src/database/pool.ts'
import { decodeArtifact, encodeArtifact, readArtifactParameters } from '../../src/model/artifact.ts'
import type { Model } from '../../src/model/model.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import type { Letter } from './letter.ts'
import type { ServedModel } from './models.ts'
import { deploy, measurePairs, type PairFigures, projectOf, trainVersion } from './project.ts'
import { startWorker } from './servers.ts'

export type MonitoringFigures = PairFigures<'bare' | 'counted'>

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
): Promise<readonly MonitoringFigures[]> {
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  const settings = { REVIEW_SELF: 'allow', OVERLOAD_DELAY_MS: '600000' }
  const worker = await startWorker(databaseUrl, join(given.folder, 'data-monitoring'), undefined, settings)
  const classes = (await discoverModels('statistical')).models
  try {
    const figures: MonitoringFigures[] = []
    for (const { name } of models.filter(({ labels }) => labels === 'letters')) {
      const project = projectOf(name)
      const urls = {} as Record<'bare' | 'counted', string>
      for (const side of ['counted', 'bare'] as const) {
        const own = `${project}-${side}`
        const run = await trainVersion(worker, { project: own, model: name, letter: given.letter })
        const found = classes.find(({ model }) => model.name === name)
        if (side === 'bare' && found !== undefined) await takeBaseline(pool, run, found.model)
        await deploy(worker, own)
        urls[side] = `${worker.url}/api/projects/${own}/predict`
      }
      figures.push(...(await measurePairs(worker, name, ['bare', 'counted'], urls, given)))
    }
    return figures
  } finally {
    await worker.stop()
  }
}

/** As an earlier worker has left it. */
async function takeBaseline(pool: ServicePool, run: number, model: Model): Promise<void> {
  const { rows } = await pool.query<{ run_result: Buffer }>('select run_result from model_runs where id = $1', [run])
  const bytes = (rows[0] as { run_result: Buffer }).run_result
  const bare = encodeArtifact(model, readArtifactParameters(bytes), decodeArtifact(bytes, model))
  await pool.query('update model_runs set run_result = $2 where id = $1', [run, bare])
}
