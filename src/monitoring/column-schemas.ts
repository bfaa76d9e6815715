// What callers see of one column that is compared with its baseline: the same in looks and in detections.
import { Type } from '@sinclair/typebox'
import { SEVERITIES } from '../alerts/signals.ts'

const Figure = (description: string) => Type.Optional(Type.Number({ format: 'double', description }))
const oneOf = (names: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...names], description })

/** All absent where there was nothing to compare. */
export const ColumnFigures = {
  severity: Type.Optional(
    oneOf(
      SEVERITIES,
      'Of the effect: low from a psi_excess of 0.05, medium from 0.1, high from 0.25, critical from 0.5, or where 20 points more are missing or unseen',
    ),
  ),
  statistic: Figure('Of the two-sample chi-square test on the cells'),
  degrees_of_freedom: Type.Optional(Type.Integer()),
  p_value: Figure('How likely chance alone makes such a difference; at most level: significant'),
  method: Type.Optional(
    oneOf(
      ['chi2', 'permutation', 'joined'],
      'Where the p-value comes from. chi2: the chi-square distribution; permutation: rows divided at random, where cells expect few rows; joined: rare cells taken together',
    ),
  ),
  psi: Figure('Population stability index, with half a row more in each cell'),
  psi_excess: Figure('That index less its mean where nothing has changed'),
  js_distance: Figure('Jensen–Shannon distance, base 2: 0 to 1'),
  l_infinity: Figure('The largest difference of a share: 0 to 1'),
  total_variation: Figure('What part of the rows would have to be in another cell: 0 to 1'),
  cramers_v: Figure("Cramér's V of the table of samples and cells: 0 to 1"),
  ks_distance: Figure('Of numbers: the largest difference of the distributions at the edges of cells, 0 to 1'),
}

const Rows = (description: string) => Type.Integer({ format: 'int64', description })
export const CellAnswer = Type.Object(
  {
    cell: Type.String({
      description: 'bin0, bin1, … of numbers, a level of categories; then below, above, other, unseen, missing',
    }),
    from: Figure('Of numbers: the smallest value in it'),
    to: Figure('Of numbers: its values are below that; of the last one at most that'),
    baseline: Rows('Rows of the baseline'),
    current: Rows('Rows of the window, or of the current data'),
  },
  { title: 'DriftCell' },
)

/** What a comparison says of itself; nothing of what it does not know. */
export interface ComparedFigures {
  readonly severity?: string | undefined
  readonly statistic?: number | undefined
  readonly df?: number | undefined
  readonly pValue?: number | undefined
  readonly method?: string | undefined
  readonly psi?: number | undefined
  readonly psiExcess?: number | undefined
  readonly jsDistance?: number | undefined
  readonly lInfinity?: number | undefined
  readonly totalVariation?: number | undefined
  readonly cramersV?: number | undefined
  readonly ksDistance?: number | undefined
}

export function figuresAnswerOf(compared: ComparedFigures) {
  const { severity, statistic, df, pValue, method, psi, psiExcess, jsDistance, lInfinity } = compared
  const { totalVariation, cramersV, ksDistance } = compared
  const figures = {
    ...{ severity, statistic, degrees_of_freedom: df, p_value: pValue, method, psi, psi_excess: psiExcess },
    ...{ js_distance: jsDistance, l_infinity: lInfinity, total_variation: totalVariation, cramers_v: cramersV },
    ks_distance: ksDistance,
  }
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
}
