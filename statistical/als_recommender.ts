import { AlsRecommender, BaseModel } from 'ml-worker/model'

/** What users may take next, by factors of users and items: the feature is the user, the label the item taken. */
export default class AlsRecommenderModel extends BaseModel {
  readonly name = 'als_recommender'
  readonly estimator = AlsRecommender

  get_search_space() {
    return {
      factors: { min: 8, max: 128, log: true, integer: true },
      regularization: { min: 0.001, max: 10, log: true },
      alpha: { min: 0.1, max: 40, log: true },
    }
  }
}
