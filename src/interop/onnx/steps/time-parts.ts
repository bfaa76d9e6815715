// The parts of the calendar out of milliseconds since 1970, in UTC.
import { DAY_MS } from '../../../model/times.ts'
import { lookUp } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double } from '../tensor.ts'

const HOUR_MS = 3_600_000

/**
 * One value a part, by the names of the step times(): year, month, day, weekday, hour, days, and sines and cosines. Missing
 * stays missing. Days to the civil calendar by Howard Hinnant's days_from_civil and its inverse, in whole numbers that
 * doubles hold; sines and cosines out of tables of our own numbers. All have the same bits as ours.
 */
export function timeParts(g: GraphBuilder, time: Value, parts: readonly string[], start: number): Value[] {
  const days = g.node('Floor', [over(g, time, DAY_MS)])
  const weekday = (): Value => remainder(g, plus(g, days, 3), 7)
  const hour = (): Value => g.node('Floor', [over(g, g.node('Sub', [time, times(g, days, DAY_MS)]), HOUR_MS)])
  const turn = (place: Value, count: number, of: (angle: number) => number): Value =>
    lookUp(g, place, [...Array.from({ length: count }, (_, k) => of((2 * Math.PI * k) / count)), Number.NaN])
  const makers: Readonly<Record<string, () => Value>> = {
    year: () => civil(g, days).year,
    month: () => civil(g, days).month,
    day: () => civil(g, days).day,
    weekday: () => plus(g, weekday(), 1),
    hour,
    days: () => over(g, plus(g, time, -start), DAY_MS),
    month_sin: () => turn(plus(g, civil(g, days).month, -1), 12, Math.sin),
    month_cos: () => turn(plus(g, civil(g, days).month, -1), 12, Math.cos),
    weekday_sin: () => turn(weekday(), 7, Math.sin),
    weekday_cos: () => turn(weekday(), 7, Math.cos),
    hour_sin: () => turn(hour(), 24, Math.sin),
    hour_cos: () => turn(hour(), 24, Math.cos),
  }
  return parts.map((part) => (makers[part] as () => Value)())
}

/** Years begin in March, so that the day of the leap year is the last. */
function civil(g: GraphBuilder, days: Value): { readonly year: Value; readonly month: Value; readonly day: Value } {
  const fromMarch = plus(g, days, 719_468)
  const era = g.node('Floor', [over(g, fromMarch, 146_097)])
  const dayOfEra = g.node('Sub', [fromMarch, times(g, era, 146_097)])
  const leaps = (every: number): Value => g.node('Floor', [over(g, dayOfEra, every)])
  const regular = g.node('Sub', [
    g.node('Add', [g.node('Sub', [dayOfEra, leaps(1_460)]), leaps(36_524)]),
    leaps(146_096),
  ])
  const yearOfEra = g.node('Floor', [over(g, regular, 365)])
  const before = g.node('Sub', [
    g.node('Add', [times(g, yearOfEra, 365), g.node('Floor', [over(g, yearOfEra, 4)])]),
    g.node('Floor', [over(g, yearOfEra, 100)]),
  ])
  const dayOfYear = g.node('Sub', [dayOfEra, before])
  const shifted = g.node('Floor', [over(g, plus(g, times(g, dayOfYear, 5), 2), 153)])
  const daysBefore = g.node('Floor', [over(g, plus(g, times(g, shifted, 153), 2), 5)])
  const day = plus(g, g.node('Sub', [dayOfYear, daysBefore]), 1)
  const isLate = g.node('GreaterOrEqual', [shifted, double(10)])
  const month = plus(g, g.node('Sub', [shifted, g.node('Where', [isLate, double(12), double(0)])]), 3)
  const year = g.node('Add', [
    g.node('Add', [yearOfEra, times(g, era, 400)]),
    g.node('Where', [isLate, double(1), double(0)]),
  ])
  return { year, month, day }
}

function plus(g: GraphBuilder, value: Value, by: number): Value {
  return g.node('Add', [value, double(by)])
}

function times(g: GraphBuilder, value: Value, by: number): Value {
  return g.node('Mul', [value, double(by)])
}

function over(g: GraphBuilder, value: Value, by: number): Value {
  return g.node('Div', [value, double(by)])
}

/** From 0 on. */
function remainder(g: GraphBuilder, value: Value, by: number): Value {
  return g.node('Sub', [value, times(g, g.node('Floor', [over(g, value, by)]), by)])
}
