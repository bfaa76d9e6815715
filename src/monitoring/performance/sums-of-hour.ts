// Rows of the log, counted by the database, as sums.
import { RIGHT, scoreCode, UNKNOWN, UNLABELLED, WRONG } from './score-cells.ts'
import { type ClassSums, type NumberSums, type Sums, sumOf, UNKNOWN_CLASS } from './sums.ts'
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
    const parts = rows.map(({ answer, truth, cell, count, confidence, loss, lossSquares }): ClassSums => {
      const isLabelled = truth !== NO_OUTCOME
      const isPriced = isBinary && isLabelled && truth !== UNKNOWN_CLASS && cell !== null
      return {
        kind: 'classes',
        unlabelled: isLabelled ? 0 : count,
        confusion: isLabelled ? [[answer, truth, count]] : [],
        scores:
          cell === null
            ? []
            : [[scoreCode(isBinary && answer === 1, standingOf(answer, truth), cell), count, confidence]],
        losses: isPriced ? [count, loss, lossSquares] : [0, 0, 0],
      }
    })
    const sums = sumOf(parts as [ClassSums, ...ClassSums[]]) as ClassSums
    return { environment, deploymentId, version, weight, sums }
  })
}

function standingOf(answer: number, truth: number) {
  if (truth === NO_OUTCOME) return UNLABELLED
  if (truth === UNKNOWN_CLASS) return UNKNOWN
  return truth === answer ? RIGHT : WRONG
}

/** Those of one environment, deployment, version and weight as one, which starts with the first. O(entries). */
export function addedUp<Keyed extends KeyedSums<Sums>>(all: readonly Keyed[]): Keyed[] {
  const keyOf = ({ environment, deploymentId, version, weight }: SumKey): string =>
    `${deploymentId} ${version} ${weight} ${environment}`
  return [...Map.groupBy(all, keyOf).values()].map((parts) => {
    const sums = sumOf(parts.map((part) => part.sums) as [Sums, ...Sums[]])
    return { ...(parts[0] as Keyed), sums }
  })
}

export function numberSumsOf(rows: readonly NumberRow[], version: number): KeyedSums<NumberSums>[] {
  return rows.map(({ environment, deploymentId, weight, segment: _, mean, ...sums }) => {
    return { environment, deploymentId, version, weight, sums: { kind: 'numbers', mean: mean ?? 0, ...sums } }
  })
}
