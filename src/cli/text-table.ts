// Rows of cells as lines of text, in columns.

/** The first row is the heading. Columns are as wide as their widest cell; those after the first stand to the right. */
export function textTable(rows: readonly (readonly string[])[], areNumbers = true): string {
  const widths = (rows[0] ?? []).map((_, j) => Math.max(...rows.map((row) => row[j]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, j) => (j > 0 && areNumbers ? cell.padStart(widths[j] ?? 0) : cell.padEnd(widths[j] ?? 0)))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}
