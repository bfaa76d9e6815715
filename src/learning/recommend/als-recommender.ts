// Implicit feedback by alternating least squares.
import { DataError } from '../errors.ts'
import type { ClassTarget, EstimatorState, FitContext, Recommender } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { Matrix } from '../matrix.ts'
import { integer, type ParameterValues, parameter, randomState, readParameters, real } from '../parameters.ts'
import { Random } from '../random.ts'
import { type AlsSide, type AlsState, newAlsState } from './als-memory.ts'
import { PHASE, PHASES_OF_ITERATION, phasesOf, runAls } from './als-task.ts'
import { FittedAlsRecommender } from './fitted-als-recommender.ts'
import { readInteractions } from './interactions.ts'
import { knownUsersOf, listParameters } from './known-users.ts'

const parameters = {
  /** Numbers that stand for a user, and for an item. */
  factors: parameter(64, integer({ min: 1, max: 1024 })),
  /** Added to the squares of the factors: the larger, the smaller they are. */
  regularization: parameter(0.01, real({ min: 0 })),
  /** The confidence in a pair is 1 + alpha · weight; in what a user has not taken it is 1. */
  alpha: parameter(1, real({ above: 0 })),
  iterations: parameter(15, integer({ min: 1, max: 10_000 })),
  /** Steps of conjugate gradients that solve a user or an item in an iteration. */
  cg_steps: parameter(3, integer({ min: 1, max: 100 })),
  ...listParameters,
  random_state: randomState,
}

/** Multiplications of an iteration from which threads pay. */
const SPREAD_FROM = 1e7
/** The first factors of items are from 0 to this. */
const FIRST_FACTOR_MAX = 0.01

/**
 * Collaborative filtering for implicit feedback (Hu, Koren and Volinsky 2008): factors of users and items whose products
 * are near 1 for the pairs of the training and near 0 for all others, the former with the greater confidence. Systems are solved
 * by conjugate gradients from the factors of the iteration before (Takács, Pilászy and Tikk 2011), as in `implicit`, in float32.
 *
 * The same rows give the same factors, whatever the number of threads.
 * Time O(iterations × steps × (pairs × factors + (users + items) × factors²)). Memory: 4 bytes × (users + items) × factors,
 * 12 bytes a pair from either side, 32 matrices of factors².
 * Throws DataError where rows are none of a recommender (readInteractions), where weights are beyond what float32 holds, or where
 * all this needs more than 4 GiB.
 */
export class AlsRecommender implements Recommender {
  static readonly parameters = parameters
  readonly kind = 'recommender'
  readonly abilities = { missing: false, categories: true }
  private readonly given: ParameterValues<typeof parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(parameters, given)
  }

  async fit(
    x: Matrix,
    items: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedAlsRecommender> {
    const { factors, regularization, alpha, iterations, cg_steps, random_state } = this.given
    const pairs = readInteractions(x, items, sampleWeight)
    const { byUser, byItem } = pairs
    const entries = byUser.starts.length + byItem.starts.length
    const work = cg_steps * factors * (4 * byUser.others.length + entries * factors)
    const threadCount = work >= SPREAD_FROM ? context.team.threadCount : 1
    const shape = { factorCount: factors, iterations, regularization, steps: cg_steps, alpha, threadCount }
    const state = newAlsState(byUser, byItem, shape)
    const random = new Random(random_state ?? context.seed)
    const [, itemSide] = state.sides
    for (let item = 0; item < itemSide.count; item++) {
      for (let j = 0; j < factors; j++) {
        itemSide.factors[item * state.stride + j] = random.uniform() * FIRST_FACTOR_MAX
      }
    }
    await iterate(state, context, threadCount)
    const [userFactors, itemFactors] = state.sides.map((side) => factorsOf(side, state)) as [Float32Array, Float32Array]
    if (!userFactors.every(Number.isFinite) || !itemFactors.every(Number.isFinite)) {
      throw new DataError('the factors went beyond what numbers hold: the weights of rows, times alpha, are too large')
    }
    return new FittedAlsRecommender(knownUsersOf(pairs, this.given), userFactors, itemFactors)
  }

  restore(state: EstimatorState): FittedAlsRecommender {
    return FittedAlsRecommender.restore(state)
  }
}

async function iterate(state: AlsState, context: FitContext, threadCount: number): Promise<void> {
  const place = { module: new URL('./als-task.ts', import.meta.url).href, exportName: 'runAls' }
  const of = phasesOf(state)
  const perReport = Math.max(PHASES_OF_ITERATION, Math.floor(of / 200))
  let reported = Number.NEGATIVE_INFINITY
  while (state.control[PHASE] !== of) {
    await context.team.run(runAls, place, state, context.stop, threadCount)
    const done = state.control[PHASE] as number
    if (done === of || done - reported >= perReport) {
      context.report(done, of, 'iterations')
      reported = done
    }
    await turn()
  }
}

/** Without what fills up the rows. */
function factorsOf({ factors, count }: AlsSide, { stride, factorCount }: AlsState): Float32Array {
  const dense = new Float32Array(count * factorCount)
  for (let i = 0; i < count; i++) {
    dense.set(factors.subarray(i * stride, i * stride + factorCount), i * factorCount)
  }
  return dense
}
