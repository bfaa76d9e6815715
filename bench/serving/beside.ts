// What others feel while something large goes on: one-row predictions and health, from a connection each.
import type { Queryable } from '../../src/database/pool.ts'
import { type LoadFigures, load } from './load.ts'
import { trainToEnd } from './runs.ts'
import { predictUrl, type Server } from './servers.ts'
import { medianBy } from './words.ts'

export interface BesideFigures {
  readonly what: string
  readonly trainingSeconds: number
  readonly oneRow: readonly LoadFigures[]
  readonly health: readonly LoadFigures[]
}

/** Loads both, second after second, until the training has ended. */
export async function measureBeside(
  database: Queryable,
  worker: Server,
  training: { readonly what: string; readonly model: string; readonly body: string | Buffer },
  oneRow: { readonly run: number; readonly bodyFile: string },
): Promise<BesideFigures> {
  let isOver = false
  const ended = trainToEnd(database, worker.url, training.model, training.body).finally(() => {
    isOver = true
  })
  const seconds: [LoadFigures, LoadFigures][] = []
  const once = { connections: 1, seconds: 1 }
  do {
    seconds.push(
      await Promise.all([
        load({ ...once, url: predictUrl(worker, oneRow.run), bodyFile: oneRow.bodyFile }),
        load({ ...once, url: `${worker.url}/api/health` }),
      ]),
    )
  } while (!isOver)
  return {
    what: training.what,
    trainingSeconds: (await ended).seconds,
    oneRow: seconds.map(([row]) => row),
    health: seconds.map(([, health]) => health),
  }
}

export const BESIDE_HEAD =
  '| beside | training s | what | requests/s | p50 ms | p99 ms of the worst second | longest ms | errors |\n| --- | --: | --- | --: | --: | --: | --: | --: |'

export function besideLines({ what, trainingSeconds, oneRow, health }: BesideFigures): string[] {
  const line = (name: string, figures: readonly LoadFigures[]): string => {
    const cells = [
      medianBy(figures, (second) => second.requestsPerSecond).requestsPerSecond.toFixed(0),
      medianBy(figures, (second) => second.p50Ms).p50Ms.toFixed(2),
      Math.max(...figures.map((second) => second.p99Ms)).toFixed(2),
      Math.max(...figures.map((second) => second.maxMs)).toFixed(1),
      figures.reduce((sum, second) => sum + second.errors, 0),
    ]
    return `| ${what} | ${trainingSeconds.toFixed(1)} | ${name} | ${cells.join(' | ')} |`
  }
  return [line('one row of a forest', oneRow), line('health', health)]
}

/** JSON of about 100 MB: rows of 20 numbers and a class. */
export function largeTrainingBody(): Buffer {
  const rowCount = 270_000
  const features: string[] = []
  const labels: string[] = []
  for (let i = 0; i < rowCount; i++) {
    const cells = Array.from({ length: 20 }, (_, j) => `"column_${j}":${((i * (j + 7)) % 1000) / 8}`)
    features.push(`{${cells.join()}}`)
    labels.push(`{"y":"${i % 3}"}`)
  }
  return Buffer.from(`{"features":[${features.join()}],"labels":[${labels.join()}]}`)
}
