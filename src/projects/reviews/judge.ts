// Whether a version meets the policy of its project, by the metrics that are kept of it and of the champion.
import { goodness, isLowerBetter } from '../../model/scoring.ts'
import type { Version } from '../project.ts'
import { judgedOn } from '../versions/judged-on.ts'
import type { ReviewPolicy } from './review.ts'

export interface Champion {
  readonly version: Version
  /** How it is named: the alias, or where it is deployed. */
  readonly place: string
}

export interface Judgement {
  readonly isApproved: boolean
  /** Why it is approved, or all that stands against it. */
  readonly words: string
}

/** Decimal fractions are rounded in binary: 0.95 - 0.9 is less than 0.05. */
const ROUNDING = 1e-12

/**
 * Values are compared only where both versions were judged on the same rows: else the difference may be one of the rows, and a
 * person decides. policy: an automatic one. O(1).
 */
export function judge(policy: ReviewPolicy, version: Version, champion: Champion | undefined): Judgement {
  const { metric, atLeast, betterThanChampionBy } = policy
  if (metric === null) return { isApproved: false, words: 'the policy of the project names no metric' }
  const value = version.metrics[metric] ?? null
  if (value === null) return { isApproved: false, words: `it has no ${metric}` }
  const met: string[] = []
  const missed: string[] = []
  const note = (isMet: boolean, words: string): void => {
    if (isMet) met.push(words)
    else missed.push(words)
  }
  if (atLeast !== null) {
    const isMet = reaches(metric, value, atLeast, 0)
    const [good, bad] = isLowerBetter(metric) ? ['at most', 'above'] : ['at least', 'below']
    note(isMet, `${metric} ${shown(value)} is ${isMet ? good : bad} ${shown(atLeast)}`)
  }
  if (betterThanChampionBy !== null) {
    const { isMet, words } = besideChampion(metric, version, champion, betterThanChampionBy)
    note(isMet, words)
  }
  const isApproved = missed.length === 0 && met.length > 0
  return { isApproved, words: (isApproved ? met : missed).join('; ') }
}

function besideChampion(
  metric: string,
  version: Version,
  champion: Champion | undefined,
  by: number,
): { readonly isMet: boolean; readonly words: string } {
  const missed = (words: string) => ({ isMet: false, words })
  if (champion === undefined) {
    return missed('there is no champion to compare it with: no alias champion, and nothing deployed in production')
  }
  const { version: other, place } = champion
  const name = `version ${other.version} (${place})`
  if (other.version === version.version) return missed(`it is the champion itself (${place})`)
  if (other.reviewState !== 'approved') return missed(`${name} is not approved`)
  const value = version.metrics[metric] as number
  const best = other.metrics[metric] ?? null
  if (best === null) return missed(`${name} has no ${metric}`)
  if (judgedOn(version, metric) !== judgedOn(other, metric)) return missed(`${name} was judged on other rows`)
  const isMet = reaches(metric, value, best, by)
  const how = isMet ? 'better by at least' : 'not better by'
  return { isMet, words: `${metric} ${shown(value)} is ${how} ${shown(by)} than ${shown(best)} of ${name}` }
}

/** Whether the value is better than the other one by so much, or equal to that. */
function reaches(metric: string, value: number, other: number, by: number): boolean {
  const [a, b] = [goodness(metric, value), goodness(metric, other) + by]
  return a >= b - ROUNDING * Math.max(Math.abs(a), Math.abs(b))
}

function shown(value: number): string {
  return String(Number(value.toPrecision(6)))
}
