// What is told of rows out of the log: of a data set of them, and where there are too few.
import type { Collected, LeftOut, Retraining, RetrainingPolicy } from '../retraining.ts'
import type { RetrainingEnd } from '../retrainings-table.ts'
import type { LogPlace } from './labelled-pages.ts'
import { HELD_BACK_MIN, type Survey } from './survey.ts'

/** What the log has of a time. */
export interface Window extends LogPlace {
  readonly outcomeDays: number
  /** Whether the project keeps predictions now. */
  readonly log: string
  readonly loggedCount: number
  readonly labelledCount: number
}

/** Where the rows of a data set come from. */
export function descriptionOf(
  project: string,
  { retrainingId, environment }: Pick<Retraining, 'retrainingId' | 'environment'>,
  collected: Collected,
  part: 'rows' | 'held-back',
): string {
  const { from, to, loggedCount, rowCount, heldBackCount, weightMin, weightMax, columnsOf, versions } = collected
  const all = rowCount + heldBackCount
  const [count, what] =
    part === 'rows' ? [rowCount, 'to learn from'] : [heldBackCount, 'the newest ones, held back to judge on']
  const stand = weightMin === weightMax ? short(weightMin) : `${short(weightMin)} to ${short(weightMax)}`
  const rate = weightMin === weightMax && weightMin > 0 ? `, a sample rate of ${short(1 / weightMin)}` : ''
  return [
    `Retraining ${retrainingId} of project ${project}: predictions of ${environment} with their outcomes, ${spanOf(from, to)}`,
    `${count} of ${all} rows, ${what}, out of ${loggedCount} logged predictions by ${versionsOf(versions)}, in the columns of version ${columnsOf}`,
    `a row stands for ${stand} predictions${rate}`,
    ...leftOutOf(collected.leftOut),
  ].join('; ')
}

/** survey: undefined where there are no rows at all. */
export function tooFew(
  { environment, from, to, outcomeDays, log, loggedCount, labelledCount }: Window,
  { logRowsMin }: RetrainingPolicy,
  survey: Survey | undefined,
): RetrainingEnd {
  const { rowCount = 0, heldBackCount = 0, leftOut = {} } = survey ?? {}
  const all = rowCount + heldBackCount
  const words =
    all < logRowsMin
      ? `${all} rows, and ${logRowsMin} are needed`
      : `${heldBackCount} rows that the champion has not learnt, and ${HELD_BACK_MIN} are needed to judge on`
  const parts = [
    words,
    `of ${loggedCount} logged predictions of ${environment} ${labelledCount} have an outcome, ${spanOf(from, to)}`,
    ...(outcomeDays > 0 ? [`later ones wait for their outcomes (outcome_days ${outcomeDays})`] : []),
    ...(log === 'off' ? ['the project keeps no predictions now (log off)'] : []),
    ...leftOutOf(leftOut),
  ]
  return { outcome: 'insufficient_data', finding: parts.join('; ') }
}

const REASONS: Readonly<Record<LeftOut, string>> = {
  other_columns: 'of versions with other columns',
  other_label: 'of versions with another label',
  unreadable: 'whose version or key is gone',
  outcome_unusable: 'whose outcome is no value of the label',
  repeated: 'that equal rows which are held back',
  over_limit: 'older ones beyond the limit',
}

function leftOutOf(leftOut: Collected['leftOut']): string[] {
  const parts = Object.entries(leftOut).map(([reason, count]) => `${count} ${REASONS[reason as LeftOut]}`)
  return parts.length === 0 ? [] : [`left out: ${parts.join(', ')}`]
}

function spanOf(from: number, to: number): string {
  return `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
}

function versionsOf(versions: readonly number[]): string {
  return versions.length === 1 ? `version ${versions[0]}` : `versions ${versions.join(', ')}`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
