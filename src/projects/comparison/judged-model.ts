// The class of a version whose rows are read to be judged: one that is never trained refuses rows, which are only asked here.
import type { Estimator } from '../../learning/estimator.ts'
import { BaseModel } from '../../model/base-model.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { Model, ModelParameters } from '../../model/model.ts'
import { Pipeline } from '../../model/pipeline.ts'
import { IMPORTED_MODEL } from '../versions/version-request.ts'

/** The class itself, but of an imported version one that takes rows with labels as its artifact predicts them. */
export function judgedModel(model: Model, { outputs }: FittedPipeline): Model {
  const kind = outputs[0]?.fitted.kind
  return model.name === IMPORTED_MODEL && kind !== undefined ? new JudgedImport(model, kind) : model
}

class JudgedImport extends BaseModel {
  readonly name: string
  private readonly model: Model
  private readonly judged: Pipeline

  constructor(model: Model, kind: Estimator['kind']) {
    super()
    this.name = model.name
    this.model = model
    this.judged = new JudgedPipeline([], estimatorOf(kind))
  }

  /** Not used: both members that would read it are overridden. */
  get estimator(): never {
    throw new Error('an imported version has no estimator')
  }

  override get_default_parameters(): ModelParameters {
    return this.model.get_default_parameters()
  }

  override create_pipeline(): Pipeline {
    return this.judged
  }
}

/** Texts of an ONNX model are taken as they are. */
class JudgedPipeline extends Pipeline {
  override takes(kind: 'time' | 'text'): boolean {
    return kind === 'text'
  }
}

/** Says what labels are; nobody fits it. */
function estimatorOf(kind: Estimator['kind']): Estimator {
  const refuse = (): never => {
    throw new Error('an imported version is not fitted')
  }
  return { kind, abilities: { missing: true, categories: true }, fit: refuse, restore: refuse } as Estimator
}
