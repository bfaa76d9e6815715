// A regressor that learns a function of the target, and predicts the target (scikit-learn's TransformedTargetRegressor).
import { DataError, NotExplainable, StateError } from './errors.ts'
import type { EstimatorState, FitContext, FittedRegressor, LinearTerms, Regressor } from './estimator.ts'
import type { Explanation, ExplanationChoice } from './explanation/explanation.ts'
import type { Matrix, RowBlock } from './matrix.ts'
import type { StopFlag } from './parallel/stop-flag.ts'
import type { ThreadTeam } from './parallel/thread-team.ts'
import { describeRange, isInRange, type TargetRange } from './target-range.ts'
import type { TreeSketch } from './tree-sketch.ts'

/** A pair of functions: what is learned in place of a target, and the way back. */
export interface TargetTransform {
  /** Written into artifacts, and shown in reports: what is learned, such as `log1p`. */
  readonly name: string
  transform(target: number): number
  /** `inverse(transform(target))` is the target. */
  inverse(value: number): number
  /** The targets that `transform` takes. Absent: all numbers. */
  readonly range?: TargetRange
}

/**
 * log1p: ln(1 + target), for targets above −1. sqrt: the root, for targets of at least 0; a predicted root below 0 gives 0.
 * standardize: mean 0 and population deviation 1. Or a pair of one's own.
 */
export type TargetTransformChoice = 'log1p' | 'sqrt' | 'standardize' | TargetTransform

const PAIRS: { readonly [name: string]: TargetTransform } = {
  log1p: { name: 'log1p', transform: Math.log1p, inverse: Math.expm1, range: { above: -1 } },
  sqrt: { name: 'sqrt', transform: Math.sqrt, inverse: (root) => Math.max(root, 0) ** 2, range: { min: 0 } },
}
/** How far a target may be from what comes back of it, as in numpy.allclose; the second relative to the largest. */
const [RELATIVE, OF_LARGEST] = [1e-5, 1e-8]

/** What a fit has found of the targets: mean and scale of `standardize`, 0 and 1 of all others. */
interface Moments {
  readonly mean: number
  readonly scale: number
}

export class TransformedTargetRegressor implements Regressor {
  readonly kind = 'regressor'
  readonly regressor: Regressor
  /** Undefined for `standardize`. */
  private readonly pair: TargetTransform | undefined

  /** Throws TypeError for a transform that is none. */
  constructor(regressor: Regressor, transform: TargetTransformChoice) {
    this.regressor = regressor
    this.pair = transform === 'standardize' ? undefined : pairOf(transform)
  }

  get abilities() {
    return this.regressor.abilities
  }

  get targetRange(): TargetRange | undefined {
    return this.pair === undefined ? undefined : this.pair.range
  }

  /** The name of the transform. */
  get learnedAs(): string {
    return this.pair?.name ?? 'standardize'
  }

  /** What is learned in place of these targets. Throws DataError for targets without such a number. */
  learnedTargets(y: Float64Array): Float64Array {
    return this.forward(y, this.momentsOf(y))
  }

  /** Throws DataError also where the pair does not give the targets back, and what the regressor throws. */
  async fit(x: Matrix, y: Float64Array, context: FitContext, sampleWeight?: Float64Array): Promise<FittedRegressor> {
    const moments = this.momentsOf(y)
    const learned = this.forward(y, moments)
    const fitted = await this.regressor.fit(x, learned, context, sampleWeight)
    return new FittedTransformedTarget(fitted, this.learnedAs, this.pair, moments)
  }

  restore({ transform, mean, scale, regressor }: EstimatorState): FittedRegressor {
    const areMoments = typeof mean === 'number' && typeof scale === 'number' && scale > 0
    if (transform !== this.learnedAs || !areMoments) {
      throw new StateError(`expected targets that were transformed by ${this.learnedAs}`)
    }
    if (typeof regressor !== 'object' || regressor === null) throw new StateError('expected the state of a regressor')
    const fitted = this.regressor.restore(regressor as EstimatorState)
    return new FittedTransformedTarget(fitted, this.learnedAs, this.pair, { mean, scale })
  }

  private forward(y: Float64Array, { mean, scale }: Moments): Float64Array {
    const { pair, learnedAs } = this
    if (pair === undefined) return y.map((target) => (target - mean) / scale)
    const learned = y.map((target) => pair.transform(target))
    const largest = y.reduce((most, target) => Math.max(most, Math.abs(target)), 0)
    const { targetRange } = this.regressor
    learned.forEach((value, i) => {
      const target = y[i] as number
      if (!Number.isFinite(value)) throw new DataError(`${learnedAs} of a label is no finite number`)
      if (targetRange !== undefined && !isInRange(value, targetRange)) {
        throw new DataError(`${learnedAs} of a label is not what this method learns: ${describeRange(targetRange)}`)
      }
      const allowed = RELATIVE * Math.abs(target) + OF_LARGEST * largest
      if (Math.abs(pair.inverse(value) - target) <= allowed) return
      throw new DataError(`the inverse of ${learnedAs} does not give the labels back`)
    })
    return learned
  }

