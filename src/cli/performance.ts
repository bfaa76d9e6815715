// ml-worker performance: how right the deployed versions of a project of a running worker were.
import type { Command } from './command.ts'
import { optionalNumberOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Figures {
  readonly rows: number
  readonly outcomes: number
  readonly coverage?: number
  readonly metrics: readonly {
    readonly name: string
    readonly value: number
    readonly from?: number
    readonly to?: number
  }[]
  readonly estimated: readonly { readonly name: string; readonly value: number }[]
}

interface Performance {
  readonly waiting_hours: number
  readonly figures: Figures
  readonly steps: readonly { readonly from: string; readonly mature: boolean; readonly figures: Figures }[]
  readonly versions: readonly {
    readonly version: number
    readonly figures: Figures
    readonly trained: readonly { readonly name: string; readonly metric: string; readonly value: number }[]
  }[]
  readonly segments?: readonly { readonly level?: unknown; readonly figures: Figures }[]
}

interface Looks {
  readonly looks: readonly {
    readonly kind: string
    readonly environment: string
    readonly version: number
    readonly from: string
    readonly to: string
    readonly verdict: string
    readonly severity?: string
  }[]
  readonly next?: number
}

const ACTIONS = 'show or looks'

export const performanceCommand: Command = {
  usage: 'show | looks --project P [--days N | --from T --to T] [--by hour|day|week] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  show       metrics with intervals, by the outcomes that are known, beside what the training promised',
    '  looks      the windows that were judged, the newest first; --limit N',
    '',
    '  --project P',
    '  --days N               today and so many days before it; default 30',
    '  --from T, --to T       instead: times such as 2026-03-01T00:00:00Z',
    '  --by hour|day|week     in steps, beside the whole',
    '  --segment COLUMN       by the levels of a column of categories',
    '  --environment E, --version N, --deployment ID',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    days: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    by: { type: 'string' },
    segment: { type: 'string' },
    environment: { type: 'string' },
    version: { type: 'string' },
    deployment: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) => runAction(ACTIONS, { show, looks }, given, terminal),
}

const show: Action = async (values, client) => {
  const { from, to, by, segment, environment } = values
  const numbers = numbersOf(values, ['days', 'version', 'deployment'])
  const query = { from, to, by, segment, environment, ...numbers }
  const { body } = await client.get<Performance>(pathOfPerformance(values), query)
  const { figures, steps, versions, segments = [], waiting_hours: waiting } = body
  const lines = [`${figures.rows} logged predictions, ${figures.outcomes} outcomes: ${shareOf(figures.coverage)}`]
  for (const { version, figures: of, trained } of versions) {
    const promised = new Map(trained.map(({ name, metric, value }) => [name, `${metric} ${shown(value)}`]))
    const rows = of.metrics.map(({ name, value, from, to }) => {
      const interval = from === undefined || to === undefined ? '' : `${shown(from)} to ${shown(to)}`
      return [name, shown(value), interval, promised.get(name) ?? '']
    })
    for (const { name, value } of of.estimated) rows.push([`${name}, estimated`, shown(value), '', ''])
    if (rows.length === 0) lines.push('', `version ${version}: no outcomes`)
    else lines.push('', `version ${version}`, textTable([['metric', 'value', '95 %', 'trained'], ...rows]))
  }
  const [name] = figures.metrics.map((metric) => metric.name)
  const parts = [
    ...steps.map(({ from: start, mature, figures: of }) => [mature ? start : `${start} (open)`, of] as const),
    ...segments.map(
      ({ level, figures: of }) => [level === undefined ? 'missing or unseen' : String(level), of] as const,
    ),
  ]
  if (parts.length > 0) {
    const rows = parts.map(([title, of]) => {
      const value = of.metrics.find((metric) => metric.name === name)?.value
      return [title, String(of.rows), shareOf(of.coverage), value === undefined ? '' : shown(value)]
    })
    lines.push('', textTable([['', 'predictions', 'outcomes', name ?? ''], ...rows]))
  }
  if (waiting > 0) lines.push('', `${waiting} hours are being summed anew`)
  return { answer: body, text: lines.join('\n') }
}

const looks: Action = async (values, client) => {
  const { environment } = values
  const query = { environment, ...numbersOf(values, ['version', 'limit']) }
  const { body } = await client.get<Looks>(`${pathOfPerformance(values)}/looks`, query)
  if (body.looks.length === 0) return { answer: body, text: 'no window was judged yet' }
  const rows = body.looks.map(({ kind, environment: place, version, from, to, verdict, severity = '' }) => {
    return [kind, place, String(version), from, to, verdict, severity]
  })
  const heading = ['judged', 'environment', 'version', 'from', 'to', 'verdict', 'severity']
  const more = body.next === undefined ? '' : '\nThere are more: --limit takes up to 200'
  return { answer: body, text: textTable([heading, ...rows], false) + more }
}

function pathOfPerformance(values: Values): string {
  return `${pathOf(textOf(values, 'project'))}/performance`
}

function numbersOf(values: Values, names: readonly string[]): Record<string, number | undefined> {
  return Object.fromEntries(names.map((name) => [name, optionalNumberOf(values, name)]))
}

function shareOf(coverage: number | undefined): string {
  return coverage === undefined ? 'none' : `${(100 * coverage).toFixed(1)} %`
}

function shown(value: number): string {
  return String(Number(value.toPrecision(5)))
}
