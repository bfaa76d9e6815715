// What is known of an experiment, in words for readers without statistics. Never a "chance to win": there is none.
import { countOf, formatNumber } from '../../report-page/format.ts'
import type { Experiment } from '../experiment.ts'
import type { Judgement } from '../statistics/judgement.ts'

/** A sentence, or two. */
export function summaryOf(
  { state, finding, isPaused, plan }: Pick<Experiment, 'state' | 'finding' | 'isPaused' | 'plan'>,
  { metrics, sample }: Pick<Judgement, 'metrics' | 'sample'>,
): string {
  if (state === 'concluded' && finding !== null) return finding
  const paused = isPaused ? 'It is paused: the control answers everybody. ' : ''
  const { needed, reached } = sample
  if (reached < needed) {
    const have = `${countOf(reached, 'key')} of ${formatNumber(needed)}`
    return `${paused}It is too early to say which arm is better: outcomes are known for ${have} that each arm needs.`
  }
  const primary = metrics.filter(({ metric }) => metric === plan.successMetrics[0])
  const told = primary.map(({ arm, metric, difference, interval }) => {
    const name = plan.arms[arm]?.name ?? String(arm)
    if (difference === null) return `of ${name} nothing can be said yet`
    const by = `${metric.replaceAll('_', ' ')} of ${name} differs by ${formatNumber(difference)} from the control's`
    if (interval === null) return by
    return `${by}, and ${formatNumber(interval[0])} to ${formatNumber(interval[1])} is possible`
  })
  return `${paused}No arm is proven to be better so far: ${told.join('; ')}.`
}
