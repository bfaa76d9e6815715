// What it costs to predict by project: one row by /api/projects/{project}/predict as a ratio to the same row by /api/predict, with the
// same version in the same worker, in turns.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { INTERLEAVED_HEAD, type InterleavedFigures, interleavedCells, measureInterleaved } from './interleaved.ts'
import type { Letter } from './letter.ts'
import { load } from './load.ts'
import type { ServedModel } from './models.ts'
import { predictUrl, type Server, startWorker } from './servers.ts'
import { medianBy } from './words.ts'

const CONNECTIONS = [1, 4]
const WARM_SECONDS = 2
const POLL_MS = 50

export interface PairFigures<Side extends string> {
  readonly name: string
  readonly connections: number
  /** Medians over the turns, in µs of the worker's CPU for a prediction. */
  readonly cpu: Readonly<Record<Side, number>>
  /** The second side as a ratio to the first one: medians over the pairs. */
  readonly cpuRatio: number
  readonly timeRatio: number
  readonly p99Ratio: number
  /** Of one connection: requests of both sides one by one. */
  readonly interleaved?: InterleavedFigures<Side>
}
export type ProjectFigures = PairFigures<'run' | 'project'>

interface PairGiven<Side extends string> {
  readonly rowFile: string
  readonly seconds: number
  readonly turns: number
  /** How many keys the requests of a side give in turn. */
  readonly keys?: Readonly<Partial<Record<Side, number>>>
}

export async function measureProject(
  databaseUrl: string,
  models: readonly ServedModel[],
  given: PairGiven<'run' | 'project'> & { readonly folder: string; readonly letter: Letter },
): Promise<readonly ProjectFigures[]> {
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  // A machine that has other work to do is no load of ours.
  const settings = { REVIEW_SELF: 'allow', OVERLOAD_DELAY_MS: '600000' }
  const worker = await startWorker(databaseUrl, join(given.folder, 'data-project'), undefined, settings)
  try {
    const figures: ProjectFigures[] = []
    for (const { name } of models.filter(({ labels }) => labels === 'letters')) {
      const project = projectOf(name)
      const run = await trainVersion(worker, { project, model: name, letter: given.letter })
      await deploy(worker, project)
      const urls = { run: predictUrl(worker, run), project: `${worker.url}/api/projects/${project}/predict` }
      figures.push(...(await measurePairs(worker, name, ['run', 'project'], urls, given)))
    }
    return figures
  } finally {
    await worker.stop()
  }
}

/** Two URLs of one worker in turns; who begins changes with each. */
export async function measurePairs<Side extends string>(
  worker: Server,
  name: string,
  sides: readonly [Side, Side],
  urls: Readonly<Record<Side, string>>,
  { rowFile, seconds, turns, keys }: PairGiven<Side>,
): Promise<PairFigures<Side>[]> {
  const figures: PairFigures<Side>[] = []
  const keyCount = Math.max(...Object.values<number | undefined>(keys ?? {}).map((count) => count ?? 0), 0)
  for (const connections of CONNECTIONS) {
    const measure = async (side: Side, forSeconds: number) => {
      const before = worker.cpuSeconds()
      const given = { seconds: forSeconds, bodyFile: rowFile, keys: keys?.[side] }
      const { requestsPerSecond, requests, errors, p99Ms } = await load({ url: urls[side], connections, ...given })
      if (errors > 0) throw new Error(`${errors} predictions of ${name} by ${side} failed`)
      return { perSecond: requestsPerSecond, p99Ms, cpu: ((worker.cpuSeconds() - before) / requests) * 1e6 }
    }
    for (const side of sides) await measure(side, WARM_SECONDS)
    type Pair = Record<Side, { readonly perSecond: number; readonly p99Ms: number; readonly cpu: number }>
    const pairs: Pair[] = []
    for (let turn = 0; turn < turns; turn++) {
      const measured: Partial<Pair> = {}
      for (const side of turn % 2 === 0 ? sides : sides.toReversed()) measured[side] = await measure(side, seconds)
      pairs.push(measured as Pair)
    }
    const medianOf = (of: (pair: Pair) => number): number => of(medianBy(pairs, of))
    const [first, second] = sides
    const cpu = Object.fromEntries(sides.map((side) => [side, medianOf((pair) => pair[side].cpu)]))
    figures.push({
      ...{ name, connections, cpu: cpu as Record<Side, number> },
      cpuRatio: medianOf((pair) => pair[second].cpu / pair[first].cpu),
      timeRatio: medianOf((pair) => pair[first].perSecond / pair[second].perSecond),
      p99Ratio: medianOf((pair) => pair[second].p99Ms / pair[first].p99Ms),
      ...(connections > 1
        ? {}
        : { interleaved: await measureInterleaved(sides, urls, { body: readFileSync(rowFile), keys: keyCount }) }),
    })
  }
  return figures
}

export const projectOf = (model: string): string => model.replaceAll('_', '-')

interface VersionToTrain {
  readonly project: string
  readonly model: string
  readonly letter: Letter
}

export async function send(
  { url }: Server,
  path: string,
  body: string,
  { type = 'application/json', method = 'POST' } = {},
) {
  const answer = await fetch(url + path, { method, headers: { 'content-type': type }, body })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as { model_run_id: number; id: number }
}

export async function untilThere({ url }: Server, path: string): Promise<void> {
  while (!(await fetch(url + path)).ok) await pause(POLL_MS)
}

/** Trains version 1 of a new project, and approves it; gives its run. */
export async function trainVersion(worker: Server, { project, model, letter }: VersionToTrain): Promise<number> {
  const rows = letter.features.map((row, i) => ({ ...row, ...letter.letters[i] }))
  const names = Object.keys(rows[0] ?? {})
  const lines = rows.map((row) => names.map((column) => (row as Record<string, unknown>)[column]).join())
  const csv = `${names.join()}\n${lines.join('\n')}\n`
  const labels = Object.keys(letter.letters[0] ?? {})
  await send(worker, `/api/datasets?name=${project}&labels=${labels}`, csv, { type: 'text/csv' })
  await send(worker, '/api/projects', JSON.stringify({ name: project, model_name: model, dataset_name: project }))
  const { model_run_id: run } = await send(worker, `/api/projects/${project}/versions`, '{"validation_split":0.1}')
  await untilThere(worker, `/api/projects/${project}/versions/1`)
  await send(worker, `/api/projects/${project}/versions/1/reviews`, JSON.stringify({ decision: 'approved' }))
  return run
}

export async function deploy(worker: Server, project: string): Promise<void> {
  const place = `/api/projects/${project}/environments/production`
  await send(worker, `${place}/deployments`, JSON.stringify({ version: 1 }))
  await untilThere(worker, `${place}/current`)
}

export function pairHead(first: string, second: string): string {
  return `| model | connections | CPU µs ${first} | ${second} | CPU ratio | time ratio | ${INTERLEAVED_HEAD} |
| --- | --: | --: | --: | --: | --: | --: | --: | --: |`
}

export function pairLine<Side extends string>(
  { name, connections, cpu, cpuRatio, timeRatio, interleaved }: PairFigures<Side>,
  sides: readonly [Side, Side],
): string {
  const [first, second] = sides
  const cells = [cpu[first].toFixed(1), cpu[second].toFixed(1), cpuRatio.toFixed(3), timeRatio.toFixed(3)]
  return `| ${[name, connections, ...cells, ...interleavedCells(sides, interleaved)].join(' | ')} |`
}
