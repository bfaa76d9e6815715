// Rows of the log, counted by the database, as sums.
import { RIGHT, scoreCode, UNKNOWN, UNLABELLED, WRONG } from './score-cells.ts'
import { type ClassSums, merged, type NumberSums, UNKNOWN_CLASS } from './sums.ts'
import type { ClassCell, NumberRow, SumKey } from './sums-table.ts'

/** truth of a row without an outcome. */
const NO_OUTCOME = -2

export interface KeyedSums<Kind> extends SumKey {
  readonly sums: Kind
}

/** By environment, deployment and weight. O(cells). */
export function classSumsOf(
  cells: readonly ClassCell[],
  version: number,
  classCount: number,
  isLargest: boolean,
): KeyedSums<ClassSums>[] {
  const byKey = Map.groupBy(
    cells,
    ({ environment, deploymentId, weight }) => `${deploymentId} ${weight} ${environment}`,
  )
  return [...byKey.values()].map((rows) => {
    const { environment, deploymentId, weight } = rows[0] as ClassCell
    const isBinary = classCount === 2 && isLargest
    const scores = rows.flatMap(({ answer, truth, cell, count, confidence }) =>
      cell === null
        ? []
        : [[scoreCode(isBinary && answer === 1, standingOf(answer, truth), cell), count, confidence] as const],
    )
    const labelled = rows.filter(({ truth }) => truth !== NO_OUTCOME)
    const priced = isBinary ? labelled.filter(({ truth, cell }) => truth !== UNKNOWN_CLASS && cell !== null) : []
    const total = (of: (row: ClassCell) => number): number => priced.reduce((sum, row) => sum + of(row), 0)
    const sums: ClassSums = {
      kind: 'classes',
      unlabelled: rows.reduce((sum, { truth, count }) => sum + (truth === NO_OUTCOME ? count : 0), 0),
      confusion: merged(
        labelled.map(({ answer, truth, count }) => [answer, truth, count] as const),
        ([answer, truth]) => `${answer} ${truth}`,
        ([answer, truth, m], [, , n]) => [answer, truth, m + n] as const,
      ),
      scores: merged(
        scores,
        ([code]) => code,
        ([code, m, c], [, n, d]) => [code, m + n, c + d] as const,
      ),
      losses: [total(({ count }) => count), total(({ loss }) => loss), total(({ lossSquares }) => lossSquares)],
    }
    return { environment, deploymentId, version, weight, sums }
  })
}

function standingOf(answer: number, truth: number) {
  if (truth === NO_OUTCOME) return UNLABELLED
  if (truth === UNKNOWN_CLASS) return UNKNOWN
  return truth === answer ? RIGHT : WRONG
}

export function numberSumsOf(rows: readonly NumberRow[], version: number): KeyedSums<NumberSums>[] {
  return rows.map(({ environment, deploymentId, weight, segment: _, mean, ...sums }) => {
    return { environment, deploymentId, version, weight, sums: { kind: 'numbers', mean: mean ?? 0, ...sums } }
  })
}
