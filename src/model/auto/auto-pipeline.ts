// Chooses among estimators, encodings and parameters within a time, and fits what it has chosen on all rows.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import type { WeighedRows } from '../cross-validate.ts'
import { Pipeline, type PipelineContext, restoreDecision } from '../pipeline.ts'
import { goodness } from '../scoring.ts'
import { text } from '../steps/text.ts'
import { times } from '../steps/times.ts'
import type { Table } from '../table.ts'
import { AnyClassifier, AnyRegressor } from './any-estimator.ts'
import type { AutoParameters } from './auto-parameters.ts'
import { type Candidate, candidateName, candidatePipeline, restoreCandidate } from './candidate.ts'
import { type AutoSearch, type Chosen, type Decision, FittedAutoPipeline, type Member } from './fitted-auto-pipeline.ts'
import { firstCandidates, quickCandidate, simpleCandidate } from './portfolio.ts'
import { isConstant, type Profile, profileOf, widthOf } from './profile.ts'
import { meanGoodness, selectBlend } from './select-blend.ts'
import { isOfRows, rungSizesOf, Trials } from './trials.ts'
import { SEARCH_STEPS, STEPS, tryCandidates } from './try-candidates.ts'

export class AutoPipeline extends Pipeline {
  readonly kind: 'classifier' | 'regressor'
  readonly parameters: AutoParameters

  /** parameters: those of autoParameters. */
  constructor(kind: 'classifier' | 'regressor', parameters: AutoParameters) {
    const { random_state } = parameters
    const stand = kind === 'classifier' ? new AnyClassifier({ random_state }) : new AnyRegressor({ random_state })
    super([times(), text()], stand)
    this.kind = kind
    this.parameters = parameters
  }

  override get keepsDecisions(): boolean {
    return true
  }

  override get isTimed(): boolean {
    return this.parameters.time_budget_seconds !== null
  }

  /**
   * Tries candidates until the time is over or the trials are done, and fits the best, or a weighted mean of some that is
   * better, on all rows. What is tried depends on the rows and the seed alone; the time decides how many there are. The
   * search takes the time given, less an estimate of what the last fit takes; a candidate that is being tried then is
   * stopped. Where there is nothing to divide or nothing to choose, a simple one is fitted.
   */
  override async fit(features: Table, labels: Table, context: PipelineContext): Promise<FittedAutoPipeline> {
    this.checkLabels(features, labels)
    const { sampleWeight } = context
    const rows = { features, labels, ...(sampleWeight === undefined ? {} : { sampleWeight }) }
    const profile = profileOf(this.kind, features, labels)
    const seed = this.parameters.random_state ?? context.seed
    const trials = trialsOn(rows, profile, this.parameters.scoring, seed)
    const startedAt = performance.now()
    if (trials !== undefined) await tryCandidates(trials, profile, this.parameters, { ...context, seed })
    const { chosen, score } = choose(trials, profile, this.parameters.members_max)
    const seconds = (performance.now() - startedAt) / 1000
    const members = await fitFirst([chosen, ...firstCandidates(profile).map(alone)], rows, { ...context, seed })
    const { scoring: metric } = this.parameters
    const { done = [], foldCount = 0 } = trials ?? {}
    const search: AutoSearch = { metric, seed, foldCount, seconds, trials: done, score }
    return new FittedAutoPipeline(members, search)
  }

  override restore({ members, decisions }: EstimatorState): FittedAutoPipeline {
    if (!Array.isArray(members) || !Array.isArray(decisions)) throw new StateError('expected the members of a choice')
    const restored = members.map((member): Member => {
      const { candidate: given, weight, state } = (member ?? {}) as EstimatorState
      if (typeof weight !== 'number' || !(weight > 0 && weight <= 1)) throw new StateError('expected a weight')
      const candidate = restoreCandidate(given)
      const pipeline = candidatePipeline(candidate)
      if (pipeline.estimator.kind !== this.kind) throw new StateError(`expected a ${this.kind}`)
      return { candidate, weight, fitted: pipeline.restore((state ?? {}) as EstimatorState) }
    })
    const { outputs } = new FittedAutoPipeline(restored)
    const decided = outputs.map(({ fitted }, label): Decision => {
      if (fitted.kind !== 'classifier') return {}
      return restoreDecision((decisions[label] ?? {}) as EstimatorState, fitted.classCount)
    })
    return new FittedAutoPipeline(restored, undefined, decided)
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
function trialsOn(rows: WeighedRows, profile: Profile, metric: string, seed: number): Trials | undefined {
  if (isConstant(rows.labels)) return undefined
  const rungSizes = rungSizesOf(rows.features.rowCount, widthOf(profile))
  try {
    return new Trials(rows, { kind: profile.kind, metric, seed, rungSizes })
  } catch (error) {
    if (isOfRows(error)) return undefined
    throw error
  }
}

/** The best of what was tried. Where there is nothing to try, a simple one; of a search without time for one, a quick one. */
function choose(
  trials: Trials | undefined,
  profile: Profile,
  membersMax: number,
): { readonly chosen: readonly Chosen[]; readonly score: number | null } {
  const predicted = trials?.predicted ?? []
  if (trials === undefined || predicted.length === 0) {
    const best = trials?.bestRung[0]
    const otherwise = trials === undefined ? simpleCandidate(profile) : quickCandidate(profile)
    const candidate = best?.candidate ?? otherwise
    return { chosen: alone(candidate), score: best?.mean ?? null }
  }
  const { judges } = trials
  const values = predicted.map(([, of]) => of)
  const { counts, goodness: reached } = selectBlend(values, judges, membersMax)
  const [[best, bestValues]] = predicted as [(typeof predicted)[number]]
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (!(reached > meanGoodness(bestValues, judges))) {
    return { chosen: alone(best.candidate), score: best.mean }
  }
  const chosen = predicted.flatMap(([{ candidate }], i) => {
    const count = counts[i] as number
    return count === 0 ? [] : [{ candidate, weight: count / total }]
  })
  // The way back is the same.
  return { chosen, score: goodness(judges.metric, reached) }
}
