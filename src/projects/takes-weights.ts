// Whether what a project trains can count some rows for more than others.
import { createPipeline, readParameters } from '../intake/read-parameters.ts'
import { FaultList } from '../model/faults.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { ProjectContent } from './project.ts'

export type TakesWeights = (content: Pick<ProjectContent, 'modelName' | 'parameters'>) => boolean

/** True of a model that is not there: its training says what is wrong. */
export const takesWeightsBy =
  (registry: Pick<ModelRegistry, 'find'>): TakesWeights =>
  ({ modelName, parameters }) => {
    const model = registry.find(modelName)?.model
    if (model === undefined) return true
    const faults = new FaultList()
    return (
      createPipeline(model, readParameters(model, parameters, faults), faults).estimator.abilities.weights !== false
    )
  }
