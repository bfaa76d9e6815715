// Made-up applications for loans: with hours of the day, and from some hour on with other applicants and a broken column.
import type { Random } from '../../../src/learning/random.ts'

export interface Loan {
  readonly income: number
  readonly debt: number
  readonly age: number
  readonly channel: string
  readonly region: string
}

export interface Judged {
  readonly row: Loan
  /** Known when the loan has ended: much later. */
  readonly repaid: 'yes' | 'no'
}

export interface Situation {
  /** Of the day, from 0 to 24: at night other people apply. */
  readonly hour: number
  /** From 0, as in the training, to 1: a new region of younger people with more debt, who repay for other reasons. */
  readonly shift: number
  /** A form that gives the income in cents. */
  readonly isIncomeBroken: boolean
}

/** One application. */
export function loanIn({ hour, shift, isIncomeBroken }: Situation, random: Random): Judged {
  const isNew = random.uniform() < shift
  const atNight = (1 + Math.cos((2 * Math.PI * hour) / 24)) / 2
  const age = Math.round(isNew ? 20 + 15 * random.uniform() : 25 + 45 * random.uniform())
  const income = Math.round(1_500 + 60 * Math.min(age, 50) * random.uniform() + 800 * random.uniform())
  const debt = Math.round((isNew ? 9_000 : 4_000) * random.uniform())
  const channel = random.uniform() < 0.3 + 0.3 * atNight ? 'web' : 'branch'
  const region = isNew ? 'harbour' : (['north', 'south', 'west'][random.integer(3)] as string)
  const wealth = isNew ? (age - 27) / 8 - debt / 9_000 : (income - 3_000) / 1_200 - debt / 4_000
  const repaid = wealth + 0.4 * random.normal() > -0.3 ? 'yes' : 'no'
  return { row: { income: isIncomeBroken ? 100 * income : income, debt, age, channel, region }, repaid }
}

/** As CSV with a header. */
export function csvOf(judged: readonly Judged[]): string {
  const lines = judged.map(({ row: { income, debt, age, channel, region }, repaid }) =>
    [income, debt, age, channel, region, repaid].join(),
  )
  return `income,debt,age,channel,region,repaid\n${lines.join('\n')}\n`
}
