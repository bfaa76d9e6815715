// What it costs to predict by project: one row by /api/projects/{project}/predict as a ratio to the same row by /api/predict, with the
// same version in the same worker, in turns.

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import type { Letter } from './letter.ts'
import { load } from './load.ts'
import type { ServedModel } from './models.ts'
import { predictUrl, type Server, startWorker } from './servers.ts'
import { medianBy } from './words.ts'

const CONNECTIONS = [1, 4]
const WARM_SECONDS = 2
const POLL_MS = 50
const SIDES = ['run', 'project'] as const
type Side = (typeof SIDES)[number]

export interface ProjectFigures {
  readonly name: string
  readonly connections: number
  /** Medians over the turns, in µs of the worker's CPU for a prediction. */
  readonly cpu: Readonly<Record<Side, number>>
  /** By project as a ratio to by run: medians over the pairs. */
  readonly cpuRatio: number
  readonly timeRatio: number
}

export async function measureProject(
  databaseUrl: string,
  models: readonly ServedModel[],
  given: {
    readonly folder: string
    readonly letter: Letter
    readonly rowFile: string
    readonly seconds: number
    readonly turns: number
  },
): Promise<readonly ProjectFigures[]> {
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  // A machine that has other work to do is no load of ours.
  const settings = { REVIEW_SELF: 'allow', OVERLOAD_DELAY_MS: '600000' }
  const worker = await startWorker(databaseUrl, join(given.folder, 'data-project'), undefined, settings)
  try {
    const figures: ProjectFigures[] = []
    for (const { name } of models.filter(({ labels }) => labels === 'letters')) {
      const run = await deployed(worker, name, given.letter)
      const urls = { run: predictUrl(worker, run), project: `${worker.url}/api/projects/${projectOf(name)}/predict` }
      for (const connections of CONNECTIONS) {
        const measure = async (side: Side, seconds: number) => {
          const before = worker.cpuSeconds()
          const point = { url: urls[side], connections, seconds, bodyFile: given.rowFile }
          const { requestsPerSecond, requests, errors } = await load(point)
          if (errors > 0) throw new Error(`${errors} predictions of ${name} by ${side} failed`)
          return { perSecond: requestsPerSecond, cpu: ((worker.cpuSeconds() - before) / requests) * 1e6 }
        }
        for (const side of SIDES) await measure(side, WARM_SECONDS)
        const pairs: Record<Side, { readonly perSecond: number; readonly cpu: number }>[] = []
        for (let turn = 0; turn < given.turns; turn++) {
          const [first, second] = turn % 2 === 0 ? SIDES : ([...SIDES].reverse() as [Side, Side])
          const measured = {
            [first]: await measure(first, given.seconds),
            [second]: await measure(second, given.seconds),
          }
          pairs.push(measured as (typeof pairs)[number])
        }
        const medianOf = (of: (pair: (typeof pairs)[number]) => number): number => of(medianBy(pairs, of))
        figures.push({
          name,
          connections,
          cpu: { run: medianOf(({ run: { cpu } }) => cpu), project: medianOf(({ project: { cpu } }) => cpu) },
          cpuRatio: medianOf((pair) => pair.project.cpu / pair.run.cpu),
          timeRatio: medianOf((pair) => pair.run.perSecond / pair.project.perSecond),
        })
      }
    }
    return figures
  } finally {
    await worker.stop()
  }
}

const projectOf = (model: string): string => model.replaceAll('_', '-')

/** Trains and deploys a version of a project; gives its run. */
async function deployed({ url }: Server, model: string, letter: Letter): Promise<number> {
  const name = projectOf(model)
  const post = async (path: string, body: string, type = 'application/json') => {
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': type }, body })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { model_run_id: number }
  }
  const untilThere = async (path: string): Promise<void> => {
    while (!(await fetch(url + path)).ok) await pause(POLL_MS)
  }
  const rows = letter.features.map((row, i) => ({ ...row, ...letter.letters[i] }))
  const names = Object.keys(rows[0] ?? {})
  const lines = rows.map((row) => names.map((column) => (row as Record<string, unknown>)[column]).join())
  await post(
    `/api/datasets?name=${name}&labels=${Object.keys(letter.letters[0] ?? {})}`,
    `${names.join()}\n${lines.join('\n')}\n`,
    'text/csv',
  )
  await post('/api/projects', JSON.stringify({ name, model_name: model, dataset_name: name }))
  const { model_run_id: run } = await post(`/api/projects/${name}/versions`, '{}')
  await untilThere(`/api/projects/${name}/versions/1`)
  await post(`/api/projects/${name}/versions/1/reviews`, JSON.stringify({ decision: 'approved' }))
  const place = `/api/projects/${name}/environments/production`
  await post(`${place}/deployments`, JSON.stringify({ version: 1 }))
  await untilThere(`${place}/current`)
  return run
}

export const PROJECT_HEAD = `| model | connections | CPU µs by run | by project | CPU ratio | time ratio |
| --- | --: | --: | --: | --: | --: |`

export function projectLine({ name, connections, cpu, cpuRatio, timeRatio }: ProjectFigures): string {
  const cells = [cpu.run.toFixed(1), cpu.project.toFixed(1), cpuRatio.toFixed(3), timeRatio.toFixed(3)]
  return `| ${[name, connections, ...cells].join(' | ')} |`
}
