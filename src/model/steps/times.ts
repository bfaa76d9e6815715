// Columns of times as numbers: the parts of the calendar, and the days since the first training row.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { scanColumn } from '../../learning/wasm/column-scan.ts'
import { DAY_MS } from '../times.ts'
import {
  type EncodingStep,
  type FittedStep,
  type Frame,
  kindOf,
  numbersOf,
  replaceColumns,
  type StepOptions,
  selects,
} from './step.ts'

interface TimesOptions extends StepOptions {
  /** Adds the sine and cosine of month, weekday and hour, for methods that learn straight lines. Default false. */
  readonly cyclic?: boolean
  /**
   * Divides year, month, day, weekday, hour and days so that they go from 0 to 1 over the training rows, for methods that
   * compare columns as they come, or penalize coefficients. Default false.
   */
  readonly unit?: boolean
}

type Part = (date: Date, days: number) => number

const weekdayOf = (date: Date): number => ((date.getUTCDay() + 6) % 7) + 1
const monthTurn: Part = (date) => (2 * Math.PI * date.getUTCMonth()) / 12
const weekdayTurn: Part = (date) => (2 * Math.PI * (weekdayOf(date) - 1)) / 7
const hourTurn: Part = (date) => (2 * Math.PI * date.getUTCHours()) / 24

/** By name: what a column `when` becomes is called `when.year` and so on. */
const PARTS: Readonly<Record<string, Part>> = {
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  weekday: weekdayOf,
  hour: (date) => date.getUTCHours(),
  days: (_, days) => days,
}
const CYCLIC_PARTS: Readonly<Record<string, Part>> = {
  month_sin: (date, days) => Math.sin(monthTurn(date, days)),
  month_cos: (date, days) => Math.cos(monthTurn(date, days)),
  weekday_sin: (date, days) => Math.sin(weekdayTurn(date, days)),
  weekday_cos: (date, days) => Math.cos(weekdayTurn(date, days)),
  hour_sin: (date, days) => Math.sin(hourTurn(date, days)),
  hour_cos: (date, days) => Math.cos(hourTurn(date, days)),
}
const ALL_PARTS: Readonly<Record<string, Part>> = { ...PARTS, ...CYCLIC_PARTS }

/**
 * Replaces each column of times by numbers, all of them in UTC: year, month (1 to 12), day of the month, weekday (1 is
 * Monday), hour, and days since the first time of the training rows, with fractions. Parts that are the same in all
 * training rows are left out. Missing stays missing in each. It comes before steps for numbers. O(cells).
 */
export function times(options: TimesOptions = {}): EncodingStep {
  const offered = Object.keys(options.cyclic === true ? ALL_PARTS : PARTS)
  const takesColumn = (frame: Frame, j: number): boolean =>
    kindOf(frame, j) === 'time' && selects(options, frame.columnNames[j] as string)
  return {
    type: 'times',
    takes: (kind, column) => kind === 'time' && selects(options, column),
    isNeeded: (frame) => frame.columns.some((_, j) => takesColumn(frame, j)),
    fit(frame) {
      const starts = frame.columns.map((column, j) => (takesColumn(frame, j) ? firstOf(column) : Number.NaN))
      const parts = frame.columns.map((column, j) => {
        if (!takesColumn(frame, j)) return []
        const varied = offered.filter((part) => varies(expand(column, [part], starts[j] as number)[0] as Float64Array))
        return varied.length > 0 ? varied : ['days']
      })
      const unfitted = new FittedTimes(parts, Float64Array.from(starts), [])
      const ranges = parts.map((names, j) => {
        const made = unfitted.expandColumn(frame.columns[j] as Float64Array, j)
        return Float64Array.from(names.flatMap((name, k) => rangeOf(name, made[k] as Float64Array, options)))
      })
      return new FittedTimes(parts, Float64Array.from(starts), ranges)
    },
    restore(state) {
      const starts = numbersOf(state, 'starts')
      const { parts, ranges } = state
      if (!Array.isArray(parts) || parts.length !== starts.length || !parts.every(arePartNames)) {
        throw new StateError('expected the parts of each column')
      }
      const areRanges = (range: unknown, j: number): range is Float64Array =>
        range instanceof Float64Array && range.length === 2 * (parts[j] as string[]).length
      if (!Array.isArray(ranges) || ranges.length !== parts.length || !ranges.every(areRanges)) {
        throw new StateError('expected the ranges of each column')
      }
      return new FittedTimes(parts, starts, ranges)
    },
  }
}

