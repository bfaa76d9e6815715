// A version that is watched: its rows, and counts of days that are over.
import { randomUUID } from 'node:crypto'
import { type Baseline, columnsOf } from '../../src/cells/baseline.ts'
import type { Queryable } from '../../src/database/pool.ts'
import { Random } from '../../src/learning/random.ts'

export interface MonitoredRow {
  readonly amount: number | null
  readonly colour: string
}

export interface Change {
  /** In standard deviations of amount. */
  readonly shift?: number
  /** Share of the rows without an amount. */
  readonly missing?: number
  /** Share of the rows with a colour that the training had not. */
  readonly unseen?: number
}

/** Amounts from a normal distribution, and three colours. */
export function monitoredRows(count: number, seed: number, change: Change = {}): MonitoredRow[] {
  const { shift = 0, missing = 0, unseen = 0 } = change
  const random = new Random(seed)
  return Array.from({ length: count }, () => ({
    amount: random.uniform() < missing ? null : Math.round(1000 * (random.normal() + shift)) / 1000,
    colour:
      random.uniform() < unseen ? 'violet' : (['red', 'green', 'blue'][Math.floor(random.uniform() * 3)] as string),
  }))
}

/** With a label that depends on both columns. */
export function monitoredCsv(count: number, seed: number): string {
  const rows = monitoredRows(count, seed).map(({ amount, colour }) => {
    const kind = (amount ?? 0) + (colour === 'red' ? 0.5 : 0) > 0 ? 'high' : 'low'
    return `${amount},${colour},${kind}\n`
  })
  return `amount,colour,kind\n${rows.join('')}`
}

/**
 * Writes what a worker would have counted in an hour: rows as the training had them. shifted: rows of the first column come
 * from its upper half alone.
 */
export async function insertCounts(
  owner: Queryable,
  { deploymentId, hour, baseline, rows, seed, isShifted = false }: CountedHour,
): Promise<void> {
  const random = new Random(seed)
  const counts = columnsOf(baseline).flatMap((column, i) => {
    const half = Math.floor((column.counts.length - 3) / 2)
    const from = column.counts.map((count, cell) => (isShifted && i === 0 && cell < half ? 0 : count))
    return drawn(from, rows, random)
  })
  await owner.query(
    `insert into ml_worker.cell_counts (deployment_id, version, hour, process_id, row_count, counts)
     select deployment_id, version, $2, $3, $4, $5 from ml_worker.deployments where deployment_id = $1`,
    [deploymentId, hour, randomUUID(), rows, counts],
  )
}

export interface CountedHour {
  readonly deploymentId: number
  readonly hour: Date
  readonly baseline: Baseline
  readonly rows: number
  readonly seed: number
  readonly isShifted?: boolean
}

/** So many rows, each in a cell by the shares of `counts`. */
function drawn(counts: readonly number[], rows: number, random: Random): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const cells = counts.map(() => 0)
  for (let row = 0; row < rows; row++) {
    let left = random.uniform() * total
    const cell = counts.findIndex((count) => {
      left -= count
      return left < 0
    })
    cells[cell] = (cells[cell] ?? 0) + 1
  }
  return cells
}
