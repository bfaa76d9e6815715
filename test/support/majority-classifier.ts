// A classifier that only counts classes and keeps the whole contract, and the same with one flaw at a time: what the
// contract suite is tested against.
import { DataError, FitStopped, ParameterError, StateError } from '../../src/learning/errors.ts'
import type {
  Classifier,
  ClassTarget,
  EstimatorClass,
  EstimatorState,
  FitContext,
  FittedClassifier,
  StateValue,
} from '../../src/learning/estimator.ts'
import type { Matrix, RowBlock } from '../../src/learning/matrix.ts'
import type { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { parameter, randomState, readParameters, real } from '../../src/learning/parameters.ts'

/** Each flaw, and the check that must catch it. */
export const flaws = {
  'writes to its columns': 'fit and predict leave their input alone',
  'writes to the rows it predicts': 'fit and predict leave their input alone',
  'keeps the caller’s labels': 'a fitted estimator does not change when its input or its output is written to',
  'gives its own array away': 'a fitted estimator does not change when its input or its output is written to',
  'refuses shared memory': 'takes columns in shared memory',
  'remembers the last fit': 'refitting forgets',
  'draws without a seed': 'a seed gives the same model again, and null takes the seed of the fit',
  'ignores the seed of the fit': 'a seed gives the same model again, and null takes the seed of the fit',
  'depends on the number of threads': 'one, two and three threads give the same bytes',
  'favours early rows': 'rows in another order give the same predictions',
  'thinks the first column important': 'columns in another order give the same predictions and importances',
  'adds a row of its own': 'all weights times a constant change nothing',
  'ignores weights': 'integer weights count as repeated rows',
  'counts rows of weight zero': 'rows of weight zero count as absent',
  'gives probabilities above one': 'predictions are finite and of the right shape, far from the fitted rows too',
  'gives NaN for far rows': 'predictions are finite and of the right shape, far from the fitted rows too',
  'predicts a lone row otherwise': 'a row alone is predicted as among others',
  'predicts otherwise on a team': 'predicting on a team equals predicting alone',
  'takes any number of columns': 'refuses rows with another number of columns',
  'has importances of sum two': 'importances are positive and sum to 1, or all are 0',
  'predicts unfitted': 'the unfitted cannot predict',
  'fails at one row': 'bears one row, or refuses it in words',
  'refuses without words': 'bears one row, or refuses it in words',
  'doubts the only class': 'one class is predicted with probability 1',
  'needs every class': 'bears a class without rows',
  'refuses constant columns': 'bears constant columns',
  'takes missing values in spite of its word': 'bears missing values, or refuses them in words',
  'refuses 1,000 columns': 'bears 1,000 columns',
  'fails at zero columns': 'bears zero columns, or refuses them in words',
  'takes zero rows': 'refuses zero rows in words',
  'overflows at extreme values': 'bears extreme values, or refuses them in words',
  'fails at one weighted row': 'bears weights that are zero for all rows but one, or refuses them in words',
  'writes a Map': 'a state is plain data',
  'forgets its counts when restored': 'a restored state predicts the same and writes the same',
  'restores by its own parameters':
    'a restored model does not depend on the parameters of the estimator that restores it',
  'restores anything': 'a state of another kind of estimator is refused',
  'trusts the states it restores': 'a hostile state is refused with StateError, or predicts in the right shape',
  'loops for as long as a state says': 'a hostile state is refused with StateError, or predicts in the right shape',
  'never reports': 'progress grows to its end',
  'reports backwards': 'progress grows to its end',
  'stops reporting early': 'progress grows to its end',
  'does not look at the stop flag': 'a fit whose stop flag is set ends with FitStopped',
  'looks at the stop flag but once': 'a long fit ends soon after another thread asks it to',
  'refuses its own default': 'the defaults pass',
  'takes unknown parameters': 'an unknown parameter is refused by name',
  'takes a parameter out of range': 'a parameter out of range is refused by name, every one',
  'names one fault only': 'all faults are named at once',
} as const
export type Flaw = keyof typeof flaws

const parameters = { smoothing: parameter(0, real({ min: 0 })), random_state: randomState }

/** The class of majority classifiers that have the flaw, or none. */
export function majorityClassifier(flaw?: Flaw): EstimatorClass {
  const has = (other: Flaw): boolean => flaw === other
  const declared = has('refuses its own default')
    ? { ...parameters, smoothing: parameter(-1, real({ min: 0 })) }
    : parameters

  class MajorityClassifier implements Classifier {
    static readonly parameters = declared
    readonly kind = 'classifier'
    readonly abilities = { missing: false, categories: false }
    private readonly smoothing: number
    private readonly seed: number | null
    private remembered = 0

    constructor(given: { readonly [name: string]: unknown } = {}) {
      const { smoothing, random_state } = readParameters(declared, tampered(given))
      this.smoothing = smoothing
      this.seed = random_state
      if (has('predicts unfitted')) Object.assign(this, { predictProbabilities: () => new Float64Array() })
    }

    async fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClassifier> {
      const { report, stop, team } = context
      if (!has('does not look at the stop flag')) stop.throwIfSet()
      if (!has('never reports')) report(has('reports backwards') ? 9 : 0, 10, 'count')
      this.refuseUnfit(x, y, sampleWeight)
      if (has('writes to its columns')) (x.columns[0] as Float64Array)[3] = 1
      const weights = new Float64Array(y.classNames.length).fill(
        this.smoothing + (has('adds a row of its own') ? 1 : 0),
      )
      weights[0]! += this.remembered
      if (has('remembers the last fit')) this.remembered = 1
      for (let i = 0; i < x.rowCount; i++) {
        const given = has('ignores weights') ? 1 : (sampleWeight?.[i] ?? 1)
        const weight = has('counts rows of weight zero') ? Math.max(given, 0.5) : given
        weights[y.codes[i]!]! += has('favours early rows') ? weight / (i + 1) : weight
      }
      if (has('depends on the number of threads')) weights[0]! += team.threadCount
      if (has('draws without a seed')) weights[0]! += Math.random()
      if (has('ignores the seed of the fit')) weights[0]! += this.seed ?? 1
      await this.spendTime(x, context)
      for (let done = 1; done <= 9; done++) if (!has('never reports')) report(done, 10, 'count')
      if (!has('never reports') && !has('stops reporting early')) report(10, 10, 'count')
      return fitted(x.columns.length, weights, has('keeps the caller’s labels') ? y.codes : undefined)
    }

    restore(state: EstimatorState): FittedClassifier {
      const { columnCount, weights, rounds } = state as { columnCount: number; weights: Float64Array; rounds: number }
      if (has('restores anything') && weights === undefined) return fitted(5, Float64Array.of(1, 1))
      if (has('loops for as long as a state says')) for (let i = 0; i < rounds; i++) Math.hypot(i)
      else if (rounds !== 1) throw new StateError('rounds must be 1')
      if (!has('trusts the states it restores')) {
        const isCount = Number.isInteger(columnCount) && columnCount > 0 && columnCount <= 10_000
        if (!isCount) throw new StateError('columnCount must be an integer from 1 to 10,000')
        if (!(weights instanceof Float64Array) || weights.length === 0) throw new StateError('weights must be numbers')
        if (!weights.every((w) => w >= 0 && w <= 1e300)) throw new StateError('weights must be finite and not negative')
      }
      if (has('forgets its counts when restored'))
        return fitted(
          columnCount,
          weights.map(() => 1),
        )
      if (has('restores by its own parameters')) {
        return fitted(
          columnCount,
          weights.map((w) => w + (this.seed === null ? 1 : 0)),
        )
      }
      return fitted(columnCount, weights)
    }

    private refuseUnfit(x: Matrix, y: ClassTarget, sampleWeight?: Float64Array): void {
      if (x.columns.length === 0 && has('fails at zero columns')) throw new RangeError('no columns')
      if (x.rowCount === 0 && !has('takes zero rows')) throw new DataError('there are no rows to learn from')
      const isMissing = x.columns.some((column) => column.some(Number.isNaN))
      if (isMissing && !has('takes missing values in spite of its word'))
        throw new DataError('missing values are not taken')
      if (x.rowCount === 1 && has('fails at one row')) throw new TypeError('cannot read undefined')
      if (x.rowCount === 1 && has('refuses without words')) throw new DataError('no')
      if (x.columns.length >= 1000 && has('refuses 1,000 columns')) throw new DataError('that are too many columns')
      const isShared = x.columns.some((column) => column.buffer instanceof SharedArrayBuffer)
      if (isShared && has('refuses shared memory')) throw new TypeError('shared')
      const isConstant = x.columns.some((column) => column.every((value) => value === column[0]))
      if (isConstant && has('refuses constant columns')) throw new DataError('there is a constant column')
      const isExtreme = x.columns.some((column) => column.some((value) => !Number.isFinite(value * value)))
      if (isExtreme && has('overflows at extreme values')) throw new RangeError('overflow')
      const weighted = sampleWeight?.filter((weight) => weight > 0).length
      if (weighted === 1 && has('fails at one weighted row')) throw new RangeError('one row')
      const isWhole = y.classNames.every((_, c) => y.codes.includes(c))
      if (!isWhole && has('needs every class')) throw new DataError('a class has no rows')
    }

    /** As long as a slow method would need: seven seconds for the rows of the check that stops a fit. */
    private async spendTime(x: Matrix, { stop }: FitContext): Promise<void> {
      if (x.rowCount < 20_000) return
      const end = performance.now() + 7000
      while (performance.now() < end) if (!has('looks at the stop flag but once') && stop.isSet) throw new FitStopped()
    }
  }

  /** The given parameters as the constructor takes them, or those that a flaw makes of them. */
  function tampered(given: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
    const entries = Object.entries(given)
    if (has('takes unknown parameters')) return Object.fromEntries(entries.filter(([name]) => name in declared))
    if (has('takes a parameter out of range'))
      return Object.fromEntries(entries.filter(([name]) => name !== 'smoothing'))
    if (has('names one fault only')) {
      try {
        readParameters(declared, given)
      } catch (error) {
        if (error instanceof ParameterError) throw new ParameterError(error.faults.slice(0, 1))
      }
    }
    return given
  }

  function fitted(columnCount: number, weights: Float64Array, labels?: Int32Array): FittedClassifier {
    const total = weights.reduce((a, b) => a + b, 0) || 1
    const shares = weights.map((w) => w / total)
    let given: Float64Array | undefined
    const predictProbabilities = (x: RowBlock): Float64Array => {
      if (x.columnCount !== columnCount && !has('takes any number of columns')) throw new RangeError('other columns')
      if (has('writes to the rows it predicts')) x.values[0] = 7
      const output = new Float64Array(x.rowCount * shares.length)
      for (let i = 0; i < x.rowCount; i++) output.set(shares, i * shares.length)
      if (labels?.every((code) => code === 0)) output.reverse()
      if (has('gives probabilities above one') && output.length > 0) output[0] = 1.5
      if (has('gives NaN for far rows') && x.values.some((value) => value > 1e4)) output[0] = Number.NaN
      if (has('doubts the only class') && shares.length === 1) output.fill(0.9)
      if (has('predicts a lone row otherwise') && x.rowCount === 1) output.reverse()
      given ??= output
      return has('gives its own array away') ? given : output
    }
    const importances = new Float64Array(columnCount)
    if (has('thinks the first column important')) importances[0] = 1
    if (has('has importances of sum two')) importances.fill(2 / columnCount)
    const predictProbabilitiesOn = async (_: ThreadTeam, x: RowBlock): Promise<Float64Array> => {
      const output = predictProbabilities(x)
      return has('predicts otherwise on a team') ? output.reverse() : output
    }
    const toState = (): EstimatorState => ({
      columnCount,
      rounds: 1,
      weights: has('writes a Map') ? (new Map() as unknown as StateValue) : weights,
    })
    return {
      kind: 'classifier',
      classCount: shares.length,
      columnCount,
      featureImportances: importances,
      predictProbabilities,
      predictProbabilitiesOn,
      toState,
    }
  }

  return MajorityClassifier
}
