// Judges candidates by cross-validation, on a part of the rows or on all of them, and keeps what came of each.
import { DataError, ParameterError } from '../../learning/errors.ts'
import type { ClassTarget } from '../../learning/estimator.ts'
import { kFold, stratifiedKFold } from '../../learning/model-selection/splits.ts'
import { Random } from '../../learning/random.ts'
import { type Split, stratifiedSplit } from '../../learning/stratified-split.ts'
import { classesToFold } from '../classes-to-fold.ts'
import { crossValidate, takeWeighed, type WeighedRows } from '../cross-validate.ts'
import type { PipelineContext } from '../pipeline.ts'
import { goodness, scoreOf } from '../scoring.ts'
import { type Evaluation, evaluationOf, type TrialState } from '../search/trial.ts'
import { type Candidate, candidateKey, candidatePipeline } from './candidate.ts'
import { type HeldOutValues, heldOutValues, truthOf } from './held-out.ts'
import type { Judges } from './select-blend.ts'

/** What came of a candidate on the rows of one rung, its `round`. */
export interface Trial extends Evaluation {
  readonly candidate: Candidate
  /** `ended_early`: its first folds were hopeless beside the best. `failed`: it cannot learn from these rows. */
  readonly state: Exclude<TrialState, 'dropped'>
  readonly round: number
  readonly rows: number
}

/** Rows up to which all are used at once, and the factor by which more of them follow. */
const FIRST_RUNG_CELLS = 80_000
const [FIRST_RUNG_MIN, FIRST_RUNG_MAX] = [1_000, 5_000]
const RUNG_FACTOR = 4
/** Rows from which fewer folds are enough, and one part held out. */
const [FIVE_FOLDS_MAX, THREE_FOLDS_MAX] = [12_000, 40_000]
const HELD_OUT_ROWS_MAX = 20_000
/** Trials whose predictions are kept for a blend. */
const KEPT_MAX = 16
/** A trial ends early where, on the folds that are done, so many finished ones are better. */
const BETTER_MAX = 6

/** How many rows each rung of the halving has, up to all. width: how much a row takes; the more, the fewer to begin with. */
export function rungSizesOf(rowCount: number, width: number): number[] {
  const first = Math.min(Math.max(FIRST_RUNG_CELLS / Math.max(width, 1), FIRST_RUNG_MIN), FIRST_RUNG_MAX)
  const rungs: number[] = []
  for (let rows = Math.round(first); 2 * rows < rowCount; rows *= RUNG_FACTOR) rungs.push(rows)
  return [...rungs, rowCount]
}

/** Whether an error says that a candidate cannot learn from these rows, and others may. */
export function isOfRows(error: unknown): error is DataError | ParameterError {
  return error instanceof DataError || error instanceof ParameterError
}

interface Rung {
  readonly rows: WeighedRows
  readonly splits: readonly Split[]
  readonly heldOut: Int32Array
}

/** The trials of one fit. */
export class Trials {
  readonly done: Trial[] = []
  readonly judges: Judges
  private readonly metric: string
  private readonly labelNames: readonly string[]
  private readonly rungs: readonly Rung[]
  /** Of the best finished ones of the last rung. */
  private readonly kept = new Map<Trial, readonly HeldOutValues[]>()

  /** rungSizes: rows of each rung, ascending, the last all. Throws DataError where the rows are too few to divide. */
  constructor(
    rows: WeighedRows,
    {
      kind,
      metric,
      seed,
      rungSizes,
    }: {
      readonly kind: 'classifier' | 'regressor'
      readonly metric: string
      readonly seed: number
      readonly rungSizes: readonly number[]
    },
  ) {
    this.metric = metric
    this.labelNames = rows.labels.columns.map((column) => column.name)
    const order = Int32Array.from({ length: rows.features.rowCount }, (_, i) => i)
    new Random(seed).shuffle(order)
    this.rungs = rungSizes.map((size) => {
      const part = size === order.length ? rows : takeWeighed(rows, order.slice(0, size).sort())
      const splits = splitsOf(part, kind, seed, size < order.length)
      const heldOut = Int32Array.from(splits.flatMap(({ validation }) => [...validation])).sort()
      return { rows: part, splits, heldOut }
    })
    const last = this.rungs.at(-1) as Rung
    const { sampleWeight } = last.rows
    const weight = sampleWeight && Float64Array.from(last.heldOut, (row) => sampleWeight[row] as number)
    this.judges = { metric, truths: truthOf(kind, last.rows.labels, last.heldOut), weight }
  }

  get lastRung(): number {
    return this.rungs.length - 1
  }

  /** Folds of the last rung; 1 where one part is held out. */
  get foldCount(): number {
    return (this.rungs.at(-1) as Rung).splits.length
  }

