// Two checkouts of this project in one run, in turns: trainings and predictions of this one as a ratio to the other's.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '../../src/database/pool.ts'
import { load } from './load.ts'
import type { ServedModel } from './models.ts'
import { trainToEnd } from './runs.ts'
import { predictUrl, type Server } from './servers.ts'
import { medianBy } from './words.ts'

/** Rows of a request, and connections. */
const POINTS = [
  [1, 1],
  [1, 4],
  [1000, 4],
] as const
const WARM_SECONDS = 2

export interface Pair {
  readonly now: Server
  readonly before: Server
}

export interface PairedFigures {
  readonly name: string
  /** What was measured: `training`, or rows and connections. */
  readonly what: string
  /** Seconds of this checkout ÷ of the other: below 1 is faster. The median of the turns, and all of them. */
  readonly ratio: number
  readonly ratios: readonly number[]
}

/** Both train the model and predict with it, in `turns` turns each; who begins changes with each turn. */
export async function compareModel(
  database: Queryable,
  pair: Pair,
  model: ServedModel,
  given: {
    readonly body: string
    readonly bodies: ReadonlyMap<number, string>
    readonly seconds: number
    readonly turns: number
  },
): Promise<readonly PairedFigures[]> {
  const runs = { now: 0, before: 0 }
  const trainings = await inTurns(given.turns, async (side) => {
    await sleep(300)
    const trained = await trainToEnd(database, pair[side].url, model.name, given.body)
    runs[side] = trained.run
    return trained.seconds
  })
  const figures = [toFigures(model.name, 'training', trainings)]
  for (const [rows, connections] of POINTS) {
    const bodyFile = given.bodies.get(rows) as string
    const point = (side: keyof Pair, seconds: number) =>
      load({ url: predictUrl(pair[side], runs[side]), connections, seconds, bodyFile })
    await point('now', WARM_SECONDS)
    await point('before', WARM_SECONDS)
    const times = await inTurns(given.turns, async (side) => 1 / (await point(side, given.seconds)).requestsPerSecond)
    figures.push(toFigures(model.name, `${rows} rows, ${connections} connections`, times))
  }
  return figures
}

export const AGAINST_HEAD = '| model | what | time now ÷ before | least | greatest |\n| --- | --- | --: | --: | --: |'

export function againstLine({ name, what, ratio, ratios }: PairedFigures): string {
  const cells = [ratio, Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(3))
  return `| ${name} | ${what} | ${cells.join(' | ')} |`
}

async function inTurns(turns: number, measureSide: (side: keyof Pair) => Promise<number>): Promise<readonly number[]> {
  const ratios: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const order = turn % 2 === 0 ? (['now', 'before'] as const) : (['before', 'now'] as const)
    const seconds = { now: 0, before: 0 }
    for (const side of order) seconds[side] = await measureSide(side)
    ratios.push(seconds.now / seconds.before)
  }
  return ratios
}

function toFigures(name: string, what: string, ratios: readonly number[]): PairedFigures {
  return { name, what, ratio: medianBy(ratios, (ratio) => ratio), ratios }
}
