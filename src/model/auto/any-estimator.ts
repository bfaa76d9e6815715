// What stands for the estimators that are chosen among, where a pipeline or a model class is asked for its own.
import { RandomForestClassifier } from '../../learning/trees/random-forest-classifier.ts'
import { RandomForestRegressor } from '../../learning/trees/random-forest-regressor.ts'

export class AnyClassifier extends RandomForestClassifier {}
export class AnyRegressor extends RandomForestRegressor {}
