// One column from what was counted and from the sample of its rows: what it is, and its figures.
import { linearQuantile } from '../../learning/linear-quantile.ts'
import { equalWidthHistogram, histogramRange } from '../../learning/metrics/equal-width-histogram.ts'
import { hasLeadingZeros, isNearlyAll } from '../../model/judge-column.ts'
import { isInfinite, isMissingMark } from '../../model/missing-marks.ts'
import { type CategoricalColumn, type Column, type Level, orderLevels } from '../../model/table.ts'
import { timeIn } from '../../model/times.ts'
import type { ColumnTally } from './column-tally.ts'
import type { SampledColumn } from './row-sample.ts'
import type { ColumnStatistics, Finding } from './table-statistics.ts'

const TOP_MAX = 20
const SHOWN_LENGTH_MAX = 200
const BINS_MAX = 30
const PROBABILITIES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

export interface DescribedColumn {
  readonly statistics: ColumnStatistics
  /** In the rows of the sample. */
  readonly column: Column
  readonly findings: readonly Finding[]
}

export function describeColumn(tally: ColumnTally, sample: SampledColumn, rowCount: number): DescribedColumn {
  const kind = kindOf(tally, sample)
  const column = kind === 'numeric' ? numericOf(tally.name, sample) : categoricalOf(tally, sample)
  const { numbers, levelRowCount, markCount } = tally
  const present = kind === 'numeric' ? numbers.count : numbers.count + levelRowCount
  const top = topOf(tally, kind, present)
  const marks = markCount === 0 ? {} : { marks: markCount }
  const isNumbers = kind === 'numeric' && numbers.count > 0
  const statistics: ColumnStatistics = {
    name: tally.name,
    kind: kind === 'categorical' && areTimes(tally, sample) ? 'time' : kind,
    present,
    missing: rowCount - present,
    distinct: distinctOf(tally, kind),
    ...marks,
    ...(isNumbers ? { numbers: numbersOf(tally, sample) } : {}),
    ...(top === undefined ? {} : { top }),
  }
  return { statistics, column, findings: findingsOf(tally, kind) }
}

/** As a training reads it: numbers with marks of missing values among them are numbers, and any other text makes text. */
function kindOf(tally: ColumnTally, sample: SampledColumn): 'numeric' | 'categorical' {
  const { numbers, levelRowCount, markCount } = tally
  if (levelRowCount === 0) return 'numeric'
  if (numbers.count === 0) return 'categorical'
  if (levelRowCount === markCount) return 'numeric'
  const others = levelsOf(tally, sample).filter((level) => !(typeof level === 'string' && isMissingMark(level)))
  return others.every((level) => typeof level === 'string' && isInfinite(level)) ? 'numeric' : 'categorical'
}

/** Whether all texts are dates or date-times, as a model that takes times reads them. */
function areTimes(tally: ColumnTally, sample: SampledColumn): boolean {
  if (tally.numbers.count > 0) return false
  const texts = levelsOf(tally, sample).filter((level) => !(typeof level === 'string' && isMissingMark(level)))
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && timeIn(text) !== undefined)
}

/** Its texts and booleans: all where they were counted, else those of the sample. */
function levelsOf(tally: ColumnTally, sample: SampledColumn): Level[] {
  return tally.countsOfLevels()?.map(([level]) => level) ?? sample.filter((cell) => typeof cell !== 'number')
}

function numericOf(name: string, sample: SampledColumn): Column {
  return { kind: 'numeric', name, values: numbersIn(sample) }
}

function numbersIn(sample: SampledColumn): Float64Array {
  return Float64Array.from(sample, (cell) => (typeof cell === 'number' ? cell : Number.NaN))
}

function categoricalOf({ name, numbers, levelRowCount }: ColumnTally, sample: SampledColumn): CategoricalColumn {
  const isMixed = numbers.count > 0 && levelRowCount > 0
  const codeOf = new Map<Level, number>()
  const codes = new Int32Array(sample.length).fill(-1)
  for (let row = 0; row < codes.length; row++) {
    const given = sample[row] as Level
    if (Number.isNaN(given)) continue
    const level = isMixed ? String(given) : given
    const code = codeOf.get(level) ?? codeOf.size
    codeOf.set(level, code)
    codes[row] = code
  }
  const { levels, newCodes } = orderLevels([...codeOf.keys()])
  return {
    kind: 'categorical',
    name,
    levels,
    codes: codes.map((code) => (code < 0 ? -1 : (newCodes[code] as number))),
  }
}