/** What is taken off a part, and what it is divided by then. */
function rangeOf(part: string, values: Float64Array, { unit = false }: TimesOptions): [number, number] {
  if (!unit || Object.hasOwn(CYCLIC_PARTS, part)) return [0, 1]
  const { min, max } = scanColumn(values)
  return max > min ? [min, max - min] : [0, 1]
}

function arePartNames(names: unknown): names is string[] {
  return Array.isArray(names) && names.every((name) => typeof name === 'string' && Object.hasOwn(ALL_PARTS, name))
}

class FittedTimes implements FittedStep {
  readonly type = 'times'
  readonly isBuiltIn = true
  /** Per column of the incoming frame: the names of what it becomes; none where it passes as it is. */
  private readonly parts: readonly (readonly string[])[]
  /** Per column: the time from which days are counted. */
  private readonly starts: Float64Array
  /** Per column, of each part what is taken off it and what it is divided by then. */
  private readonly ranges: readonly Float64Array[]

  constructor(parts: readonly (readonly string[])[], starts: Float64Array, ranges: readonly Float64Array[]) {
    this.parts = parts
    this.starts = starts
    this.ranges = ranges
  }

  /** The parts of one column, as the calendar has them. */
  expandColumn(column: Float64Array, j: number): Float64Array[] {
    return expand(column, this.parts[j] as readonly string[], this.starts[j] as number)
  }

  transform(frame: Frame): Frame {
    return replaceColumns(frame, (j) => {
      const parts = this.parts[j] as readonly string[]
      if (parts.length === 0) return undefined
      const made = this.expandColumn(frame.columns[j] as Float64Array, j)
      const ranges = this.ranges[j] as Float64Array
      return parts.map((part, k) => ({
        name: `${frame.columnNames[j]}.${part}`,
        values: inRange(made[k] as Float64Array, ranges[2 * k] as number, ranges[2 * k + 1] as number),
      }))
    })
  }

  toState(): EstimatorState {
    return { parts: this.parts, starts: this.starts, ranges: this.ranges }
  }
}

function inRange(values: Float64Array, from: number, width: number): Float64Array {
  return from === 0 && width === 1 ? values : values.map((value) => (value - from) / width)
}

/** One column for each part. */
function expand(column: Float64Array, parts: readonly string[], start: number): Float64Array[] {
  const made = parts.map(() => new Float64Array(column.length).fill(Number.NaN))
  const functions = parts.map((part) => ALL_PARTS[part] as Part)
  const date = new Date(0)
  for (let i = 0; i < column.length; i++) {
    const time = column[i] as number
    if (Number.isNaN(time)) continue
    date.setTime(time)
    const days = (time - start) / DAY_MS
    for (let k = 0; k < made.length; k++) (made[k] as Float64Array)[i] = (functions[k] as Part)(date, days)
  }
  return made
}

/** The least time; 0 where none is present. */
function firstOf(column: Float64Array): number {
  let first = Number.POSITIVE_INFINITY
  for (let i = 0; i < column.length; i++) if ((column[i] as number) < first) first = column[i] as number
  return Number.isFinite(first) ? first : 0
}

function varies(values: Float64Array): boolean {
  const first = values.find((value) => !Number.isNaN(value))
  return values.some((value) => !Number.isNaN(value) && value !== first)
}
