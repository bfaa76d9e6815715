// Similarities of items that were found, and lists by the similarity to what a user has.
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedRecommender } from '../estimator.ts'
import type { RowBlock } from '../matrix.ts'
import { checkLists, type KnownUsers, knownUsersState, recommendRows, restoreKnownUsers } from './known-users.ts'
import { KnownUsersRecommender } from './known-users-recommender.ts'
import type { ItemNeighbors } from './nearest-items.ts'
import type { RankedLists } from './ranked-lists.ts'

export class FittedItemSimilarityRecommender extends KnownUsersRecommender implements FittedRecommender {
  readonly neighbors: ItemNeighbors
  /** The weight of each pair, in the order of the seen items. */
  readonly seenWeights: Float64Array

  constructor(known: KnownUsers, neighbors: ItemNeighbors, seenWeights: Float64Array) {
    super(known)
    this.neighbors = neighbors
    this.seenWeights = seenWeights
  }

  /** O(users of the rows × (items + items of a user × neighbours)). */
  recommend(x: RowBlock, withSeen = false): RankedLists {
    const scores = new Float64Array(this.itemCount)
    return recommendRows(this.known, x, (user) => this.scoreItems(user, scores), withSeen)
  }

  /** Σ weight · similarity over what the user has; NaN for items that are similar to none of it. */
  private scoreItems(user: number, scores: Float64Array): Float64Array {
    const { known, neighbors, seenWeights } = this
    scores.fill(Number.NaN)
    const end = known.seenStarts[user + 1] as number
    for (let k = known.seenStarts[user] as number; k < end; k++) {
      const own = known.seenItems[k] as number
      const weight = seenWeights[k] as number
      for (let n = neighbors.starts[own] as number; n < (neighbors.starts[own + 1] as number); n++) {
        const item = neighbors.items[n] as number
        const before = scores[item] as number
        const added = weight * (neighbors.similarities[n] as number)
        scores[item] = Number.isNaN(before) ? added : before + added
      }
    }
    return scores
  }

  toState(): EstimatorState {
    const { starts, items, similarities } = this.neighbors
    const neighbors = { neighborStarts: starts, neighborItems: items, similarities }
    return { ...knownUsersState(this.known), ...neighbors, seenWeights: this.seenWeights }
  }

  static restore(state: EstimatorState): FittedItemSimilarityRecommender {
    const known = restoreKnownUsers(state)
    const { neighborStarts, neighborItems, similarities, seenWeights } = state
    if (!(neighborStarts instanceof Int32Array) || !(neighborItems instanceof Int32Array)) {
      throw new StateError('item_similarity_recommender: neighbours')
    }
    checkLists(neighborStarts, neighborItems, known.itemCount, known.itemCount)
    if (!arePositive(similarities, neighborItems.length)) {
      throw new StateError('item_similarity_recommender: similarities')
    }
    if (!arePositive(seenWeights, known.seenItems.length)) {
      throw new StateError('item_similarity_recommender: seenWeights')
    }
    const neighbors = { starts: neighborStarts, items: neighborItems, similarities }
    return new FittedItemSimilarityRecommender(known, neighbors, seenWeights)
  }
}

function arePositive(values: unknown, length: number): values is Float64Array {
  return values instanceof Float64Array && values.length === length && values.every((v) => v > 0 && Number.isFinite(v))
}
