// A CSV of 20 columns, as tables of business are: numbers of few and of many digits, categories, dates, codes, a few missing.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Random } from '../../src/learning/random.ts'

const REGIONS = ['north', 'south', 'east', 'west', 'centre']
const STATES = ['open', 'paid', 'sent', 'returned']
const MS_A_DAY = 86_400_000
const FIRST_DAY = Date.UTC(2015, 0, 1)
const DAYS = 4000
const WRITE_CHARACTERS = 2 ** 18

/** Each column, and how it writes one value. */
const COLUMNS: Readonly<Record<string, (random: Random, row: number) => string>> = {
  id: (_, row) => String(row),
  ...Object.fromEntries(numbered('amount', 5).map((name) => [name, (random: Random) => random.normal().toFixed(4)])),
  ...Object.fromEntries(numbered('measure', 4).map((name) => [name, (random: Random) => String(random.uniform())])),
  ...Object.fromEntries(numbered('count', 4).map((name) => [name, (random: Random) => String(random.integer(1000))])),
  region: (random) => REGIONS[random.integer(REGIONS.length)] as string,
  state: (random) => STATES[random.integer(STATES.length)] as string,
  day: (random) => new Date(FIRST_DAY + MS_A_DAY * random.integer(DAYS)).toISOString().slice(0, 10),
  product: (random) => `P${random.integer(5000)}`,
  discount: (random) => (random.integer(10) === 0 ? '' : String(random.integer(30))),
  label: (random) => String(random.integer(2)),
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}_${i + 1}`)
}

/** Writes rows until there are so many rows, or so many bytes. Gives how many of both there are. */
export async function writeTable(
  path: string,
  { rowsMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY },
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const random = new Random(1)
  const file = createWriteStream(path)
  const cells = Object.values(COLUMNS)
  let text = `${Object.keys(COLUMNS).join()}\n`
  let bytes = text.length
  let rows = 0
  for (; rows < rowsMax && bytes < bytesMax; rows++) {
    const line = `${cells.map((cell) => cell(random, rows)).join()}\n`
    bytes += line.length
    text += line
    if (text.length < WRITE_CHARACTERS) continue
    if (!file.write(text, 'latin1')) await once(file, 'drain')
    text = ''
  }
  file.end(text, 'latin1')
  await once(file, 'finish')
  return { rows, bytes }
}