  /** Judges the candidate on the rows of the rung. Throws FitStopped; then the trial counts for nothing. */
  async judge(candidate: Candidate, rung: number, context: PipelineContext): Promise<Trial> {
    const { rows, splits, heldOut } = this.rungs[rung] as Rung
    const rivals = this.finished(rung)
    const scores: (number | undefined)[] = []
    let seconds = 0
    const made = (state: Trial['state'], reason?: string): Trial => {
      const evaluation = evaluationOf(scores, seconds, state === 'ended_early', reason)
      const trial = { ...evaluation, candidate, state, round: rung, rows: rows.features.rowCount }
      this.done.push(trial)
      return trial
    }
    try {
      const { predictions } = await crossValidate(() => candidatePipeline(candidate), rows, splits, {
        context,
        withPredictions: rung === this.lastRung,
        onFold: (fold) => {
          scores.push(scoreOf(fold.metrics, this.metric, this.labelNames))
          seconds += fold.fitSeconds
          return scores.length === splits.length || !this.isHopeless(scores, rivals)
        },
      })
      if (scores.length < splits.length) return made('ended_early')
      const trial = made('finished')
      const values = predictions.map((of) => heldOutValues(of, heldOut))
      if (rung === this.lastRung) this.keep(trial, values)
      return trial
    } catch (error) {
      if (!isOfRows(error)) throw error
      return made('failed', error.message)
    }
  }

  /** Finished trials of a rung, the best first; earlier ones first among equals. */
  finished(rung: number): Trial[] {
    const all = this.done.filter(({ state, round }) => state === 'finished' && round === rung)
    return all.sort((a, b) => this.goodness(b.mean) - this.goodness(a.mean))
  }

  /** Finished trials of the last rung that has any, the best first. */
  get bestRung(): Trial[] {
    const rung = this.done.reduce((last, { state, round }) => (state === 'finished' ? Math.max(last, round) : last), 0)
    return this.finished(rung)
  }

  /** The best finished trial of each estimator on a rung, the best first. */
  bestOfEach(rung: number): Candidate[] {
    const best = new Map<string, Candidate>()
    for (const { candidate } of this.finished(rung)) {
      if (!best.has(candidate.estimator)) best.set(candidate.estimator, candidate)
    }
    return [...best.values()]
  }

  get triedOnAllRows(): ReadonlySet<string> {
    return new Set(
      this.done.filter(({ round }) => round === this.lastRung).map(({ candidate }) => candidateKey(candidate)),
    )
  }

  /** What is kept of predictions, the best trial first. */
  get predicted(): readonly (readonly [Trial, readonly HeldOutValues[]])[] {
    return [...this.kept].sort(([a], [b]) => this.goodness(b.mean) - this.goodness(a.mean))
  }

  private keep(trial: Trial, values: readonly HeldOutValues[]): void {
    this.kept.set(trial, values)
    if (this.kept.size <= KEPT_MAX) return
    const [worst] = this.predicted.at(-1) as readonly [Trial, readonly HeldOutValues[]]
    this.kept.delete(worst)
  }

  private isHopeless(scores: readonly (number | undefined)[], rivals: readonly Trial[]): boolean {
    const own = this.goodness(evaluationOf(scores, 0, false).mean)
    const onSameFolds = rivals.map((rival) =>
      evaluationOf(
        rival.scores.slice(0, scores.length).map((score) => score ?? undefined),
        0,
        false,
      ),
    )
    return onSameFolds.filter(({ mean }) => this.goodness(mean) > own).length >= BETTER_MAX
  }

  /** The larger the better. */
  private goodness(score: number | null): number {
    return score === null ? Number.NEGATIVE_INFINITY : goodness(this.metric, score)
  }
}

/** Five folds, three of many rows and of a part of the rows, and of more yet one part held out. */
function splitsOf(
  { features, labels }: WeighedRows,
  kind: 'classifier' | 'regressor',
  seed: number,
  isPart: boolean,
): Split[] {
  const { rowCount } = features
  const classes = classesToFold(labels, kind)
  if (rowCount > THREE_FOLDS_MAX) {
    return [stratifiedSplit(rowCount, Math.min(0.2, HELD_OUT_ROWS_MAX / rowCount), seed, classes)]
  }
  const most = classes === undefined ? rowCount : largestOf(classes)
  const count = Math.min(isPart || rowCount > FIVE_FOLDS_MAX ? 3 : 5, most)
  return classes === undefined ? kFold(rowCount, count, seed) : stratifiedKFold(classes, count, seed)
}

function largestOf({ codes, classNames }: ClassTarget): number {
  const sizes = new Int32Array(classNames.length)
  for (const code of codes) sizes[code] = (sizes[code] as number) + 1
  return sizes.reduce((most, size) => Math.max(most, size), 0)
}
