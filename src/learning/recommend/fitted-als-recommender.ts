// Factors of users and items that were found, and lists by their products.
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedRecommender } from '../estimator.ts'
import { tellPartKept } from '../kept-parts.ts'
import type { RowBlock } from '../matrix.ts'
import { assembleModule } from '../wasm/assemble-module.ts'
import { f32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, instantiate } from '../wasm/web-assembly.ts'
import { strideOf } from './als-memory.ts'
import { type ScoreFunctions, scoreRoutine } from './factor-routines.ts'
import { type KnownUsers, knownUsersState, recommendRows, restoreKnownUsers } from './known-users.ts'
import { KnownUsersRecommender } from './known-users-recommender.ts'
import type { RankedLists } from './ranked-lists.ts'

export class FittedAlsRecommender extends KnownUsersRecommender implements FittedRecommender {
  /** Row-major users × factors, and items × factors. */
  readonly userFactors: Float32Array
  readonly itemFactors: Float32Array
  /** Made with the first prediction. */
  private scorer: ItemScorer | undefined

  constructor(known: KnownUsers, userFactors: Float32Array, itemFactors: Float32Array) {
    super(known)
    this.userFactors = userFactors
    this.itemFactors = itemFactors
  }

  /** O(users of the rows × items × factors). */
  recommend(x: RowBlock, withSeen = false): RankedLists {
    const scorer = this.itemScorer()
    return recommendRows(this.known, x, (user) => scorer.scoresFor(user), withSeen)
  }

  toState(): EstimatorState {
    return { ...knownUsersState(this.known), userFactors: this.userFactors, itemFactors: this.itemFactors }
  }

  private itemScorer(): ItemScorer {
    if (this.scorer === undefined) {
      this.scorer = new ItemScorer(this.userFactors, this.itemFactors, this.known.itemCount)
      tellPartKept()
    }
    return this.scorer
  }

  static restore(state: EstimatorState): FittedAlsRecommender {
    const known = restoreKnownUsers(state)
    const { userFactors, itemFactors } = state
    if (!(userFactors instanceof Float32Array) || !(itemFactors instanceof Float32Array)) {
      throw new StateError('als_recommender: factors')
    }
    const factorCount = itemFactors.length / known.itemCount
    const isWhole =
      Number.isInteger(factorCount) && factorCount > 0 && userFactors.length === known.userCount * factorCount
    if (!isWhole) throw new StateError('als_recommender: as many factors of each user as of each item')
    if (!userFactors.every(Number.isFinite) || !itemFactors.every(Number.isFinite)) {
      throw new StateError('als_recommender: factors')
    }
    return new FittedAlsRecommender(known, userFactors, itemFactors)
  }
}

/** Memory: a copy of the factors of items. */
class ItemScorer {
  private readonly userFactors: Float32Array
  private readonly factorCount: number
  private readonly vector: Float32Array
  private readonly items: Float32Array
  private readonly scores: Float32Array
  private readonly routines: ScoreFunctions

  constructor(userFactors: Float32Array, itemFactors: Float32Array, itemCount: number) {
    this.userFactors = userFactors
    this.factorCount = itemFactors.length / itemCount
    const stride = strideOf(this.factorCount)
    const plan = new MemoryPlan()
    const arrays = layout({ vector: f32(stride), items: f32(itemCount * stride), scores: f32(itemCount) }, plan)
    const memory = plan.allocateOwn('als_recommender holds the factors of items')
    const { vector, items, scores } = arrays.views(memory.buffer)
    for (let item = 0; item < itemCount; item++) {
      items.set(itemFactors.subarray(item * this.factorCount, (item + 1) * this.factorCount), item * stride)
    }
    const routines = [scoreRoutine(stride)]
    const module = compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines }))
    this.vector = vector
    this.items = items
    this.scores = scores
    this.routines = instantiate(module, { memory }) as ScoreFunctions
  }

  /** Scores of all items for a user: one array, which the next user overwrites. */
  scoresFor(user: number): Float32Array {
    const { userFactors, factorCount, vector, items, scores, routines } = this
    vector.set(userFactors.subarray(user * factorCount, (user + 1) * factorCount))
    routines.scoreRows(vector.byteOffset, items.byteOffset, items.byteOffset + items.byteLength, scores.byteOffset)
    return scores
  }
}
