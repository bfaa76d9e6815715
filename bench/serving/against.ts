// Two checkouts of this project in one run, in turns: starts, trainings and predictions of this one as a ratio to the
// other's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '../../src/database/pool.ts'
import { measureInterleaved } from './interleaved.ts'
import { load } from './load.ts'
import type { ServedModel } from './models.ts'
import { trainToEnd } from './runs.ts'
import { predictUrl, type Server, startWorker } from './servers.ts'
import { medianBy } from './words.ts'

/** Rows of a request, and connections. */
const POINTS = [
  [1, 1],
  [1, 4],
  [1000, 4],
] as const
const WARM_SECONDS = 2
/** The trainer has started and settled by then. */
const REST_MS = 3000
/** A machine that has other work to do is no load of ours. */
const SETTINGS = { OVERLOAD_DELAY_MS: '600000' }

type Side = 'now' | 'before'

export interface PairedFigures {
  /** What was measured: a start, a training, or rows and connections. */
  readonly what: string
  /** Of this checkout ÷ of the other, below 1 is better: the median of the turns, and all of them. */
  readonly ratios: readonly number[]
}

export interface AgainstParts {
  readonly database: Queryable
  readonly databaseUrl: string
  readonly folder: string
  readonly against: string
  readonly bodyOf: (model: ServedModel) => string
  readonly bodies: ReadonlyMap<number, string>
  readonly seconds: number
  readonly turns: number
}

/**
 * Both start, train each model and predict with it, in `turns` turns; who begins changes with each turn. Each turn has
 * new processes: two processes of the same code differ by more than most changes cost.
 */
export async function measureAgainst(
  parts: AgainstParts,
  models: readonly ServedModel[],
): Promise<readonly PairedFigures[]> {
  const measured = new Map<string, Record<Side, number[]>>()
  const keep = (what: string, side: Side, value: number): void => {
    const lists = measured.get(what) ?? { now: [], before: [] }
    lists[side].push(value)
    measured.set(what, lists)
  }
  // What is compiled once is compiled by these.
  for (const side of ['now', 'before'] as const) await (await startSide(parts, side, REST_MS)).stop()
  for (let turn = 0; turn < parts.turns; turn++) {
    const order: readonly Side[] = turn % 2 === 0 ? ['now', 'before'] : ['before', 'now']
    for (const side of order) await measureSide(parts, models, side, (what, value) => keep(what, side, value))
    await measureTogether(parts, models, keep)
  }
  return [...measured].map(([what, { now, before }]) => ({
    what,
    ratios: now.map((value, turn) => value / (before[turn] as number)),
  }))
}

export const AGAINST_HEAD = '| what | now ÷ before | least | greatest |\n| --- | --: | --: | --: |'

export function againstLine({ what, ratios }: PairedFigures): string {
  const cells = [medianBy(ratios, (ratio) => ratio), Math.min(...ratios), Math.max(...ratios)]
  return `| ${[what, ...cells.map((value) => value.toFixed(3))].join(' | ')} |`
}

async function measureSide(
  parts: AgainstParts,
  models: readonly ServedModel[],
  side: Side,
  keep: (what: string, value: number) => void,
): Promise<void> {
  const server = await startSide(parts, side, 0)
  try {
    keep('start: seconds', server.startSeconds)
    keep('start: CPU', server.cpuSeconds())
    await sleep(REST_MS)
    const { nowMb, trainerNowMb } = server.memory()
    keep('at rest: memory', nowMb)
    keep('at rest: memory with the trainer', nowMb + trainerNowMb)
    for (const model of models) {
      const { run, seconds } = await trainToEnd(parts.database, server.url, model.name, parts.bodyOf(model))
      keep(`${model.name}, training: seconds`, seconds)
      await measurePoints(parts, server, run, (what, value) => keep(`${model.name}, ${what}`, value))
    }
  } finally {
    await server.stop()
  }
}

/** Predictions of one row by both at once, one by one: what is beside them on the machine falls on both alike. */
async function measureTogether(
  parts: AgainstParts,
  models: readonly ServedModel[],
  keep: (what: string, side: Side, value: number) => void,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const start = async (side: Side): Promise<Server> => {
    return stack.adopt(await startSide(parts, side, REST_MS), (server) => server.stop())
  }
  const [now, before] = [await start('now'), await start('before')]
  for (const model of models) {
    const urlOf = async (server: Server): Promise<string> => {
      const { run } = await trainToEnd(parts.database, server.url, model.name, parts.bodyOf(model))
      return predictUrl(server, run)
    }
    const urls = { now: await urlOf(now), before: await urlOf(before) }
    const body = readFileSync(parts.bodies.get(1) as string)
    const { us } = await measureInterleaved(['before', 'now'], urls, { body, keys: 0 })
    for (const side of ['now', 'before'] as const) keep(`${model.name}, 1 row, one by one: µs`, side, us[side])
  }
}

async function measurePoints(
  { bodies, seconds }: AgainstParts,
  server: Server,
  run: number,
  keep: (what: string, value: number) => void,
): Promise<void> {
  const url = predictUrl(server, run)
  for (const [rows, connections] of POINTS) {
    const point = { url, connections, bodyFile: bodies.get(rows) as string }
    await load({ ...point, seconds: WARM_SECONDS })
    const cpuBefore = server.cpuSeconds()
    const { requests, requestsPerSecond, errors } = await load({ ...point, seconds })
    if (errors > 0) throw new Error(`${errors} predictions failed: ${url}`)
    const what = `${rows} rows, ${connections} connections`
    keep(`${what}: seconds`, 1 / requestsPerSecond)
    keep(`${what}: CPU`, (server.cpuSeconds() - cpuBefore) / requests)
  }
}

async function startSide({ databaseUrl, folder, against }: AgainstParts, side: Side, restMs: number): Promise<Server> {
  const checkout = side === 'before' ? against : undefined
  const server = await startWorker(databaseUrl, join(folder, `data-${side}`), checkout, SETTINGS)
  await sleep(restMs)
  return server
}
