// A fitted pipeline as a file of ONNX: its steps, its estimators and how it decides, in operators of ONNX alone.
import { FittedAutoPipeline } from '../../model/auto/fitted-auto-pipeline.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { FittedOutput } from '../../model/output-rows.ts'
import type { FittedStep } from '../../model/steps/step.ts'
import { type EncodedFrame, matrixOf } from './encoded-frame.ts'
import { estimatorRefusal } from './estimators/estimate.ts'
import { featureInputs, featureRefusal, levelsRefusal } from './feature-inputs.ts'
import { GraphBuilder, type Value } from './graph-builder.ts'
import { type LabelValues, labelOutputs, labelValues } from './label-outputs.ts'
import { modelBytes } from './model-bytes.ts'
import { encodeStep, stepRefusal } from './steps/encode-step.ts'
import { double } from './tensor.ts'

/** Where a file comes from: it stands in its metadata. */
export interface ExportFacts {
  readonly runId: number
  readonly modelName: string
  /** Of the artifact, hexadecimal. */
  readonly artifactSha256: string
  /** Of the worker that writes the file. */
  readonly workerVersion: string
}

/** What ONNX cannot say of a pipeline, one line each: which feature, step or label, and why. */
export class NotExportable extends Error {
  override readonly name = 'NotExportable'
  readonly reasons: readonly string[]
  constructor(reasons: readonly string[]) {
    super(reasons.join('; '))
    this.reasons = reasons
  }
}

/** Why the pipeline cannot be told in ONNX: all reasons; none where it can. */
export function refusalsOf(pipeline: FittedPipeline): string[] {
  if (!pipeline.predictsAsFitted) {
    return ['the pipeline: its class has a predict() or encode() of its own, and what that does is in its code alone']
  }
  const told = (what: string, reason: string | undefined): string[] =>
    reason === undefined ? [] : [`${what}: ${reason}`]
  const members = membersOf(pipeline)
  const reasons = [
    ...pipeline.featureSchema.flatMap((column) => told(`feature "${column.name}"`, featureRefusal(column))),
    ...members.flatMap(({ steps }) => steps.flatMap((step) => told(`step ${step.type}`, stepRefusal(step)))),
    ...members.flatMap(({ outputs }) =>
      outputs.flatMap(({ name, fitted }) => told(`the estimator of "${name}"`, estimatorRefusal(fitted))),
    ),
    ...pipeline.outputs.flatMap(({ name, levels }) => told(`label "${name}"`, levelsRefusal(levels ?? []))),
    ...pipeline.outputs.flatMap(({ name }) => told('label', name.isWellFormed() ? undefined : 'its name is no text')),
  ]
  return [...new Set(reasons)]
}

/**
 * The bytes of a ModelProto, the same of the same pipeline and facts. Throws NotExportable. Time and memory grow with the
 * artifact: about 60 bytes a node of a tree. O(bytes).
 */
export function exportOnnx(pipeline: FittedPipeline, facts: ExportFacts): Uint8Array<ArrayBuffer> {
  const reasons = refusalsOf(pipeline)
  if (reasons.length > 0) throw new NotExportable(reasons)
  const g = new GraphBuilder()
  const inputs = featureInputs(g, pipeline.featureSchema)
  const values = valuesOf(g, pipeline, { dense: inputs.pieces, sparse: [] })
  const outputs = values.flatMap((label) => labelOutputs(g, label))
  const metadata = {
    'ml_worker.model_run_id': String(facts.runId),
    'ml_worker.model_name': facts.modelName,
    'ml_worker.artifact_sha256': facts.artifactSha256,
    'ml_worker.worker_version': facts.workerVersion,
    'ml_worker.inputs': JSON.stringify(inputs.facts),
    'ml_worker.outputs': JSON.stringify(outputs),
  }
  return modelBytes({
    graph: g.finish(facts.modelName),
    version: facts.runId,
    producerVersion: facts.workerVersion,
    metadata,
  })
}

/** What predicts together: pipelines with weights that sum to 1. */
interface Member {
  readonly steps: readonly FittedStep[]
  readonly outputs: readonly FittedOutput[]
  readonly weight: number
}

function membersOf(pipeline: FittedPipeline): Member[] {
  const { steps, outputs } = pipeline
  if (!(pipeline instanceof FittedAutoPipeline) || pipeline.members.length === 1) return [{ steps, outputs, weight: 1 }]
  return pipeline.members.map(({ fitted, weight }) => ({ steps: fitted.steps, outputs: fitted.outputs, weight }))
}

/** Of each label; those of several members are their weighted mean, added in their order. */
function valuesOf(g: GraphBuilder, pipeline: FittedPipeline, inputs: EncodedFrame): LabelValues[] {
  const members = membersOf(pipeline)
  const ofMembers = members.map(({ steps, outputs }) => {
    const x = matrixOf(
      g,
      steps.reduce((frame, step) => encodeStep(g, frame, step), inputs),
    )
    return outputs.map((output) => labelValues(g, x, output))
  })
  return pipeline.outputs.map((output, label): LabelValues => {
    const own = ofMembers.map((values) => values[label] as LabelValues)
    const [first] = own as [LabelValues]
    if (own.length === 1) return { ...first, output }
    const mean = (of: (values: LabelValues) => Value | undefined): Value | undefined => {
      if (of(first) === undefined) return undefined
      return own
        .map((values, k) => g.node('Mul', [of(values) as Value, double((members[k] as Member).weight)]))
        .reduce((sum, more) => g.node('Add', [sum, more]))
    }
    const [probabilities, numbers] = [mean((of) => of.probabilities), mean((of) => of.numbers)]
    return { output, ...(probabilities && { probabilities }), ...(numbers && { numbers }) }
  })
}
