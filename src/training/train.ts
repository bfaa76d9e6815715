// One training, from spooled rows to an artifact and its metrics. Runs in the trainer process.
import { fitContext } from '../learning/fit-context.ts'
import type { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { encodeArtifact } from '../model/artifact.ts'
import type { Metrics, Model } from '../model/model.ts'
import { takeRows } from '../model/table.ts'
import { holdOut, seedOf } from './hold-out.ts'
import type { Phase } from './messages.ts'
import type { TrainingWork } from './spool.ts'

export interface TrainingSurroundings {
  readonly team: ThreadTeam
  /** Hears how far the training is. */
  tell(phase: Phase, done: number, of: number, step: string): void
}

/**
 * Fits the model's pipeline on the rows that are not held out, and takes its metrics on those and, with the prefix
 * "validation_", on those that are. The same work gives the same artifact. Throws what the model throws.
 */
export async function train(
  model: Model,
  { run, features, labels }: TrainingWork,
  { team, tell }: TrainingSurroundings,
): Promise<{ artifact: Buffer; metrics: Metrics }> {
  const startedAt = performance.now()
  const context = fitContext({ team, seed: seedOf(run), report: (done, of, step) => tell('fit', done, of, step) })
  const onEncoding = (done: number, of: number, step: string): void =>
    done < of ? tell('encode', done, of, step) : tell('fit', 0, 1, 'fitting')
  const parameters = { ...model.get_default_parameters(), ...run.parameters }
  const unfitted = model.create_pipeline(parameters)
  const split = holdOut(run, features, labels, unfitted.estimator.kind)
  const take = (rows: Int32Array) => ({ features: takeRows(features, rows), labels: takeRows(labels, rows) })
  const trained = split === undefined ? { features, labels } : take(split.training)
  const pipeline = await unfitted.fit(trained.features, trained.labels, { ...context, onEncoding })
  const trainingSeconds = (performance.now() - startedAt) / 1000

  /** Of rows whose metrics come after those of so many others. */
  const measure = (rows: typeof trained, after: number) => {
    const { rowCount } = rows.features
    const report = (done: number, of: number, step: string): void =>
      tell('metrics', after + Math.floor((rowCount * done) / of), features.rowCount, step)
    report(0, 1, 'predicting rows')
    return model.extract_metrics(pipeline, rows.features, rows.labels, { ...context, report })
  }
  const metrics: Record<string, number> = { ...(await measure(trained, 0)) }
  metrics['training_rows'] = trained.features.rowCount
  metrics['training_seconds'] = trainingSeconds
  if (split !== undefined) {
    const held = take(split.validation)
    for (const [name, value] of Object.entries(await measure(held, trained.features.rowCount)))
      metrics[`validation_${name}`] = value
    metrics['validation_rows'] = held.features.rowCount
  }
  tell('artifact', 0, 1, 'writing the fitted pipeline')
  return { artifact: encodeArtifact(model, parameters, pipeline), metrics }
}
