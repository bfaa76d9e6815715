// What it costs to ask callers who they are: predictions of one row with a token as a ratio to those without, in turns.
import { join } from 'node:path'
import pino from 'pino'
import { Tokens } from '../../src/access/tokens.ts'
import { appendEntry } from '../../src/audit/audit.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import type { ServicePool } from '../../src/database/pool.ts'
import { load } from './load.ts'
import type { ServedModel } from './models.ts'
import { trainToEnd } from './runs.ts'
import { predictUrl, startWorker } from './servers.ts'
import { medianBy } from './words.ts'

const CONNECTIONS = [1, 4]
const WARM_SECONDS = 2

export interface AccessFigures {
  readonly name: string
  readonly connections: number
  /** Medians over the turns. */
  readonly open: PointFigures
  readonly required: PointFigures
}

interface PointFigures {
  readonly perSecond: number
  /** What the worker computes for a prediction, in µs: it hardly changes with what else the machine has to do. */
  readonly cpuMicroseconds: number
}

/** Workers on one database, of which every second one asks; who begins changes with each turn. */
export async function measureAccess(
  pool: ServicePool,
  databaseUrl: string,
  models: readonly ServedModel[],
  given: {
    readonly folder: string
    readonly bodyOf: (model: ServedModel) => string
    readonly rowFile: string
    readonly seconds: number
    readonly turns: number
  },
): Promise<readonly AccessFigures[]> {
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  const caller = { actor: 'command/bench', address: null, requestId: null }
  const { token } = await new Tokens({ pool, audit: { append: appendEntry } }).create(
    { label: 'bench', roles: ['service'], days: 1 },
    caller,
  )
  const headersOf = { open: [], required: [`Authorization: Bearer ${token}`] }
  type Side = keyof typeof headersOf
  const start = async (access: Side) => {
    const server = await startWorker(databaseUrl, join(given.folder, `data-${access}`), undefined, {
      ACCESS: access,
      // A machine that has other work to do is no load of ours.
      OVERLOAD_DELAY_MS: '600000',
    })
    return { server, [Symbol.asyncDispose]: () => server.stop() }
  }
  const train = async (model: ServedModel): Promise<number> => {
    await using trainer = await start('open')
    return (await trainToEnd(pool, trainer.server.url, model.name, given.bodyOf(model))).run
  }
  const figures: AccessFigures[] = []
  for (const model of models) {
    const run = await train(model)
    const measured = CONNECTIONS.map(() => ({ open: [] as PointFigures[], required: [] as PointFigures[] }))
    for (let turn = 0; turn < given.turns; turn++) {
      // New ones for each turn: two processes of the same code differ by more than a token costs.
      const order: readonly Side[] = turn % 2 === 0 ? ['open', 'required'] : ['required', 'open']
      for (const side of order) {
        await using worker = await start(side)
        const { server } = worker
        const measure = async (connections: number, seconds: number): Promise<PointFigures> => {
          const headers = headersOf[side]
          const point = { url: predictUrl(server, run), connections, seconds, bodyFile: given.rowFile, headers }
          const before = server.cpuSeconds()
          const { requestsPerSecond: perSecond, requests, errors } = await load(point)
          if (errors > 0) throw new Error(`${errors} predictions of ${model.name} with ACCESS=${side} failed`)
          return { perSecond, cpuMicroseconds: ((server.cpuSeconds() - before) / requests) * 1e6 }
        }
        await measure(1, WARM_SECONDS)
        for (const [i, connections] of CONNECTIONS.entries()) {
          measured[i]?.[side].push(await measure(connections, given.seconds))
        }
      }
    }
    for (const [i, connections] of CONNECTIONS.entries()) {
      const { open, required } = measured[i] as (typeof measured)[number]
      figures.push({ name: model.name, connections, open: mediansOf(open), required: mediansOf(required) })
    }
  }
  return figures
}

function mediansOf(points: readonly PointFigures[]): PointFigures {
  return {
    perSecond: medianBy(
      points.map(({ perSecond }) => perSecond),
      (value) => value,
    ),
    cpuMicroseconds: medianBy(
      points.map(({ cpuMicroseconds }) => cpuMicroseconds),
      (value) => value,
    ),
  }
}

export const ACCESS_HEAD = `| model | connections | without a token /s | with /s | time with ÷ without | CPU µs without | with | ratio |
| --- | --: | --: | --: | --: | --: | --: | --: |`

export function accessLine({ name, connections, open, required }: AccessFigures): string {
  const perSecond = [Math.round(open.perSecond), Math.round(required.perSecond)]
  const cpu = [open.cpuMicroseconds, required.cpuMicroseconds]
  const ratios = [open.perSecond / required.perSecond, required.cpuMicroseconds / open.cpuMicroseconds]
  const [time, cpuRatio] = ratios.map((ratio) => ratio.toFixed(3))
  return `| ${[name, connections, ...perSecond, time, ...cpu.map((value) => value.toFixed(1)), cpuRatio].join(' | ')} |`
}
