// Implicit feedback by the similarity of items.
import { DataError } from '../errors.ts'
import type { ClassTarget, EstimatorState, FitContext, Recommender } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { choice, integer, type ParameterValues, parameter, readParameters, real } from '../parameters.ts'
import { FittedItemSimilarityRecommender } from './fitted-item-similarity-recommender.ts'
import { readInteractions } from './interactions.ts'
import { findItemNeighbors } from './item-neighbors.ts'
import { weighItems } from './item-weights.ts'
import { knownUsersOf, listParameters } from './known-users.ts'

const parameters = {
  /** What similarities are taken of: see weighItems. */
  similarity: parameter<'cosine' | 'tfidf' | 'bm25'>('cosine', choice('cosine', 'tfidf', 'bm25')),
  /** Items that count as similar to an item. */
  n_neighbors: parameter(50, integer({ min: 1, max: 10_000 })),
  /** Of bm25: how soon more weight says no more, and how much the sum of an item counts. */
  k1: parameter(1.2, real({ min: 0 })),
  b: parameter(0.75, real({ min: 0, max: 1 })),
  ...listParameters,
}

/**
 * Lists what is most similar to the items that a user has, each counting by its weight (Sarwar, Karypis, Konstan and Riedl 2001).
 *
 * Time O(Σ items of a user squared); memory O(items × neighbours + pairs).
 * Throws DataError where rows are none of a recommender (readInteractions), or where products of their weights are beyond
 * what numbers hold.
 */
export class ItemSimilarityRecommender implements Recommender {
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
  ): Promise<FittedItemSimilarityRecommender> {
    const pairs = readInteractions(x, items, sampleWeight)
    const neighbors = await findItemNeighbors(pairs, weighItems(pairs, this.given), this.given.n_neighbors, context)
    if (!neighbors.similarities.every(Number.isFinite)) {
      throw new DataError('the similarities went beyond what numbers hold: the weights of rows are too large')
    }
    return new FittedItemSimilarityRecommender(knownUsersOf(pairs, this.given), neighbors, pairs.byUser.weights)
  }

  restore(state: EstimatorState): FittedItemSimilarityRecommender {
    return FittedItemSimilarityRecommender.restore(state)
  }
}
