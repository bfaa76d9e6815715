// The share of anomalous rows as a further column of the simulation: the forest that a training would keep, and its scores of a day.
import type { Baseline } from '../../src/cells/baseline.ts'
import { fitRowForest } from '../../src/cells/fit-row-forest.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import type { Random } from '../../src/learning/random.ts'
import type { Column } from '../../src/model/table.ts'
import { columnCountsOf } from '../../src/monitoring/drift/column-counts.ts'
import type { QualityCount } from '../../src/monitoring/quality/quality-counts.ts'
import type { WindowColumn } from '../../src/monitoring/statistics/judge-window.ts'
import type { Drawn, ReferenceColumn } from './samples.ts'

/** From where on a normal variable is in its outermost tenths. */
const OUTERMOST = 1.2815515655446004

/** A day of rows as the further column, for each of the shares. */
export type StrangeRows = (rows: readonly Drawn[]) => WindowColumn[]

/** Grows the forest of a training on the rows of the reference. */
export async function strangeRowsOf(
  columns: readonly ReferenceColumn[],
  shares: readonly number[],
  seed: number,
): Promise<StrangeRows> {
  const rowCount = columns[0]?.values.length ?? 0
  const table = { rowCount, columns: columns.map(columnOf) }
  const rowForest = await fitRowForest(table, table.columns, fitContext({ seed }))
  if (rowForest === undefined) throw new Error(`no forest grows from ${rowCount} rows`)
  const baseline: Baseline = {
    ...{ features: [], answers: [], confidence: undefined, answersOf: 'none' },
    ...{ rowCount, answerRowCount: 0, rowForest },
  }
  return (rows) => {
    const count = rows[0]?.length ?? 0
    const scores = rowForest.scores(rows, 0, count)
    return shares.map((share) => {
      const limit = rowForest.limitAt(share)?.score
      if (limit === undefined) throw new Error(`${rowCount} rows are too few for a share of ${share}`)
      const of = { name: '', detail: String(share) }
      const counts: QualityCount[] = [
        { kind: 'scored', ...of, count },
        { kind: 'anomalous', ...of, count: scores.filter((score) => score > limit).length },
      ]
      const quality = { requests: 0, refused: 0, counts }
      const window = { from: new Date(0), rowCount: count, features: [], answers: [], confidence: undefined, quality }
      const [column] = columnCountsOf(baseline, [window], share)
      if (column === undefined) throw new Error('there is no column of anomalous rows')
      return { name: column.name, cells: column.cells, reference: column.baseline, current: column.counts }
    })
  }
}

/** Moves every number of the first rows into the outermost tenths of its column. */
export function makeStrange(
  columns: readonly ReferenceColumn[],
  rows: readonly Drawn[],
  share: number,
  random: Random,
): void {
  columns.forEach(({ levelCount }, i) => {
    const values = rows[i] as Drawn
    if (levelCount !== undefined) return
    for (let row = 0; row < share * values.length; row++) {
      do values[row] = random.normal()
      while (Math.abs(values[row] as number) < OUTERMOST)
    }
  })
}

function columnOf({ name, levelCount, values }: ReferenceColumn): Column {
  if (levelCount === undefined) return { kind: 'numeric', name, values }
  const levels = Array.from({ length: levelCount }, (_, level) => String(level))
  return { kind: 'categorical', name, levels, codes: Int32Array.from(values) }
}
