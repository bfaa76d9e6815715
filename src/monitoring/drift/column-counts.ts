// The columns of a version side by side: what its training counted in their cells, and what a window counted.
import type { Baseline, ColumnBaseline, ColumnCells } from '../../cells/baseline.ts'
import type { VersionCounts, WindowCounts } from '../cells/cell-counts.ts'
import { addQuality, scoredOf, type WrongTypes, wrongTypesOf } from '../quality/quality-counts.ts'
import type { ColumnRole, Window } from './look.ts'

export interface ColumnCounts {
  readonly role: ColumnRole
  readonly name: string
  readonly cells: ColumnCells
  /** By cell, in the order of cellNames. */
  readonly baseline: readonly number[]
  readonly counts: readonly number[]
  /** Requests that were refused for its type. */
  readonly wrongTypes?: WrongTypes | undefined
}

/** Whether rows are strange as a whole, as a column like others: it is compared with the rows of the training that were held out. */
const ANOMALY_CELLS = { kind: 'categorical', levels: ['ordinary', 'anomalous'], hasOther: false } as const

/**
 * Features, answers, confidence, in the order of the baseline, and anomalies where the project has rows scored; the counts of all windows
 * are added. O(windows × cells).
 *
 * anomalyShare  of ordinary rows so many may be anomalous; 0 where none are scored
 */
export function columnCountsOf(
  baseline: Baseline,
  windows: readonly WindowCounts[],
  anomalyShare: number,
): ColumnCounts[] {
  const quality = addQuality(windows.map((window) => window.quality))
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
    const wrongTypes = role === 'feature' ? wrongTypesOf(quality, name) : undefined
    return { role, name, cells, baseline: counts, counts: sums, ...(wrongTypes === undefined ? {} : { wrongTypes }) }
  }
  const { features, answers, confidence } = baseline
  const limit = limitOf(baseline, anomalyShare)
  const scored = scoredOf(quality, anomalyShare)
  return [
    ...features.map((column, i) => columnOf('feature', column, (window) => window.features[i])),
    ...answers.map((column, i) => columnOf('answer', column, (window) => window.answers[i])),
    ...(confidence === undefined ? [] : [columnOf('confidence', confidence, (window) => window.confidence)]),
    ...(limit === undefined
      ? []
      : [
          {
            ...{ role: 'row' as const, name: 'anomaly', cells: ANOMALY_CELLS },
            baseline: [limit.heldOut - limit.anomalous, limit.anomalous, 0, 0],
            counts: [scored.rows - scored.anomalous, scored.anomalous, 0, 0],
          },
        ]),
  ]
}

/** Columns that are tested in the window, over all versions that predicted in it. */
export function testsIn(
  versions: readonly VersionCounts[],
  { from }: Pick<Window, 'from'>,
  anomalyShare: number,
): number {
  const tested = versions.filter(({ windows }) => windows.some((each) => each.from >= from))
  return tested.reduce(
    (sum, { baseline }) => sum + (baseline === undefined ? 0 : columnCountOf(baseline, anomalyShare)),
    0,
  )
}

export function columnCountOf(baseline: Baseline, anomalyShare: number): number {
  const { features, answers, confidence } = baseline
  const ofRows = limitOf(baseline, anomalyShare) === undefined ? 0 : 1
  return features.length + answers.length + (confidence === undefined ? 0 : 1) + ofRows
}

function limitOf({ rowForest }: Baseline, anomalyShare: number) {
  return anomalyShare > 0 ? rowForest?.limitAt(anomalyShare) : undefined
}
