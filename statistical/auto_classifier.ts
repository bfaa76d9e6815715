import { AutoClassifierModel } from 'ml-worker/model'

/** The classifier, its encoding and its parameters that are best on held-out rows, found within time_budget_seconds. */
export default class AutoClassifier extends AutoClassifierModel {
  readonly name = 'auto_classifier'
}
