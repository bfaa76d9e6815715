// The parameters of a training request, and the pipeline that the model makes of them.
import { ParameterError } from '../learning/errors.ts'
import type { FaultList } from '../model/faults.ts'
import type { Model, ModelParameters } from '../model/model.ts'
import type { Pipeline } from '../model/pipeline.ts'

/** The parameters as given. Unknown names are faults here; values are judged by the model's create_pipeline. */
export function readParameters(model: Model, given: unknown, faults: FaultList): ModelParameters {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    faults.add({
      in: 'parameters',
      detail: `expected an object, got ${Array.isArray(given) ? 'an array' : typeof given}`,
    })
    return {}
  }
  const defaults = model.get_default_parameters()
  const known: [string, unknown][] = []
  for (const [parameter, value] of Object.entries(given)) {
    if (Object.hasOwn(defaults, parameter)) known.push([parameter, value])
    else {
      const names = Object.keys(defaults).join(', ')
      faults.add({ in: 'parameters', parameter, detail: `unknown parameter; expected one of ${names || 'none'}` })
    }
  }
  return Object.fromEntries(known)
}

/** The pipeline; with faults that of the defaults, so that the labels are judged all the same. */
export function createPipeline(model: Model, given: ModelParameters, faults: FaultList): Pipeline {
  const defaults = model.get_default_parameters()
  try {
    return model.create_pipeline({ ...defaults, ...given })
  } catch (error) {
    if (error instanceof ParameterError) {
      for (const { parameter, message } of error.faults) faults.add({ in: 'parameters', parameter, detail: message })
    } else {
      faults.add({ in: 'parameters', detail: `the model refuses them: ${(error as Error)?.message ?? error}` })
    }
    return model.create_pipeline(defaults)
  }
}
