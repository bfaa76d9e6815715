// What a project lets happen to its new versions by itself: whether a review is requested, and whether one is approved
// without a person.
import type { MemberFaults } from '../../rows/member-faults.ts'
import { metricsFor } from '../versions/leaderboard.ts'
import type { ReviewPolicy } from './review.ts'

/** Metrics of rows that the version did not learn from. */
const UNSEEN_ROWS = /^(validation|cv)_./s

/** What callers say of a policy. */
export interface GivenPolicy {
  readonly mode?: string
  readonly request?: string
  readonly metric?: string
  readonly at_least?: number
  readonly better_than_champion_by?: number
}

export const MANUAL: ReviewPolicy = {
  mode: 'manual',
  request: 'on_demand',
  metric: null,
  atLeast: null,
  betterThanChampionBy: null,
}

/**
 * The policy with its defaults. projectMetric: what the project is judged by: it is kept in the policy, so that a later
 * change of the project does not change what is approved.
 */
export function policyOf(given: GivenPolicy, projectMetric: string | null): ReviewPolicy {
  const isAutomatic = given.mode === 'automatic'
  const [usual = null] = projectMetric === null ? [] : metricsFor(projectMetric)
  return {
    mode: isAutomatic ? 'automatic' : 'manual',
    request: (given.request ?? (isAutomatic ? 'every_version' : 'on_demand')) as ReviewPolicy['request'],
    metric: given.metric ?? (isAutomatic ? usual : null),
    atLeast: given.at_least ?? null,
    betterThanChampionBy: given.better_than_champion_by ?? null,
  }
}

/** What callers see of a policy. */
export function policyAnswerOf({ mode, request, metric, atLeast, betterThanChampionBy }: ReviewPolicy) {
  return {
    mode,
    request,
    ...(metric === null ? {} : { metric }),
    ...(atLeast === null ? {} : { at_least: atLeast }),
    ...(betterThanChampionBy === null ? {} : { better_than_champion_by: betterThanChampionBy }),
  }
}

/** Adds what is wrong with a policy that callers gave. */
export function checkPolicy(policy: ReviewPolicy, faults: MemberFaults): void {
  const { mode, metric, atLeast, betterThanChampionBy } = policy
  const add = (member: string, detail: string): void => {
    faults.add({ in: 'body', parameter: `review.${member}`, detail })
  }
  if (!faults.areSound('review.mode')) return
  if (mode === 'manual') {
    const given = { metric, at_least: atLeast, better_than_champion_by: betterThanChampionBy }
    for (const [member, value] of Object.entries(given)) {
      if (value !== null) add(member, 'only a policy with "mode": "automatic" has it')
    }
    return
  }
  const areMissing = atLeast === null && betterThanChampionBy === null
  if (areMissing && faults.areSound('review.at_least', 'review.better_than_champion_by')) {
    add('at_least', 'missing: an automatic policy has at_least, better_than_champion_by, or both')
  }
  if (!faults.areSound('metric', 'review.metric')) return
  if (metric === null) add('metric', 'missing: the project has no metric that a version could be judged by')
  else if (!UNSEEN_ROWS.test(metric)) {
    add('metric', `expected a metric of rows that were not learnt from (validation_… or cv_…), got ${metric}`)
  }
}
