// Reads the CSV files of examples/data as JSON rows: numbers where they are numbers, null where a cell is empty.
import { readFile } from 'node:fs/promises'

export type Row = Record<string, string | number | null>

/** Files without line breaks or commas inside quotes, as ours are. */
export async function readCsv(path: URL): Promise<Row[]> {
  const [head, ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/)
  const unquote = (cell: string): string => cell.replace(/^"(.*)"$/, '$1')
  const names = (head as string).split(',').map(unquote)
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => {
      const text = unquote(cell)
      if (text === '') return null
      return Number.isNaN(Number(text)) ? text : Number(text)
    })
    return Object.fromEntries(names.map((name, j) => [name, cells[j] ?? null]))
  })
}
