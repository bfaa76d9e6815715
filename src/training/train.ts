// One training, from spooled rows to an artifact and its metrics. Runs in the trainer process.
import type { FitContext } from '../learning/estimator.ts'
import { fitContext } from '../learning/fit-context.ts'
import { encodeArtifact } from '../model/artifact.ts'
import type { Metrics, Model } from '../model/model.ts'
import { takeRows } from '../model/table.ts'
import { holdOut, seedOf } from './hold-out.ts'
import type { TrainingWork } from './spool.ts'

/**
 * Fits the model's pipeline on the rows that are not held out, and takes its metrics on those and, with the prefix
 * "validation_", on those that are. The same work gives the same artifact. Throws what the model throws.
 */
export async function train(
  model: Model,
  { run, features, labels }: TrainingWork,
  surroundings: Pick<FitContext, 'team' | 'report'>,
): Promise<{ artifact: Buffer; metrics: Metrics }> {
  const startedAt = performance.now()
  const context = fitContext({ ...surroundings, seed: seedOf(run) })
  const parameters = { ...model.get_default_parameters(), ...run.parameters }
  const unfitted = model.create_pipeline(parameters)
  const split = holdOut(run, features, labels, unfitted.estimator.kind)
  const take = (rows: Int32Array) => ({ features: takeRows(features, rows), labels: takeRows(labels, rows) })
  const trained = split === undefined ? { features, labels } : take(split.training)
  const pipeline = await unfitted.fit(trained.features, trained.labels, context)
  const trainingSeconds = (performance.now() - startedAt) / 1000

  const measure = (rows: typeof trained) => model.extract_metrics(pipeline, rows.features, rows.labels, context)
  const metrics: Record<string, number> = { ...(await measure(trained)) }
  metrics['training_rows'] = trained.features.rowCount
  metrics['training_seconds'] = trainingSeconds
  if (split !== undefined) {
    const held = take(split.validation)
    for (const [name, value] of Object.entries(await measure(held))) metrics[`validation_${name}`] = value
    metrics['validation_rows'] = held.features.rowCount
  }
  return { artifact: encodeArtifact(model, parameters, pipeline), metrics }
}
