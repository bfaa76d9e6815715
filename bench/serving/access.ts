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
  readonly openPerSecond: number
  readonly requiredPerSecond: number
  /** Time of a prediction with a token ÷ without: of the medians. Below 1 is faster. */
  readonly ratio: number
}

/** Two workers on one database, of which one asks; who begins changes with each turn. */
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
  await using stack = new AsyncDisposableStack()
  await migrateOwnSchema(databaseUrl, { log: pino({ level: 'silent' }) })
  const caller = { actor: 'command/bench', address: null, requestId: null }
  const { token } = await new Tokens({ pool, audit: { append: appendEntry } }).create(
    { label: 'bench', roles: ['service'], days: 1 },
    caller,
  )
  const start = async (access: string) => {
    const server = await startWorker(databaseUrl, join(given.folder, `data-${access}`), undefined, { ACCESS: access })
    stack.defer(() => server.stop())
    return server
  }
  const sides = {
    open: { server: await start('open'), headers: [] },
    required: { server: await start('required'), headers: [`Authorization: Bearer ${token}`] },
  }
  const figures: AccessFigures[] = []
  for (const model of models) {
    const { run } = await trainToEnd(pool, sides.open.server.url, model.name, given.bodyOf(model))
    for (const connections of CONNECTIONS) {
      const measure = async (side: keyof typeof sides, seconds: number): Promise<number> => {
        const { server, headers } = sides[side]
        const point = { url: predictUrl(server, run), connections, seconds, bodyFile: given.rowFile, headers }
        const { requestsPerSecond, errors } = await load(point)
        if (errors > 0) throw new Error(`${errors} predictions of ${model.name} with ACCESS=${side} failed`)
        return requestsPerSecond
      }
      const perSecond = { open: [] as number[], required: [] as number[] }
      await measure('open', WARM_SECONDS)
      await measure('required', WARM_SECONDS)
      for (let turn = 0; turn < given.turns; turn++) {
        const order = turn % 2 === 0 ? (['open', 'required'] as const) : (['required', 'open'] as const)
        for (const side of order) perSecond[side].push(await measure(side, given.seconds))
      }
      const [openPerSecond, requiredPerSecond] = [perSecond.open, perSecond.required].map((values) =>
        medianBy(values, (value) => value),
      ) as [number, number]
      const ratio = openPerSecond / requiredPerSecond
      figures.push({ name: model.name, connections, openPerSecond, requiredPerSecond, ratio })
    }
  }
  return figures
}

export const ACCESS_HEAD =
  '| model | connections | without a token /s | with /s | time with ÷ without |\n| --- | --: | --: | --: | --: |'

export function accessLine({ name, connections, openPerSecond, requiredPerSecond, ratio }: AccessFigures): string {
  const perSecond = [openPerSecond, requiredPerSecond].map((value) => Math.round(value))
  return `| ${name} | ${connections} | ${perSecond.join(' | ')} | ${ratio.toFixed(3)} |`
}
