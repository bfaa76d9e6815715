// What an experiment costs: the same requests, with keys, by a project where nothing runs and by one with an experiment, in turns, in one
// worker: one whose keys are split, and one whose other arm predicts after the answer. All rows are logged.
import { join } from 'node:path'
import pino from 'pino'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { INTERLEAVED_HEAD, interleavedCells } from './interleaved.ts'
import type { Letter } from './letter.ts'
import type { ServedModel } from './models.ts'
import { deploy, measurePairs, type PairFigures, projectOf, send, trainVersion, untilThere } from './project.ts'
import { type Server, startWorker } from './servers.ts'

/** Units of an experiment. */
const KEYS = 10_000
const KINDS = ['split', 'shadow'] as const

export interface ExperimentFigures extends PairFigures<'idle' | 'running'> {
  readonly experiment: (typeof KINDS)[number]
}

export async function measureExperiment(
  databaseUrl: string,
  models: readonly ServedModel[],
  given: {
    readonly folder: string
    readonly letter: Letter
    readonly rowFile: string
    readonly seconds: number
    readonly turns: number
  },
): Promise<readonly ExperimentFigures[]> {
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  const settings = { REVIEW_SELF: 'allow', OVERLOAD_DELAY_MS: '600000' }
  const worker = await startWorker(databaseUrl, join(given.folder, 'data-experiment'), undefined, settings)
  try {
    const figures: ExperimentFigures[] = []
    for (const { name } of models.filter(({ labels }) => labels === 'letters')) {
      const urlOf = (project: string): string => `${worker.url}/api/projects/${project}/predict`
      const idle = `${projectOf(name)}-idle`
      await prepare(worker, idle, { model: name, letter: given.letter })
      for (const experiment of KINDS) {
        const project = `${projectOf(name)}-${experiment}`
        await prepare(worker, project, { model: name, letter: given.letter })
        await start(worker, project, experiment)
        const urls = { idle: urlOf(idle), running: urlOf(project) }
        const keys = { idle: KEYS, running: KEYS }
        const pairs = await measurePairs(worker, name, ['idle', 'running'], urls, { ...given, keys })
        figures.push(...pairs.map((pair) => ({ ...pair, experiment })))
      }
    }
    return figures
  } finally {
    await worker.stop()
  }
}

/** Two approved versions, of which the first is deployed; every row is logged. */
async function prepare(worker: Server, project: string, of: { readonly model: string; readonly letter: Letter }) {
  await trainVersion(worker, { project, ...of })
  const path = `/api/projects/${project}`
  await send(worker, `${path}/versions`, '{"validation_split":0.1}')
  await untilThere(worker, `${path}/versions/2`)
  await send(worker, `${path}/versions/2/reviews`, JSON.stringify({ decision: 'approved' }))
  await deploy(worker, project)
  await send(worker, `${path}/monitoring`, JSON.stringify({ log: 'all' }), { method: 'PUT' })
}

async function start(worker: Server, project: string, mode: string): Promise<void> {
  const path = `/api/projects/${project}/experiments`
  const arms = [1, 2].map((version) => ({ name: `v${version}`, version, share: 0.5 }))
  const { id } = await send(worker, path, JSON.stringify({ name: 'bench', mode, arms }))
  await send(worker, `${path}/${id}/start`, '{}')
}

export const EXPERIMENT_HEAD = `| model | experiment | connections | CPU µs without | with | CPU ratio | time ratio | p99 ratio | ${INTERLEAVED_HEAD} |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |`

export function experimentLine(figures: ExperimentFigures): string {
  const { name, experiment, connections, cpu, cpuRatio, timeRatio, p99Ratio, interleaved } = figures
  const cells = [
    cpu.idle.toFixed(1),
    cpu.running.toFixed(1),
    ...[cpuRatio, timeRatio, p99Ratio].map((x) => x.toFixed(3)),
    ...interleavedCells(['idle', 'running'], interleaved),
  ]
  return `| ${[name, experiment, connections, ...cells].join(' | ')} |`
}
