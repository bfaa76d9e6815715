// A column of text in training rows whose values are times.
import { isMissingMark, shownMarks } from './missing-marks.ts'
import { naValueTest } from './reading-options.ts'
import { counted, readingOf, type Settling } from './settling.ts'
import type { CategoricalColumn, TimeColumn } from './table.ts'
import { hasZone, timeIn } from './times.ts'

/** With fewer different times they may well be meant as categories, such as the days of two exams. */
const TIMES_MIN = 10

/**
 * The column as times, where each of its values is one or a mark of a missing value, and there are ten different ones;
 * undefined for others. `column_types` may ask for it: then each value that is no time is a fault. O(rows + levels).
 */
export function asTimes(column: CategoricalColumn, settling: Settling): TimeColumn | undefined {
  const { name, codes } = column
  const { options, faults, place, warn } = settling
  const isAsked = options.columnTypes.get(name) === 'time'
  const isNamed = naValueTest(options)
  const levels = column.levels as readonly string[]
  const isMark = (level: string): boolean => isMissingMark(level) || isNamed(level)
  // Most columns of text are known for none by their first value.
  if (!isAsked && !levels.slice(0, TIMES_MIN).every((level) => isMark(level) || timeIn(level) !== undefined)) {
    return undefined
  }
  const times = levels.map((level) => (isMark(level) ? Number.NaN : timeIn(level)))
  if (!isAsked) {
    const distinct = new Set(times.filter((time) => !Number.isNaN(time))).size
    if (times.includes(undefined) || distinct < TIMES_MIN) return undefined
  }
  const values = new Float64Array(codes.length).fill(Number.NaN)
  const marks = new Set<string>()
  let marked = 0
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code < 0) continue
    const time = times[code]
    if (time === undefined) {
      faults.add({ in: place, row, column: name, detail: 'expected an ISO date or date-time, got text that is none' })
    } else if (Number.isNaN(time)) {
      marks.add(levels[code] as string)
      marked += 1
    } else values[row] = time
  }
  if (marked > 0)
    warn('MISSING_MARKS', name, `${counted(marked, 'cell')} (${shownMarks(marks)}) were read as missing values`)
  if (!isAsked) warn('TIMES_READ', name, toldOf(levels.filter((level) => !isMark(level))))
  const reading = readingOf(settling)
  return { kind: 'time', name, values, ...(reading === undefined ? {} : { reading }) }
}

function toldOf(texts: readonly string[]): string {
  const withZone = texts.filter(hasZone).length
  const zone =
    withZone === texts.length
      ? 'each with a zone'
      : withZone === 0
        ? 'without a zone, taken as UTC'
        : `some with a zone, ${texts.length - withZone} without, taken as UTC`
  return `all values are times, ${texts.length} different ones, ${zone}; say "categorical" for it in column_types where they are categories`
}
