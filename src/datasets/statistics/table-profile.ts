// The statistics of a table in one pass over its rows, a batch at a time: memory does not grow with the rows.
import { columnDoubt } from '../../model/doubts/column-doubt.ts'
import { columnsThatTell } from '../../model/doubts/tells-label.ts'
import type { ReadTable } from '../../model/read-column.ts'
import { type Column, type Table, takeRows } from '../../model/table.ts'
import { alikeColumns, COMPARED_MAX } from './alike-columns.ts'
import { ColumnTally, countedMaxOf, type RowHashes } from './column-tally.ts'
import { type DescribedColumn, describeColumn } from './describe-column.ts'
import { EqualRows } from './equal-rows.ts'
import { RowSample } from './row-sample.ts'
import type { ColumnStatistics, Finding, LabelCandidate, TableStatistics } from './table-statistics.ts'

/** Values that the label of a classifier may have, for its column to be a candidate. */
const CLASSES_MAX = 20
const CANDIDATES_MAX = 10
/** Columns that are held against each candidate. */
const TELLING_MAX = 200
/** Rows in which columns are compared with one another. */
const COMPARED_ROWS_MAX = 10_000
/** Below this share a class is rare. */
const RARE_SHARE = 0.05
const FINDINGS_MAX = 200

export class TableProfile {
  rowCount = 0
  private readonly tallies = new Map<string, ColumnTally>()
  private readonly sample = new RowSample()
  private readonly equalRows = new EqualRows()

  /** Adds the rows of a batch; columns that it lacks are missing in them. O(cells). */
  add({ rowCount, columns }: ReadTable): void {
    const rows: RowHashes = { highs: new Int32Array(rowCount), lows: new Int32Array(rowCount) }
    const countedMax = countedMaxOf(columns.length)
    for (const column of columns) {
      let tally = this.tallies.get(column.name)
      if (tally === undefined) {
        tally = new ColumnTally(column.name, countedMax)
        this.tallies.set(column.name, tally)
      }
      tally.add(column, rows)
    }
    for (let row = 0; row < rowCount; row++) this.equalRows.add(rows.highs[row] as number, rows.lows[row] as number)
    this.sample.add(rowCount, columns)
    this.rowCount += rowCount
  }

  get columnCount(): number {
    return this.tallies.size
  }

  /** O(columns × sampled rows × log). */
  finish(): TableStatistics {
    const { rowCount, sample } = this
    for (const tally of this.tallies.values()) tally.finish()
    const described = [...this.tallies.values()].map((tally) =>
      describeColumn(tally, sample.column(tally.name), rowCount),
    )
    const columns = described.map(({ statistics }) => statistics)
    const table: Table = { rowCount: sample.rowCount, columns: described.map(({ column }) => column) }
    const cellCount = rowCount * columns.length
    const missing = columns.reduce((sum, column) => sum + column.missing, 0)
    const { count, isExact } = this.equalRows.result
    const alike = alikeColumns(fewerRows(table))
    const candidates = candidatesOf(described)
    const findings: Finding[] = [
      ...equalRowsFinding(count, rowCount, isExact),
      ...described.flatMap((column) => [...column.findings, ...doubtsOf(column, rowCount)]),
      ...candidates.flatMap(classFindings),
      ...alike.map(({ columns: [a, b], measure, value }) => ({
        code: 'COLUMNS_ALIKE',
        column: b as string,
        message: `says nearly the same as ${JSON.stringify(a)} (${measure} ${value.toFixed(4)} in the sample)`,
      })),
    ]
    return {
      rows: rowCount,
      sample_rows: sample.rowCount,
      completeness: cellCount === 0 ? 0 : 1 - missing / cellCount,
      missing_cells: missing,
      duplicate_rows: { count, is_exact: isExact },
      columns,
      label_candidates: candidates,
      alike,
      compared_columns: Math.min(COMPARED_MAX, columns.length),
      findings: findings.slice(0, FINDINGS_MAX),
    }
  }
}

function fewerRows(table: Table): Table {
  if (table.rowCount <= COMPARED_ROWS_MAX) return table
  return takeRows(
    table,
    Int32Array.from({ length: COMPARED_ROWS_MAX }, (_, i) => Math.floor((i * table.rowCount) / COMPARED_ROWS_MAX)),
  )
}

function equalRowsFinding(count: number, rowCount: number, isExact: boolean): Finding[] {
  if (count === 0) return []
  const about = isExact ? '' : 'about '
  return [{ code: 'ROWS_EQUAL', message: `${about}${count} of ${rowCount} rows equal an earlier row in every column` }]
}

/** Columns from which nothing can be learned: by all rows where they are constant, by the sample where they look like ids. */
function doubtsOf({ statistics, column }: DescribedColumn, rowCount: number): Finding[] {
  const { name, present, missing, distinct } = statistics
  if (present === 0)
    return [{ code: 'COLUMN_ALL_MISSING', column: name, message: `none of ${rowCount} rows has a value` }]
  if (distinct.is_exact && distinct.count === 1 && rowCount > 1) {
    const others = missing > 0 ? `, ${missing} more have none` : ''
    return [{ code: 'COLUMN_CONSTANT', column: name, message: `${present} rows have the same value${others}` }]
  }
  const sampled = 'codes' in column ? column.codes.length : column.values.length
  const doubt = columnDoubt(column, rowCount - sampled)
  if (doubt?.code !== 'COLUMN_ID_LIKE') return []
  const exactly = distinct.is_exact ? '' : 'about '
  const message = `${exactly}${distinct.count} distinct values in ${present} rows: it looks like an identifier`
  return [{ code: doubt.code, column: name, message }]
}

/** The columns of few values, those of the fewest missing first. */
function candidatesOf(described: readonly DescribedColumn[]): LabelCandidate[] {
  return described
    .filter(({ statistics }) => isCandidate(statistics))
    .slice(0, CANDIDATES_MAX)
    .map(({ statistics, column }) => {
      const classes = statistics.top ?? []
      const others = described.filter((other) => other.column !== column).slice(0, TELLING_MAX)
      return {
        column: statistics.name,
        classes,
        balance: balanceOf(classes.map(({ share }) => share)),
        smallest_share: Math.min(...classes.map(({ share }) => share)),
        told_by: tellingColumns(
          column,
          others.map((other) => other.column),
        ),
      }
    })
}

function isCandidate({ distinct, kind, numbers }: ColumnStatistics): boolean {
  const isFew = distinct.is_exact && distinct.count >= 2 && distinct.count <= CLASSES_MAX
  return isFew && (kind === 'categorical' || numbers?.are_integers === true)
}

/** Shannon's entropy of the shares by that of as many equal ones. */
function balanceOf(shares: readonly number[]): number {
  const entropy = -shares.reduce((sum, share) => sum + share * Math.log(share), 0)
  return Math.max(0, Math.min(1, entropy / Math.log(shares.length)))
}

function tellingColumns(label: Column, columns: readonly Column[]): string[] {
  return [...columnsThatTell(columns, label, 'classifier')].flatMap(({ column }) => column ?? [])
}

function classFindings({ column, smallest_share: smallest, told_by: telling }: LabelCandidate): Finding[] {
  const findings: Finding[] = []
  if (smallest < RARE_SHARE) {
    const message = `as a label it is out of balance: its rarest class has ${(100 * smallest).toFixed(2)} % of the rows`
    findings.push({ code: 'CLASSES_UNEQUAL', column, message })
  }
  for (const name of telling) {
    const message = `as a label it is given away by the column ${JSON.stringify(name)} alone`
    findings.push({ code: 'COLUMN_TELLS_LABEL', column, message })
  }
  return findings
}
