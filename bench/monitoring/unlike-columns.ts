// What sharing overdispersion does where the columns of a version differ in it: false alarms and power by the distributions themselves, with mean
// squares of quiet days that are drawn. No row is drawn, and that a change must be large is left out.
import { chiSquareTail, noncentralChiSquareTail } from '../../src/learning/distributions/chi-square.ts'
import { fCritical } from '../../src/learning/distributions/f-distribution.ts'
import { Random } from '../../src/learning/random.ts'
import { drawMeanSquare } from '../../src/monitoring/statistics/mean-square.ts'
import {
  type Overdispersion,
  overdispersionsOf,
  type QuietLook,
} from '../../src/monitoring/statistics/overdispersion.ts'

/** Degrees of freedom, by column in turn: those of the simulated columns. */
const FREEDOMS = [9, 9, 1, 9, 9, 4, 9, 9, 11, 9]
/** Of PSI 0.1 at an effective size of 306. */
const NONCENTRALITY = 30.6
const DAYS = 14

const repeat = (count: number, factor: number): number[] => new Array<number>(count).fill(factor)

/** Overdispersion by column; the first one is shifted. */
const VERSIONS: readonly (readonly [name: string, factors: readonly number[]])[] = [
  ['1', repeat(20, 1)],
  ['2', repeat(20, 2)],
  ['1, one of 4', [...repeat(19, 1), 4]],
  ['1, one of 2', [...repeat(19, 1), 2]],
  ['1, one of 1.4', [...repeat(19, 1), 1.4]],
  ['1, five of 4', [...repeat(15, 1), ...repeat(5, 4)]],
  ['1, five of 1.4', [...repeat(15, 1), ...repeat(5, 1.4)]],
  ['half 1, half 2', [...repeat(10, 1), ...repeat(10, 2)]],
  ['from 1 to 2, evenly', repeat(20, 1).map((_, i) => 1 + i / 19)],
  ['from 1 to 4, evenly', repeat(20, 1).map((_, i) => 4 ** (i / 19))],
  ['3 columns of 1', repeat(3, 1)],
  ['3 columns of 1, 1.4 and 2', [1, 1.4, 2]],
  ['100 columns of 1', repeat(100, 1)],
  ['100 columns of 1, ten of 1.4', [...repeat(90, 1), ...repeat(10, 1.4)]],
]

export interface UnlikeFigures {
  readonly name: string
  /** Expected in as many days as one is allowed in. */
  readonly falseAlarms: readonly [alone: number, shared: number]
  readonly found: readonly [alone: number, shared: number]
}

export function unlikeColumns(rounds: number, daysPerFalseAlarm: number): UnlikeFigures[] {
  return VERSIONS.map(([name, factors]) => {
    const random = new Random(1)
    const level = 1 / (daysPerFalseAlarm * factors.length)
    const sums = [
      { alarms: 0, found: 0 },
      { alarms: 0, found: 0 },
    ] as const
    for (let round = 0; round < rounds; round++) {
      const columns = factors.map((factor, i) => quietDays(random, factor, freedomOf(i)))
      const alone = columns.map((looks) => overdispersionsOf([looks], DAYS)[0])
      for (const [way, estimates] of [alone, overdispersionsOf(columns, DAYS)].entries()) {
        const limits = estimates.map((estimated, i) => limitOf(estimated, level, freedomOf(i)) / (factors[i] as number))
        const into = sums[way] as { alarms: number; found: number }
        limits.forEach((limit, i) => {
          into.alarms += chiSquareTail(limit, freedomOf(i))
        })
        into.found += noncentralChiSquareTail(limits[0] as number, freedomOf(0), NONCENTRALITY / (factors[0] as number))
      }
    }
    const [alone, shared] = sums
    return {
      name,
      falseAlarms: [(alone.alarms * daysPerFalseAlarm) / rounds, (shared.alarms * daysPerFalseAlarm) / rounds],
      found: [alone.found / rounds, shared.found / rounds],
    }
  })
}

const freedomOf = (column: number): number => FREEDOMS[column % FREEDOMS.length] as number

function quietDays(random: Random, factor: number, df: number): QuietLook[] {
  // All days at once: a mean square is not drawn of one degree of freedom.
  const statistic = factor * df * drawMeanSquare(random, df * DAYS)
  return Array.from({ length: DAYS }, () => ({ statistic, df }))
}

/** The χ² from which on it is an alarm. */
function limitOf(estimated: Overdispersion | undefined, level: number, df: number): number {
  if (estimated === undefined) throw new Error('the overdispersion is not estimated')
  return df * estimated.factor * fCritical(level, df, estimated.df)
}
