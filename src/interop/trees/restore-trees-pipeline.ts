// Imported trees out of the state that their pipeline was written as.
import { StateError } from '../../learning/errors.ts'
import type { Estimator, EstimatorState, StateValue } from '../../learning/estimator.ts'
import { ImportedTreesClassifier } from '../../learning/imported-trees/imported-trees-classifier.ts'
import { ImportedTreesRegressor } from '../../learning/imported-trees/imported-trees-regressor.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import { Pipeline } from '../../model/pipeline.ts'

/** The pipeline that fittedTreesPipeline has made. Throws StateError for a state of anything else. O(state). */
export function restoreTreesPipeline(state: EstimatorState): FittedPipeline {
  const columnCount = lengthOf(state['features'])
  const restored = new Pipeline([], estimatorOf(state)).restore(state)
  for (const { name, fitted } of restored.outputs) {
    if (fitted.kind !== 'classifier' && fitted.kind !== 'regressor')
      throw new StateError(`no imported trees of ${name}`)
    if (fitted.columnCount !== columnCount) throw new StateError(`the trees of ${name} are of other columns`)
  }
  return restored
}

/** All outputs are of one kind, as their states say. */
function estimatorOf(state: EstimatorState): Estimator {
  const [first] = Array.isArray(state['outputs']) ? (state['outputs'] as StateValue[]) : []
  const kind = memberOf(memberOf(first, 'state'), 'kind')
  if (kind === ImportedTreesClassifier.kindOfState) return new ImportedTreesClassifier()
  if (kind === ImportedTreesRegressor.kindOfState) return new ImportedTreesRegressor()
  throw new StateError('expected the state of imported trees')
}

function memberOf(value: StateValue | undefined, key: string): StateValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return undefined
  return (value as EstimatorState)[key]
}

function lengthOf(value: StateValue | undefined): number {
  return Array.isArray(value) ? value.length : 0
}
