// The example to copy: the species of an iris from four measurements, with declared columns.
import { BaseModel, impute, LogisticRegression, standardize } from 'ml-worker/model'

export default class IrisSpecies extends BaseModel {
  readonly name = 'iris_species'
  readonly estimator = LogisticRegression
  override readonly feature_names = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
  override readonly label_names = ['species']

  override steps() {
    return [impute(), standardize()]
  }
}
