import { BaseModel, ItemSimilarityRecommender } from 'ml-worker/model'

/** What is similar to the items that users took: the feature is the user, the label the item taken. */
export default class ItemSimilarityRecommenderModel extends BaseModel {
  readonly name = 'item_similarity_recommender'
  readonly estimator = ItemSimilarityRecommender

  get_search_space() {
    return {
      similarity: ['cosine', 'tfidf', 'bm25'],
      n_neighbors: { min: 5, max: 200, log: true, integer: true },
    }
  }
}
