// Chooses among estimators, encodings and parameters within a time, and fits what it has chosen on all rows.
import { FitStopped, StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import type { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { Random } from '../../learning/random.ts'
import type { WeighedRows } from '../cross-validate.ts'
import { Pipeline, type PipelineContext } from '../pipeline.ts'
import { isLowerBetter } from '../scoring.ts'
import type { Table } from '../table.ts'
import type { AutoParameters } from './auto-parameters.ts'
import { type Candidate, candidateName, candidatePipeline, restoreCandidate } from './candidate.ts'
import { type AutoSearch, type Chosen, FittedAutoPipeline, type Member } from './fitted-auto-pipeline.ts'
import { firstCandidates, isConstant, type Profile, profileOf, varied } from './portfolio.ts'
import { meanGoodness, selectBlend } from './select-blend.ts'
import { isOfRows, rungsOf, type Trial, Trials } from './trials.ts'

/** Trials where nobody says how many. */
const TRIALS_MAX = 1_000
/** Of the candidates of a rung one in so many goes on to the next, but at least so many. */
const [KEPT_SHARE, KEPT_MIN] = [3, 4]
/** Progress of the choice; the fit of what was chosen follows. */
const [STEPS, SEARCH_STEPS] = [200, 170]

export class AutoPipeline extends Pipeline {
  readonly kind: 'classifier' | 'regressor'
  readonly parameters: AutoParameters

  /** parameters: those of autoParameters. */
  constructor(kind: 'classifier' | 'regressor', parameters: AutoParameters) {
    const stand = candidatePipeline({ estimator: `gradient_boosting_${kind}`, encoding: 'codes', parameters: {} })
    super(stand.steps, stand.estimator)
    this.kind = kind
    this.parameters = parameters
  }

  /**
   * Tries candidates until the time is over or the trials are done, and fits the best, or a weighted mean of some that is
   * better, on all rows. What is tried depends on the rows and the seed alone; the time decides how many there are. The
   * search takes the time given, less an estimate of what the last fit takes; a candidate that is being tried then is
   * stopped. Where there is nothing to divide or nothing to choose, the first candidate is fitted.
   */
  override async fit(features: Table, labels: Table, context: PipelineContext): Promise<FittedAutoPipeline> {
    this.checkLabels(features, labels)
    const { sampleWeight } = context
    const rows = { features, labels, ...(sampleWeight === undefined ? {} : { sampleWeight }) }
    const profile = profileOf(this.kind, features, labels)
    const seed = this.parameters.random_state ?? context.seed
    const trials = trialsOn(rows, this.kind, this.parameters.scoring, seed)
    if (trials !== undefined) await new Search(trials, profile, this.parameters, { ...context, seed }).run()
    const { chosen, score } = choose(trials, profile, this.parameters.members_max)
    const members = await fitFirst([chosen, ...firstCandidates(profile).map(alone)], rows, { ...context, seed })
    const search: AutoSearch = { metric: this.parameters.scoring, trials: trials?.done ?? [], score }
    return new FittedAutoPipeline(members, search)
  }

  override restore({ members }: EstimatorState): FittedAutoPipeline {
    if (!Array.isArray(members)) throw new StateError('expected the members of a choice')
    const restored = members.map((member): Member => {
      const { candidate: given, weight, state } = (member ?? {}) as EstimatorState
      if (typeof weight !== 'number' || !(weight > 0 && weight <= 1)) throw new StateError('expected a weight')
      const candidate = restoreCandidate(given)
      const pipeline = candidatePipeline(candidate)
      if (pipeline.estimator.kind !== this.kind) throw new StateError(`expected a ${this.kind}`)
      return { candidate, weight, fitted: pipeline.restore((state ?? {}) as EstimatorState) }
    })
    return new FittedAutoPipeline(restored)
  }
}

function alone(candidate: Candidate): readonly Chosen[] {
  return [{ candidate, weight: 1 }]
}

/** The first choice that can be fitted on all rows. Throws what the first of them throws where none can. */
async function fitFirst(
  choices: readonly (readonly Chosen[])[],
  rows: WeighedRows,
  context: PipelineContext,
): Promise<Member[]> {
  let failure: unknown
  for (const chosen of choices) {
    try {
      return await fitAll(chosen, rows, context)
    } catch (error) {
      if (!isOfRows(error)) throw error
      failure ??= error
    }
  }
  throw failure
}

async function fitAll(
  chosen: readonly Chosen[],
  { features, labels }: WeighedRows,
  { onEncoding: _, ...context }: PipelineContext,
): Promise<Member[]> {
  const members: Member[] = []
  for (const [i, one] of chosen.entries()) {
    const name = candidateName(one.candidate)
    const report = (done: number, of: number): void => {
      const share = (i + done / Math.max(of, 1)) / chosen.length
      context.report(SEARCH_STEPS + Math.floor(share * (STEPS - SEARCH_STEPS)), STEPS, name)
    }
    const fitted = await candidatePipeline(one.candidate).fit(features, labels, { ...context, report })
    members.push({ ...one, fitted })
  }
  return members
}

/** Undefined where the rows are too few to divide, or the labels do not differ. */
function trialsOn(rows: WeighedRows, kind: Profile['kind'], metric: string, seed: number): Trials | undefined {
  if (isConstant(rows.labels)) return undefined
  const rungSizes = rungsOf(rows.features.rowCount, rows.features.columns.length)
  try {
    return new Trials(rows, { kind, metric, seed, rungSizes })
  } catch (error) {
    if (isOfRows(error)) return undefined
    throw error
  }
}

/** The best of what was tried; of a search that came to nothing the first candidate. */
function choose(
  trials: Trials | undefined,
  profile: Profile,
  membersMax: number,
): { readonly chosen: readonly Chosen[]; readonly score: number | null } {
  const predicted = trials?.predicted ?? []
  if (trials === undefined || predicted.length === 0) {
    const best = trials === undefined ? undefined : bestOfLargestRung(trials)
    const candidate = best?.candidate ?? (firstCandidates(profile)[0] as Candidate)
    return { chosen: alone(candidate), score: best?.score ?? null }
  }
  const { judges } = trials
  const values = predicted.map(([, of]) => of)
  const { counts, goodness } = selectBlend(values, judges, membersMax)
  const [[best, bestValues]] = predicted as [(typeof predicted)[number]]
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(goodness > meanGoodness(bestValues, judges))) {
    return { chosen: alone(best.candidate), score: best.score }
  }
  const chosen = predicted.flatMap(([{ candidate }], i) => {
    const count = counts[i] as number
    return count === 0 ? [] : [{ candidate, weight: count / total }]
  })
  return { chosen, score: isLowerBetter(judges.metric) ? -goodness : goodness }
}

function bestOfLargestRung(trials: Trials): Trial | undefined {
  for (let rung = trials.lastRung; rung >= 0; rung--) {
    const [best] = trials.complete(rung)
    if (best !== undefined) return best
  }
  return undefined
}

/** One search: rung after rung, then variations of the best on all rows. */
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
        .complete(rung)
        .slice(0, kept)
        .map(({ candidate }) => candidate)
    }
    const random = new Random(this.context.seed)
    for (;;) {
      const next = varied(trials.bestOfEach(trials.lastRung), profile, trials.triedOnAllRows, random)
      if (next === undefined || !(await this.try(next, trials.lastRung))) return
    }
  }

  /** False when the search is over. */
  private async try(candidate: Candidate, rung: number): Promise<boolean> {
    const { trials, context } = this
    if (trials.done.length >= this.trialsMax) return false
    const leftMs = this.budgetMs - this.reservedMs() - (performance.now() - this.startedAt)
    const isFirst = trials.done.length === 0
    if (leftMs <= 0 && !isFirst) return false
    this.report(candidate)
    const stop = context.stop.fork()
    const timer = isFirst || leftMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => stop.set(), leftMs)
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
    const rung = trials.lastRung
    const seconds = trials
      .complete(rung)
      .slice(0, KEPT_MIN)
      .map(({ fitSeconds, foldScores }) => fitSeconds / foldScores.length)
      .reduce((sum, one) => sum + one, 0)
    return Math.min(1000 * seconds * 1.25, this.budgetMs / 2)
  }

  private report(candidate: Candidate): void {
    const { trials, context } = this
    const { length } = trials.done
    const share = Math.max(length / this.trialsMax, (performance.now() - this.startedAt) / this.budgetMs)
    const [best] = trials.complete(trials.lastRung)
    const found = best === undefined ? '' : `; best so far: ${trials.judges.metric} ${best.score?.toPrecision(4)}`
    const step = `trial ${length + 1}: ${candidateName(candidate)}${found}`
    context.report(Math.min(Math.floor(share * SEARCH_STEPS), SEARCH_STEPS), STEPS, step)
  }
}

/** A trial's warnings and steps are nobody's business. */
function quiet({ team, seed }: PipelineContext, stop: StopFlag): PipelineContext {
  return { team, stop, seed, report: () => {}, warn: () => {} }
}
