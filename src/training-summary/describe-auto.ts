// What is kept of an automatic choice: its trials in the form of a search's.
import { candidateKey } from '../model/auto/candidate.ts'
import type { AutoSearch, Member } from '../model/auto/fitted-auto-pipeline.ts'
import type { Trial } from '../model/auto/trials.ts'
import { isBetter, isLowerBetter } from '../model/scoring.ts'
import type { SearchReport } from './search-report.ts'
import { shortText } from './texts.ts'

/** Of a choice that has tried something. Trials are those on the most rows that each candidate came to. */
export function describeAuto({ metric, seed, foldCount, trials }: AutoSearch, { kind, members }: Chosen): SearchReport {
  const last = lastTrials(trials)
  const names = PARTS.filter((name) => last.some(({ candidate }) => candidate[name] !== undefined))
  const lastRound = last.reduce((most, { round }) => Math.max(most, round), 0)
  const keys = last.map(({ candidate }) => candidateKey(candidate))
  const blend = members.map(({ candidate, weight }) => ({ trial: keys.indexOf(candidateKey(candidate)), weight }))
  return {
    strategy: 'auto',
    scoring: metric,
    lowerIsBetter: isLowerBetter(metric),
    folds: { kind: kind === 'classifier' ? 'stratified' : 'plain', count: foldCount, repeats: 1 },
    seed,
    earlyEnd: true,
    parameters: names.map((name) => ({ name, log: false })),
    best: bestOf(last, metric),
    ...(blend.length > 1 ? { blend } : {}),
    trials: last.map(({ candidate, scores, mean, deviation, state, round, rows, reason }) => ({
      values: names.map((name) => JSON.stringify(candidate[name] ?? null)),
      state: state === 'finished' && round < lastRound ? 'dropped' : state,
      scores: [...scores],
      mean,
      deviation,
      round,
      rows,
      ...(reason === undefined ? {} : { reason: shortText(reason) }),
    })),
  }
}

/** What a candidate consists of. */
const PARTS = ['encoding', 'estimator', 'parameters', 'target'] as const

interface Chosen {
  readonly kind: 'classifier' | 'regressor'
  readonly members: readonly Member[]
}

/** Of each candidate the trial of the highest round, in the order in which they began. */
function lastTrials(trials: readonly Trial[]): Trial[] {
  const last = new Map<string, Trial>()
  for (const trial of trials) last.set(candidateKey(trial.candidate), trial)
  return trials.filter((trial) => last.get(candidateKey(trial.candidate)) === trial)
}

function bestOf(trials: readonly Trial[], metric: string): number {
  const lastFinished = trials.reduce(
    (most, { state, round }) => (state === 'finished' ? Math.max(most, round) : most),
    0,
  )
  let best = 0
  trials.forEach((trial, i) => {
    if (trial.state !== 'finished' || trial.round < lastFinished) return
    const held = trials[best] as Trial
    const isFirst = held.state !== 'finished' || held.round < lastFinished
    if (isFirst || isBetter(metric, trial.mean ?? undefined, held.mean ?? undefined)) best = i
  })
  return best
}
