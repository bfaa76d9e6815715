// The columns of a version side by side: what its training counted in their cells, and what a window counted.
import type { Baseline, ColumnBaseline, ColumnCells } from '../../cells/baseline.ts'
import type { WindowCounts } from '../cells/cell-counts.ts'
import type { ColumnRole } from './look.ts'

export interface ColumnCounts {
  readonly role: ColumnRole
  readonly name: string
  readonly cells: ColumnCells
  /** By cell, in the order of cellNames. */
  readonly baseline: readonly number[]
  readonly counts: readonly number[]
}

/** Features, answers, confidence, in the order of the baseline; the counts of all windows are added. O(windows × cells). */
export function columnCountsOf(baseline: Baseline, windows: readonly WindowCounts[]): ColumnCounts[] {
  const columnOf = (
    role: ColumnRole,
    { name, cells, counts }: ColumnBaseline,
    countsIn: (window: WindowCounts) => readonly number[] | undefined,
  ): ColumnCounts => {
    const sums = counts.map(() => 0)
    for (const window of windows) {
      countsIn(window)?.forEach((count, cell) => {
        sums[cell] = (sums[cell] ?? 0) + count
      })
    }
    return { role, name, cells, baseline: counts, counts: sums }
  }
  const { features, answers, confidence } = baseline
  return [
    ...features.map((column, i) => columnOf('feature', column, (window) => window.features[i])),
    ...answers.map((column, i) => columnOf('answer', column, (window) => window.answers[i])),
    ...(confidence === undefined ? [] : [columnOf('confidence', confidence, (window) => window.confidence)]),
  ]
}