function distinctOf(tally: ColumnTally, kind: 'numeric' | 'categorical'): ColumnStatistics['distinct'] {
  const counts = [tally.countsOfNumbers(), kind === 'numeric' ? [] : tally.countsOfLevels()]
  const [ofNumbers, ofLevels] = counts
  if (ofNumbers !== undefined && ofLevels !== undefined) {
    return { count: ofNumbers.length + ofLevels.length, is_exact: true }
  }
  return { count: tally.distinct.estimate(), is_exact: false }
}

function numbersOf(
  { numbers, mean, squares }: ColumnTally,
  sample: SampledColumn,
): NonNullable<ColumnStatistics['numbers']> {
  const sorted = numbersIn(sample)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const range = histogramRange(sorted, BINS_MAX)
  const histogram = range && equalWidthHistogram(sorted, range.from, range.to, range.binCount)
  const quantiles = PROBABILITIES.map((p) => [String(p), linearQuantile(sorted, p)] as const)
  const hasSquares = Number.isFinite(squares)
  return {
    mean: Number.isFinite(mean) ? mean : numbers.least / 2 + numbers.most / 2,
    ...(numbers.count > 1 && hasSquares ? { std: Math.sqrt(squares / (numbers.count - 1)) } : {}),
    min: numbers.least,
    max: numbers.most,
    zeros: numbers.zeroCount,
    are_integers: numbers.integerCount === numbers.count,
    quantiles: sorted.length === 0 ? {} : Object.fromEntries(quantiles),
    ...(histogram === undefined ? {} : { histogram: { ...histogram, counts: [...histogram.counts] } }),
  }
}

/** Undefined where there are more values than are counted one by one. */
function topOf(tally: ColumnTally, kind: 'numeric' | 'categorical', present: number): ColumnStatistics['top'] {
  const ofNumbers = tally.countsOfNumbers()
  const ofLevels = kind === 'numeric' ? [] : tally.countsOfLevels()
  if (ofNumbers === undefined || ofLevels === undefined || present === 0) return undefined
  const counts: [Level, number][] = [...ofNumbers, ...ofLevels]
  return counts
    .sort((a, b) => b[1] - a[1])
    .slice(0, TOP_MAX)
    .map(([value, count]) => ({ value: shownValue(value), count, share: count / present }))
}

function shownValue(value: Level): Level {
  if (typeof value !== 'string' || value.length <= SHOWN_LENGTH_MAX) return value
  return `${value.slice(0, SHOWN_LENGTH_MAX - 1).toWellFormed()}…`
}

function findingsOf(tally: ColumnTally, kind: 'numeric' | 'categorical'): Finding[] {
  const { name: column, numbers, levelRowCount, markCount, wideCount } = tally
  const findings: Finding[] = []
  if (markCount > 0 && kind === 'numeric') {
    findings.push({
      code: 'MISSING_MARKS',
      column,
      message: `${markCount} cells such as NA were read as missing values`,
    })
  } else if (markCount > 0) {
    const message = `${markCount} cells such as NA are values of their own; name them in na_values where they are missing`
    findings.push({ code: 'MARKS_KEPT', column, message })
  }
  if (wideCount > 0) {
    findings.push({ code: 'INTEGERS_ROUNDED', column, message: `${wideCount} integers beyond 2^53 were rounded` })
  }
  if (kind === 'categorical' && numbers.count > 0) {
    const others = levelRowCount - markCount
    const share = `${numbers.count} of ${numbers.count + others} values are numbers, ${others} are not`
    const advice = isNearlyAll(numbers.count, others)
      ? ': a training asks what the column is: name what is missing in na_values, or say it in column_types'
      : '; all are taken as text'
    findings.push({ code: 'COLUMN_MIXED', column, message: share + advice })
  }
  const texts = tally.countsOfLevels()?.map(([level]) => level) ?? []
  const hasZeros = texts.some((text) => typeof text === 'string' && hasLeadingZeros(text))
  if (hasZeros && kind === 'categorical') {
    const message = 'values are digits with zeros before them: they are taken as text, as codes are'
    findings.push({ code: 'NUMBERS_AS_TEXT', column, message })
  }
  return findings
}
