// The data sets of examples/data as rows of JSON, as a caller sends them.
import { readFileSync } from 'node:fs'

type Row = Record<string, string | number | null>

/** Features and labels of a data set; numbers where a field is one, null where it is empty. */
export function csvRows(name: string, labels: readonly string[] = []): { features: Row[]; labels: Row[] } {
  const url = new URL(`../../examples/data/${name}.csv`, import.meta.url)
  // None of these files has a comma or a line break within quotes.
  const [header = '', ...lines] = readFileSync(url, 'utf8').trimEnd().replaceAll('"', '').split(/\r?\n/)
  const names = header.split(',')
  const rows = lines.map((line) => line.split(',').map((field, j) => [names[j] as string, valueIn(field)] as const))
  const pick = (isLabel: boolean): Row[] =>
    rows.map((row) => Object.fromEntries(row.filter(([column]) => labels.includes(column) === isLabel)))
  return { features: pick(false), labels: labels.length > 0 ? pick(true) : [] }
}

function valueIn(field: string): string | number | null {
  if (field === '') return null
  return Number.isNaN(Number(field)) ? field : Number(field)
}
