// Tries candidates until the time is over: rung after rung, then variations of the best on all rows.
import { FitStopped } from '../../learning/errors.ts'
import type { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { Random } from '../../learning/random.ts'
import type { PipelineContext } from '../pipeline.ts'
import { perfectScore } from '../scoring.ts'
import type { AutoParameters } from './auto-parameters.ts'
import { type Candidate, candidateName } from './candidate.ts'
import { firstCandidates, varied } from './portfolio.ts'
import type { Profile } from './profile.ts'
import type { Trials } from './trials.ts'

/** Trials where nobody says how many. */
const TRIALS_MAX = 1_000
/** Variations in a row that are not better than the best, after which the search ends. */
const PATIENCE = 120
/** Of the candidates of a rung one in so many goes on to the next, but at least so many. */
const [KEPT_SHARE, KEPT_MIN] = [3, 4]
/** What a fit on all rows takes, by that of a fold's. */
const FIT_SHARE = 1.25
/** Progress of all; the steps of the search come first, then those of the fit of what was chosen. */
export const [STEPS, SEARCH_STEPS] = [200, 170]

/**
 * Successive halving (Jamieson and Talwalkar 2016): the first candidates on the rows of the first rung, the best third of
 * them on four times the rows, up to all; then variations of what is best, until the time is over, the trials are done, or
 * none of many was better. A trial that runs when the time is over is stopped and counts for nothing. What is tried depends on rows, seed and scores, never on the clock. Throws FitStopped when the context's flag is
 * set.
 */
export async function tryCandidates(
  trials: Trials,
  profile: Profile,
  parameters: AutoParameters,
  context: PipelineContext,
): Promise<void> {
  await new Search(trials, profile, parameters, context).run()
}

class Search {
  private readonly trials: Trials
  private readonly profile: Profile
  private readonly context: PipelineContext
  private readonly startedAt = performance.now()
  /** Milliseconds; infinite where the trials alone decide. */
  private readonly budgetMs: number
  private readonly trialsMax: number

  constructor(trials: Trials, profile: Profile, parameters: AutoParameters, context: PipelineContext) {
    this.trials = trials
    this.profile = profile
    this.context = context
    const { time_budget_seconds: seconds, trials_max } = parameters
    this.budgetMs = seconds === null ? Number.POSITIVE_INFINITY : seconds * 1000
    this.trialsMax = trials_max ?? TRIALS_MAX
  }

  async run(): Promise<void> {
    const { trials, profile } = this
    let candidates = firstCandidates(profile)
    for (let rung = 0; rung <= trials.lastRung; rung++) {
      for (const candidate of candidates) if (!(await this.try(candidate, rung))) return
      const kept = Math.max(KEPT_MIN, Math.ceil(candidates.length / KEPT_SHARE))
      candidates = trials
        .finished(rung)
        .slice(0, kept)
        .map(({ candidate }) => candidate)
    }
    const random = new Random(this.context.seed)
    let sinceBest = 0
    while (sinceBest < PATIENCE) {
      const [best] = trials.finished(trials.lastRung)
      if (best?.mean === perfectScore(trials.judges.metric)) return
      const next = varied(trials.bestOfEach(trials.lastRung), profile, trials.triedOnAllRows, random)
      if (next === undefined || !(await this.try(next, trials.lastRung))) return
      sinceBest = trials.finished(trials.lastRung)[0] === best ? sinceBest + 1 : 0
    }
  }

  /** False when the search is over. */
  private async try(candidate: Candidate, rung: number): Promise<boolean> {
    const { trials, context } = this
    if (trials.done.length >= this.trialsMax) return false
    const leftMs = this.budgetMs - this.reservedMs() - (performance.now() - this.startedAt)
    if (leftMs <= 0) return false
    this.report(candidate)
    const stop = context.stop.fork()
    const timer = leftMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => stop.set(), leftMs)
    try {
      await trials.judge(candidate, rung, quiet(context, stop))
      return true
    } catch (error) {
      if (error instanceof FitStopped && !context.stop.isSet) return false
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** What the last fit is likely to take, at most half of all: each of the best few on all rows, by its folds. */
  private reservedMs(): number {
    const { trials } = this
    const best = trials.bestRung.slice(0, KEPT_MIN)
    const seconds = best.reduce(
      (sum, trial) => sum + (trial.seconds / trial.scores.length) * (this.profile.rowCount / trial.rows),
      0,
    )
    return Math.min(1000 * seconds * FIT_SHARE, this.budgetMs / 2)
  }

  private report(candidate: Candidate): void {
    const { trials, context } = this
    const { length } = trials.done
    const share = Math.max(length / this.trialsMax, (performance.now() - this.startedAt) / this.budgetMs)
    const [best] = trials.finished(trials.lastRung)
    const found = best === undefined ? '' : `; best so far: ${trials.judges.metric} ${best.mean?.toPrecision(4)}`
    const step = `trial ${length + 1}: ${candidateName(candidate)}${found}`
    context.report(Math.min(Math.floor(share * SEARCH_STEPS), SEARCH_STEPS), STEPS, step)
  }
}

/** A trial's warnings and steps are nobody's business. */
function quiet({ team, seed }: PipelineContext, stop: StopFlag): PipelineContext {
  return { team, stop, seed, report: () => {}, warn: () => {} }
}
