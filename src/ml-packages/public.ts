// The public entry ml-worker/ml-packages: estimators on the packages ml-cart, ml-random-forest, ml-naivebayes and ml-knn,
// apart from ml-worker/model so that only who uses them loads these packages. docs/library.md lists every export; a test
// compares. Nothing inside src/ imports this file.

/// <reference path="./packages.d.ts" />
export { CartClassifier } from './cart-classifier.ts'
export { isWithinSize, type SizeLimit } from './check-size.ts'
export { GaussianClassifier } from './gaussian-classifier.ts'
export { NeighborsClassifier } from './neighbors-classifier.ts'
export { ForestClassifier } from './random-forest-classifier.ts'