  /** As StandardScaler: without weights, and 1 for targets that do not vary. Two passes. */
  private momentsOf(y: Float64Array): Moments {
    if (this.pair !== undefined) return { mean: 0, scale: 1 }
    const mean = y.reduce((sum, target) => sum + target / y.length, 0)
    const variance = y.reduce((sum, target) => sum + (target - mean) ** 2 / y.length, 0)
    const deviation = Math.sqrt(variance)
    if (!Number.isFinite(deviation)) throw new DataError('the labels are too far apart to standardize')
    return { mean, scale: deviation > 10 * Number.EPSILON * Math.abs(mean) ? deviation : 1 }
  }
}

function pairOf(given: unknown): TargetTransform {
  if (typeof given === 'string' && Object.hasOwn(PAIRS, given)) return PAIRS[given] as TargetTransform
  const { name, transform, inverse } = (given ?? {}) as Partial<TargetTransform>
  if (typeof name === 'string' && typeof transform === 'function' && typeof inverse === 'function') {
    return given as TargetTransform
  }
  const known = [...Object.keys(PAIRS), 'standardize'].map((one) => `'${one}'`).join(', ')
  throw new TypeError(`a transform of the target: expected ${known}, or an object with name, transform and inverse`)
}

/** Coefficients, losses, importances and the out-of-bag score are those of the regressor: of what it has learned. */
export class FittedTransformedTarget implements FittedRegressor {
  readonly kind = 'regressor'
  readonly learnedAs: string
  /** What has learned the transformed target. */
  readonly fitted: FittedRegressor
  /** 0 and 1 of all but `standardize`. */
  readonly moments: Moments
  private readonly pair: TargetTransform | undefined

  constructor(fitted: FittedRegressor, learnedAs: string, pair: TargetTransform | undefined, moments: Moments) {
    this.fitted = fitted
    this.learnedAs = learnedAs
    this.pair = pair
    this.moments = moments
  }

  /** The transform where it is one of the worker's own; undefined of a pair of one's own, whatever its name. */
  get ownTransform(): 'log1p' | 'sqrt' | 'standardize' | undefined {
    if (this.pair === undefined) return 'standardize'
    return this.pair === PAIRS['log1p'] ? 'log1p' : this.pair === PAIRS['sqrt'] ? 'sqrt' : undefined
  }

  get columnCount(): number {
    return this.fitted.columnCount
  }

  get featureImportances(): Float64Array | undefined {
    return this.fitted.featureImportances
  }

  get oobScore(): number | null | undefined {
    return this.fitted.oobScore
  }

  get trainingLoss(): Float64Array | undefined {
    return this.fitted.trainingLoss
  }

  get validationLoss(): Float64Array | undefined {
    return this.fitted.validationLoss
  }

  get linearTerms(): LinearTerms | undefined {
    return this.fitted.linearTerms
  }

  predict(x: RowBlock): Float64Array {
    return this.backward(this.fitted.predict(x))
  }

  async predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    const { fitted } = this
    return this.backward((await fitted.predictOn?.(team, x, stop)) ?? fitted.predict(x))
  }

  /** Of what was learned; back in the unit of the target where the transform is a line. */
  explain(x: RowBlock, choice: ExplanationChoice): Explanation {
    const { fitted, moments, learnedAs, pair } = this
    if (fitted.explain === undefined) throw new NotExplainable('its method has no rule for explanations')
    const found = fitted.explain(x, choice)
    if (pair === undefined && found.link === 'identity') {
      const bases = found.bases.map((base) => base * moments.scale + moments.mean)
      return { ...found, bases, contributions: found.contributions.map((value) => value * moments.scale) }
    }
    const link = found.link === 'identity' ? learnedAs : `${found.link} of ${learnedAs}`
    return { ...found, explainedAs: 'transformed_value', link }
  }

  /** Without a node where the regressor has no tree. */
  firstTree(depthMax: number): TreeSketch {
    return this.fitted.firstTree?.(depthMax) ?? { treeCount: 0, nodes: [] }
  }

  toState(): EstimatorState {
    return { transform: this.learnedAs, ...this.moments, regressor: this.fitted.toState() }
  }

  private backward(values: Float64Array): Float64Array {
    const { pair, moments } = this
    return values.map(pair === undefined ? (value) => value * moments.scale + moments.mean : (v) => pair.inverse(v))
  }
}
