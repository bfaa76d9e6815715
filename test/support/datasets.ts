// The data sets of examples/data as matrices, and seeded splits of their rows.
import { readFileSync } from 'node:fs'
import type { ClassTarget } from '../../src/learning/estimator.ts'
import { type Matrix, numericMatrix } from '../../src/learning/matrix.ts'
import { Random } from '../../src/learning/random.ts'

/** A data set: numbers as features, and the target as classes, or as values where it is a number to be estimated. */
export interface Dataset {
  readonly x: Matrix
  readonly classes: ClassTarget
  readonly values: Float64Array
}

const TARGETS = {
  iris: 'species',
  wine: 'cultivar',
  breast_cancer: 'diagnosis',
  digits: 'digit',
  house_votes: 'Class',
  letter: 'lettr',
  diabetes: 'progression',
} as const
export type DatasetName = keyof typeof TARGETS

/** Reads a data set. The votes n and y become 0 and 1, an empty field a missing value. Classes are in order of text. */
export function readDataset(name: DatasetName): Dataset {
  const url = new URL(`../../examples/data/${name}.csv`, import.meta.url)
  // None of these files has a comma or a line break within quotes.
  const [header, ...lines] = readFileSync(url, 'utf8').trimEnd().replaceAll('"', '').split(/\r?\n/)
  const names = (header as string).split(',')
  const rows = lines.map((line) => line.split(','))
  const target = names.indexOf(TARGETS[name])
  const labels = rows.map((row) => row[target] as string)
  const features = names.map((_, j) => j).filter((j) => j !== target)
  const columns = features.map((j) => Float64Array.from(rows, (row) => toNumber(row[j] as string)))
  const classNames = [...new Set(labels)].toSorted()
  const codeOf = new Map(classNames.map((className, code) => [className, code]))
  return {
    x: numericMatrix(columns, rows.length),
    classes: { codes: Int32Array.from(labels, (label) => codeOf.get(label) as number), classNames },
    values: Float64Array.from(labels, Number),
  }
}

/** Row indices to fit and to test on: shuffled by the seed, the first share held out. As in generate_accuracy.py. */
export function splitRows(rowCount: number, seed: number, testShare: number): { train: Int32Array; test: Int32Array } {
  const order = Int32Array.from({ length: rowCount }, (_, i) => i)
  new Random(seed).shuffle(order)
  const testCount = Math.floor(rowCount * testShare)
  return { train: order.slice(testCount), test: order.slice(0, testCount) }
}

/** The rows at the indices. */
export function takeRows({ x, classes, values }: Dataset, rows: Int32Array): Dataset {
  return {
    x: numericMatrix(
      x.columns.map((column) => Float64Array.from(rows, (i) => column[i] as number)),
      rows.length,
    ),
    classes: { ...classes, codes: Int32Array.from(rows, (i) => classes.codes[i] as number) },
    values: Float64Array.from(rows, (i) => values[i] as number),
  }
}

function toNumber(field: string): number {
  if (field === '') return Number.NaN
  return field === 'y' ? 1 : field === 'n' ? 0 : Number(field)
}
