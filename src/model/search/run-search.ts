// Tries candidates for the parameters of a pipeline by cross-validation, and finds the best.
import { DataError, FitStopped } from '../../learning/errors.ts'
import type { ClassTarget } from '../../learning/estimator.ts'
import { keptOf, type Rung, rungsOf } from '../../learning/model-selection/halving.ts'
import { type Candidate, drawCandidates, gridOf } from '../../learning/model-selection/space.ts'
import { Random } from '../../learning/random.ts'
import { type Split, stratifiedSplit } from '../../learning/stratified-split.ts'
import { crossValidate, type WeighedRows } from '../cross-validate.ts'
import type { Pipeline, PipelineContext } from '../pipeline.ts'
import { isBetter, isLowerBetter, perfectScore, scoreOf } from '../scoring.ts'
import type { SearchSettings } from './search-settings.ts'
import { type Evaluation, evaluationOf, type Trial, type TrialState } from './trial.ts'

export interface SearchedRows extends WeighedRows {
  /** Of the first label column, where it has classes: halving draws rows with the classes in proportion. */
  readonly classes?: ClassTarget | undefined
}

export interface SearchSurroundings {
  readonly context: PipelineContext
  /** Trials that are done, with those of the folds of the one in work. */
  tell(done: number, of: number, step: string): void
  /** What an earlier attempt at the same search has found, by round and candidate. */
  readonly memory?: TrialMemory
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

/** Keeps evaluations over a restart: the same search goes on from them and finds the same. */
export interface TrialMemory {
  recall(round: number, candidate: number): Evaluation | undefined
  keep(round: number, candidate: number, evaluation: Evaluation): void
}

export interface SearchResult {
  /** In the order in which they were drawn; those that no time was left for are not there. */
  readonly trials: readonly Trial[]
  /** The index of the best trial. */
  readonly best: number
  readonly seconds: number
}

/** Rounding must not end a trial that could win. */
const MARGIN = 1e-12
const SUBSET_STREAM = 2

/**
 * Fits each candidate of the settings' space on every split, and gives the one with the best mean score; of equal ones the
 * first. Halving does so in rounds (rungsOf), in which candidates are fitted on a part of the training rows of each split
 * and judged on all of its validation rows. The same settings, rows and splits give the same result but for the seconds,
 * unless settings.seconds ends it: then settings.evaluations in its place gives the same again.
 *
 * A trial ends early when perfect scores in all folds that are left could not bring its mean past those that its round
 * keeps: this never changes which candidate is the best.
 *
 * makePipeline   gives an unfitted pipeline for a candidate
 * Throws FitStopped; DataError where no trial has a score; and what the first trial threw where all of them failed.
 */
export async function runSearch(
  makePipeline: (candidate: Candidate) => Pipeline,
  rows: SearchedRows,
  splits: readonly Split[],
  settings: SearchSettings,
  surroundings: SearchSurroundings,
): Promise<SearchResult> {
  const search = new Search(makePipeline, rows, splits, settings, surroundings)
  return search.run()
}

interface Entry {
  readonly parameters: Candidate
  round: number
  rows: number
  evaluation: Evaluation | undefined
}

class Search {
  private readonly makePipeline: (candidate: Candidate) => Pipeline
  private readonly rows: SearchedRows
  private readonly splits: readonly Split[]
  private readonly settings: SearchSettings
  private readonly surroundings: SearchSurroundings
  private readonly now: () => number
  private readonly startedAt: number
  private readonly entries: Entry[]
  private firstError: unknown
  /** Of what an earlier attempt did. */
  private recalledMs = 0
  private evaluations = 0

  constructor(
    makePipeline: (candidate: Candidate) => Pipeline,
    rows: SearchedRows,
    splits: readonly Split[],
    settings: SearchSettings,
    surroundings: SearchSurroundings,
  ) {
    this.makePipeline = makePipeline
    this.rows = rows
    this.splits = splits
    this.settings = settings
    this.surroundings = surroundings
    this.now = surroundings.now ?? (() => performance.now())
    this.startedAt = this.now()
    const { space, strategy, trials, seed } = settings
    const candidates = strategy === 'grid' ? gridOf(space) : drawCandidates(space, trials, seed)
    this.entries = candidates.map((parameters) => ({ parameters, round: 0, rows: 0, evaluation: undefined }))
  }

  async run(): Promise<SearchResult> {
    const { rowCount } = this.rows.features
    const rungs =
      this.settings.strategy === 'halving'
        ? rungsOf(this.entries.length, this.rowsMin, rowCount)
        : [{ candidates: this.entries.length, rows: rowCount }]
    let left = [...this.entries.keys()]
    for (const [round, rung] of rungs.entries()) {
      const kept = round === rungs.length - 1 ? 1 : keptOf(left.length)
      const judged = await this.runRound(left, round, rung, kept, rungs.length)
      if (judged.length === 0) break
      left = this.ranked(judged).slice(0, kept)
      if (this.isOver) break
    }
    const [best] = left
    if (best === undefined) throw this.firstError ?? new DataError(this.noScore)
    const last = this.entries[best]?.round as number
    const trials = this.entries.flatMap(({ evaluation, ...entry }): Trial[] =>
      evaluation === undefined ? [] : [{ ...entry, ...evaluation, state: stateOf(evaluation, entry.round < last) }],
    )
    return { trials, best, seconds: this.spentMs / 1000 }
  }

