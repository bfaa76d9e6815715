// What a training is sure to need, before it takes it: a process that is killed for its memory says less.
import type { Estimator } from '../learning/estimator.ts'
import { asCategorical, cellsOf, type Table } from '../model/table.ts'

const NUMBER_BYTES = 8
const MIB = 2 ** 20

/** A training that cannot have the memory that it needs. */
export class MemoryForecastError extends Error {
  override readonly name = 'MemoryForecastError'
}

interface ForecastRows {
  readonly features: Table
  readonly labels: Table
  /** Rows that are predicted for metrics at once. */
  readonly judgedCount: number
}

/**
 * Throws MemoryForecastError where the tables and the probabilities of a classifier's metrics, rows × classes, are more than
 * the process may hold. What the method needs beside them is not foreseen, but watched. O(rows).
 */
export function requireMemory(
  kind: Estimator['kind'],
  { features, labels, judgedCount }: ForecastRows,
  byteLengthMax: number,
): void {
  const { rowCount } = features
  const tableBytes = [...features.columns, ...labels.columns].reduce(
    (sum, column) => sum + cellsOf(column).byteLength,
    0,
  )
  const classCount =
    kind === 'classifier' ? labels.columns.reduce((sum, label) => sum + asCategorical(label).levels.length, 0) : 0
  const probabilityBytes = NUMBER_BYTES * judgedCount * classCount
  if (tableBytes + probabilityBytes <= byteLengthMax) return
  const probabilities =
    classCount === 0 ? '' : `, and of ${classCount} classes ${mib(probabilityBytes)} MiB of probabilities`
  throw new MemoryForecastError(
    `${rowCount} rows are ${mib(tableBytes)} MiB${probabilities}, but the training may hold ${mib(byteLengthMax)} MiB (TRAIN_MEMORY_MB)`,
  )
}

function mib(bytes: number): number {
  return Math.ceil(bytes / MIB)
}
