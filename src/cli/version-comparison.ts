// ml-worker version compare: versions on the same rows.
import { optionalNumberOf, textOf } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, pathOf } from './worker-action.ts'

interface Comparison {
  readonly metric: string
  readonly label: string
  readonly winner?: number
  readonly rows: { readonly count: number; readonly held_out: boolean }
  readonly labels: readonly {
    readonly label: string
    readonly metrics: readonly {
      readonly metric: string
      readonly lower_is_better: boolean
      readonly versions: readonly Valued[]
      readonly pairs: readonly (Ends & {
        readonly version: number
        readonly other: number
        readonly difference: number
        readonly adjusted_p_value?: number
        readonly verdict: string
      })[]
    }[]
  }[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

interface Ends {
  readonly from?: number
  readonly to?: number
}

interface Valued extends Ends {
  readonly version: number
  readonly value: number
}

export const compare: Action = async (values, client) => {
  const query = {
    versions: textOf(values, 'versions'),
    dataset: optionalNumberOf(values, 'dataset-id'),
    metric: values['metric'],
  }
  const { body } = await client.get<Comparison>(`${pathOf(textOf(values, 'project'))}/comparison`, query)
  const { metric, label, labels, rows, winner, warnings } = body
  const decided = labels.find((each) => each.label === label)?.metrics.find((each) => each.metric === metric)
  const pairs = (decided?.pairs ?? []).map((pair) => [
    `${pair.version} against ${pair.other}`,
    shown(pair.difference),
    endsOf(pair),
    pair.adjusted_p_value === undefined ? '' : shown(pair.adjusted_p_value),
    pair.verdict.replaceAll('_', ' '),
  ])
  const all = labels.flatMap(({ label: of, metrics }) =>
    metrics.flatMap((each) =>
      each.versions.map((valued) => [
        labels.length > 1 ? `${of}.${each.metric}` : each.metric,
        String(valued.version),
        shown(valued.value),
        endsOf(valued),
      ]),
    ),
  )
  const lines = [
    winner === undefined
      ? `no version is shown to be better by ${metric}`
      : `version ${winner} is better by ${metric}, and chance does not explain it`,
    `${rows.count} rows${rows.held_out ? ' that none of them was trained on' : ''}`,
    ...warnings.map(({ code, message }) => `${code}: ${message}`),
    '',
    textTable([['versions', metric, '95 % interval', 'p', 'verdict'], ...pairs], false),
    '',
    textTable([['metric', 'version', 'value', '95 % interval'], ...all], false),
  ]
  return { answer: body, text: lines.join('\n') }
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)))
}

function endsOf({ from, to }: Ends): string {
  return from === undefined || to === undefined ? '' : `${shown(from)} to ${shown(to)}`
}