  /** Judges candidates one after the other. Gives those that were judged before the time was over. */
  private async runRound(
    candidates: readonly number[],
    round: number,
    { rows }: Rung,
    kept: number,
    roundCount: number,
  ): Promise<number[]> {
    const { tell, memory } = this.surroundings
    const splits = this.splitsOf(rows, round)
    const step = roundCount === 1 ? 'trying parameters' : `trying parameters, round ${round + 1} of ${roundCount}`
    const judged: number[] = []
    for (const [done, candidate] of candidates.entries()) {
      if (this.isOver) break
      const entry = this.entries[candidate] as Entry
      const toBeat = this.entries[this.ranked(judged)[kept - 1] as number]?.evaluation
      const known = memory?.recall(round, candidate)
      tell(done, candidates.length, step)
      const evaluation =
        known ??
        (await this.evaluate(entry.parameters, splits, toBeat, (share) => tell(done + share, candidates.length, step)))
      if (known === undefined) memory?.keep(round, candidate, evaluation)
      else this.recalledMs += known.seconds * 1000
      Object.assign(entry, { round, rows, evaluation })
      judged.push(candidate)
      this.evaluations += 1
    }
    tell(candidates.length, candidates.length, step)
    return judged
  }

  private async evaluate(
    candidate: Candidate,
    splits: readonly Split[],
    toBeat: Evaluation | undefined,
    report: (share: number) => void,
  ): Promise<Evaluation> {
    const { scoring, earlyEnd } = this.settings
    const { context } = this.surroundings
    const labelNames = this.rows.labels.columns.map(({ name }) => name)
    const startedAt = this.now()
    const seconds = (): number => (this.now() - startedAt) / 1000
    const scores: (number | undefined)[] = []
    const isHopeless = (): boolean => {
      if (!earlyEnd || toBeat === undefined || scores.length === splits.length) return false
      return isBeaten(scores, splits.length, toBeat, scoring)
    }
    try {
      await crossValidate(() => this.makePipeline(candidate), this.rows, splits, {
        context: { ...context, report: (done, of) => report(done / of) },
        onFold: ({ metrics }) => {
          scores.push(scoreOf(metrics, scoring, labelNames))
          return !isHopeless()
        },
      })
      return evaluationOf(scores, seconds(), scores.length < splits.length)
    } catch (error) {
      if (error instanceof FitStopped) throw error
      this.firstError ??= error
      return evaluationOf([], seconds(), false, error instanceof Error ? error.message : String(error))
    }
  }

  /** From the best to the worst, without those that have no score, or ended early. */
  private ranked(candidates: readonly number[]): number[] {
    const meanOf = (candidate: number): number | undefined => {
      const { mean = null, isEnded } = this.entries[candidate]?.evaluation ?? {}
      return mean === null || isEnded === true ? undefined : mean
    }
    const { scoring } = this.settings
    return candidates
      .filter((candidate) => meanOf(candidate) !== undefined)
      .sort((a, b) => {
        if (isBetter(scoring, meanOf(a), meanOf(b))) return -1
        return isBetter(scoring, meanOf(b), meanOf(a)) ? 1 : a - b
      })
  }

  /** The splits with as many of their training rows as `rows` is of all. */
  private splitsOf(rows: number, round: number): readonly Split[] {
    const { features, classes } = this.rows
    if (rows === features.rowCount) return this.splits
    const random = new Random(this.settings.seed, SUBSET_STREAM + round)
    return this.splits.map(({ training, validation }) => {
      const of = classes && { ...classes, codes: training.map((row) => classes.codes[row] as number) }
      const drawn = stratifiedSplit(training.length, 1 - rows / features.rowCount, random.uint32(), of)
      return { training: drawn.training.map((at) => training[at] as number), validation }
    })
  }

  private get rowsMin(): number {
    const { classes } = this.rows
    return 2 * this.settings.folds.count * (classes?.classNames.length ?? 1)
  }

  private get spentMs(): number {
    return this.now() - this.startedAt + this.recalledMs
  }

  private get isOver(): boolean {
    const { seconds, evaluations } = this.settings
    if (evaluations !== undefined && this.evaluations >= evaluations) return true
    if (seconds === null || this.spentMs < seconds * 1000) return false
    return this.entries.some(({ evaluation }) => evaluation !== undefined && evaluation.mean !== null)
  }

  private get noScore(): string {
    const { reason } = this.entries[0]?.evaluation ?? {}
    return `no trial has a score: ${reason ?? `${this.settings.scoring} is undefined in every fold`}`
  }
}

/** Whether perfect scores in all other folds could not make the mean better than that of `toBeat`. */
function isBeaten(
  scores: readonly (number | undefined)[],
  foldCount: number,
  { mean, scores: theirs }: Evaluation,
  scoring: string,
): boolean {
  // Means over other folds cannot be compared.
  if (scores.includes(undefined) || theirs.includes(null) || mean === null) return false
  const sum = scores.reduce<number>((total, score) => total + (score as number), 0)
  const reachable = (sum + (foldCount - scores.length) * perfectScore(scoring)) / foldCount
  return isLowerBetter(scoring) ? reachable > mean + MARGIN : reachable < mean - MARGIN
}

function stateOf({ reason, isEnded }: Evaluation, isBeforeLast: boolean): TrialState {
  if (reason !== undefined) return 'failed'
  if (isEnded) return 'ended_early'
  return isBeforeLast ? 'dropped' : 'finished'
}
