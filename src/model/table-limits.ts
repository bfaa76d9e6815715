// How large a table may be.

/** Columns of one table at the most, and cells: a few rows with wild keys must not cost gigabytes. */
export const COLUMNS_MAX = 10_000
export const CELLS_MAX = 2 ** 29

/** How many columns a table of so many rows may have. */
export function columnsMaxOf(rowCount: number): number {
  return Math.min(COLUMNS_MAX, Math.floor(CELLS_MAX / Math.max(rowCount, 1)))
}
