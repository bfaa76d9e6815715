// Two samples, column by column: whether they differ, how much, and where.
import { type ColumnCells, cellNames } from '../../cells/baseline.ts'
import { invalidRequest } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { shownNames } from '../../model/shown.ts'
import type { Column, Table } from '../../model/table.ts'
import { type ColumnJudgement, judgeWindow, type WindowJudgement } from '../statistics/judge-window.ts'
import {
  type KolmogorovSmirnov,
  kolmogorovSmirnov,
  wassersteinDistance,
  wassersteinInDeviations,
} from '../statistics/kolmogorov-smirnov.ts'
import { type ColumnSamples, type SampleKind, sampleColumn } from './column-samples.ts'
import type { DetectionOptions } from './detection-request.ts'

export interface DetectedColumn extends ColumnJudgement {
  readonly kind: SampleKind
  readonly kindNow: SampleKind | undefined
  readonly cells: readonly DetectedCell[]
  /** Of numbers and times that both samples have. */
  readonly values: ComparedValues | undefined
}

export interface DetectedCell {
  readonly name: string
  /** Of the inner cells of numbers: from this value on, */
  readonly from?: number
  /** below this one; the last also holds it. */
  readonly to?: number
  readonly reference: number
  readonly current: number
}

export interface ComparedValues {
  readonly kolmogorovSmirnov: KolmogorovSmirnov
  readonly wasserstein: number
  /** In standard deviations of the baseline; undefined where that is constant. */
  readonly wassersteinInDeviations: number | undefined
}

export interface DetectedDrift extends Omit<WindowJudgement, 'columns'> {
  readonly daysPerFalseAlarm: number
  readonly referenceRows: number
  readonly currentRows: number
  readonly columns: readonly DetectedColumn[]
  /** Columns that the baseline lacks: nothing can be said of them. */
  readonly newColumns: readonly string[]
}

/**
 * Rows are taken as independent of each other. Throws ServiceError REQUEST_INVALID where a column is asked for that the
 * baseline has not. O(rows log rows × columns).
 */
export function detectDrift(baseline: Table, current: Table, options: DetectionOptions): DetectedDrift {
  const { columns: asked, days_per_false_alarm: daysPerFalseAlarm, psi_to_find: psiToFind } = options
  const names = baseline.columns.map(({ name }) => name)
  const faults = new FaultList()
  addColumnFaults(names, asked, faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
  const wanted = new Set(asked ?? names)
  const now = new Map(current.columns.map((column) => [column.name, column]))
  const compared = baseline.columns.filter(({ name }) => wanted.has(name))
  const samples = compared.map((column) => sampleColumn(column, now.get(column.name), current.rowCount))
  const judgement = judgeWindow(
    compared.map(({ name }, i) => ({ name, ...(samples[i] as ColumnSamples) })),
    { daysPerFalseAlarm, tests: compared.length, psiToFind },
  )
  const known = new Set(names)
  return {
    ...judgement,
    daysPerFalseAlarm,
    referenceRows: baseline.rowCount,
    currentRows: current.rowCount,
    columns: judgement.columns.map((column, i) => detectedColumn(column, samples[i] as ColumnSamples)),
    newColumns: current.columns.flatMap(({ name }: Column) => (known.has(name) || asked !== undefined ? [] : [name])),
  }
}

/** Adds the columns that the baseline has not. asked: undefined is all. */
export function addColumnFaults(
  names: readonly string[],
  asked: readonly string[] | undefined,
  faults: FaultList,
): void {
  if (asked === undefined) return
  const known = new Set(names)
  for (const column of asked) {
    if (known.has(column)) continue
    const detail = `columns: the baseline has no such column; there are ${shownNames(names)}`
    faults.add({ in: 'body', parameter: 'options', column, detail })
  }
}

function detectedColumn(
  judgement: ColumnJudgement,
  { kind, kindNow, cells, reference, current, values }: ColumnSamples,
): DetectedColumn {
  return {
    ...judgement,
    kind,
    kindNow,
    cells: cellNames(cells).map((name, cell) => ({
      name,
      ...endsOf(cells, cell),
      reference: reference[cell] as number,
      current: current[cell] as number,
    })),
    values: values === undefined ? undefined : comparedValues(values.reference, values.current),
  }
}

function endsOf(cells: ColumnCells, cell: number): { from?: number; to?: number } {
  if (cells.kind === 'categorical') return {}
  const [from, to] = [cells.edges[cell], cells.edges[cell + 1]]
  return from === undefined || to === undefined ? {} : { from, to }
}

function comparedValues(reference: Float64Array, current: Float64Array): ComparedValues | undefined {
  if (reference.length === 0 || current.length === 0) return undefined
  return {
    kolmogorovSmirnov: kolmogorovSmirnov(reference, current),
    wasserstein: wassersteinDistance(reference, current),
    wassersteinInDeviations: wassersteinInDeviations(reference, current),
  }
}
