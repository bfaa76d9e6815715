// Rows of all kinds of columns, for models that are exported, and rows to ask them: at thresholds, one ulp beside them,
// missing, and with categories that no training saw.

import { Random } from '../../../src/learning/random.ts'
import { FaultList } from '../../../src/model/faults.ts'
import { asCategorical, type Column, type Level, type Table } from '../../../src/model/table.ts'
import { buildTable } from '../../support/build-table.ts'

export interface TrainingRows {
  readonly features: Table
  /** By name: classes of three texts, of two booleans, of whole numbers, and a number. */
  readonly labels: Table
}

const CITIES = ['Zürich', '東京', 'İstanbul', '', "Côte d'Ivoire", '🙂', 'a"b']
const NAMES: Readonly<Record<string, string>> = {
  ...{ n: 'amount', w: 'size (m²)', c: 'city', m: 'street', o: 'shop', b: 'married', t: 'when' },
  ...{ x: 'grade', y: '_4', z: 'age' },
}
const KINDS = ['naïve', 'größer', '未知']

/**
 * Which columns, a letter each: n numbers, w whole numbers, c categories of text, m many of them, o more than a split can
 * name, b booleans, t times, x numbers that are categories, y texts and numbers mixed, z numbers of which some are marks.
 */
export type ColumnLetters = string

/** `rowCount` rows of those columns; with `holes` one value in twelve is missing. */
export function trainingRows(letters: ColumnLetters, { rowCount = 240, holes = true, seed = 7 } = {}): TrainingRows {
  const random = new Random(seed)
  const rows = Array.from({ length: rowCount }, () => {
    const whole: Record<string, Level> = {
      amount: Math.round(random.uniform() * 1e4) / 64,
      'size (m²)': random.integer(9),
      city: CITIES[random.integer(CITIES.length)] as string,
      street: `street ${random.integer(90)}`,
      shop: `shop ${random.integer(60_000)}`,
      grade: [0.5, -3, 12][random.integer(3)] as number,
      _4: ['x', 'y', 3, true][random.integer(4)] as Level,
      age: random.integer(6) === 0 ? -999 : random.integer(90),
      married: random.integer(2) === 1,
      when: Date.UTC(1968 + random.integer(80), random.integer(12), 1 + random.integer(31), random.integer(24)),
    }
    return whole
  })
  const score = (row: Record<string, Level>): number =>
    (row['amount'] as number) / 40 +
    (row['size (m²)'] as number) * ((row['city'] as string).length - 2) +
    (row['married'] === true ? 2 : 0) +
    ((row['street'] as string).length % 3) +
    random.uniform()
  const labels = rows.map((row) => {
    const value = score(row)
    return {
      kind: KINDS[value < 2 ? 0 : value < 9 ? 1 : 2],
      yes: value > 4,
      count: Math.max(0, Math.round(value)),
      price: value + 30,
      one: 'the only one',
      'one number': 4.25,
      vast: value * 1e306,
    }
  })
  const taken = [...letters].map((letter) => NAMES[letter] as string)
  const given = rows.map((row) =>
    Object.fromEntries(taken.map((name) => [name, holes && random.integer(12) === 0 ? null : row[name]])),
  )
  return { features: asMeant(tableOf(given)), labels: tableOf(labels) }
}

export function tableOf(rows: readonly unknown[]): Table {
  return buildTable(rows, 'features', new FaultList())
}

/** Times as times, grades as categories, −999 as a mark of a missing age. */
function asMeant(table: Table): Table {
  const columns = table.columns.map((column): Column => {
    const { name } = column
    if (name === 'grade') return asCategorical(column)
    if (column.kind !== 'numeric') return column
    if (name === 'when') return { kind: 'time', name, values: column.values }
    if (name !== 'age') return column
    const values = column.values.map((value) => (value === -999 ? Number.NaN : value))
    return { ...column, values, reading: { missing: ['-999'] } }
  })
  return { ...table, columns }
}

/** The training rows, then rows near `thresholds` of numeric columns, rows of nothing, and rows of unseen categories. */
export function askedRows({ features }: TrainingRows, thresholds: ReadonlyMap<string, readonly number[]>): Table {
  const { rowCount } = features
  const places = Array.from(thresholds.values(), ({ length }) => 3 * length)
  const more = Math.max(12, ...places)
  const total = rowCount + more
  const columns = features.columns.map((column): Column => {
    if (column.kind === 'categorical') {
      const levels = [...column.levels]
      const areTexts = levels.some((level) => typeof level === 'string')
      if (areTexts) levels.push('never seen', 'zurich')
      const codes = Int32Array.from({ length: total }, (_, i) =>
        i < rowCount ? (column.codes[i] as number) : (i % (levels.length + 1)) - 1,
      )
      return { ...column, codes, levels }
    }
    const near = (thresholds.get(column.name) ?? [...column.values.slice(0, 8)]).flatMap((value) => [
      value,
      besides(value, 1),
      besides(value, -1),
    ])
    const values = Float64Array.from({ length: total }, (_, i) => {
      if (i < rowCount) return column.values[i] as number
      const k = i - rowCount
      if (k % 11 === 9 && column.name === 'age') return -999
      return k % 11 === 10 ? Number.NaN : (near[k % near.length] as number)
    })
    if (column.kind === 'time') return { ...column, values: values.map(Math.round) }
    return { ...column, values }
  })
  return { rowCount: total, columns }
}

/** The next double above (1) or below (−1). */
export function besides(value: number, direction: 1 | -1): number {
  if (!Number.isFinite(value)) return value
  if (value === 0) return direction * Number.MIN_VALUE
  const bits = new BigInt64Array(Float64Array.of(value).buffer)
  bits[0] = (bits[0] as bigint) + BigInt(value > 0 ? direction : -direction)
  return new Float64Array(bits.buffer)[0] as number
}
