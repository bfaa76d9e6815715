// What a model class must do as a whole, beyond what its estimator must: fit, be written down, come back, and be judged.
import { isDeepStrictEqual } from 'node:util'
import { DataError } from '../learning/errors.ts'
import { fitContext } from '../learning/fit-context.ts'
import { decodeArtifact, encodeArtifact } from '../model/artifact.ts'
import { RowsError } from '../model/faults.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { placeOf } from '../model/list-columns.ts'
import type { Model, ModelParameters } from '../model/model.ts'
import { sliceRows, toRows } from '../model/table.ts'
import type { SampleRows } from './sample-table.ts'

/** The longest name and value that the table model_run_metrics takes. */
const METRIC_NAME_LENGTH_MAX = 255

export interface ModelCheck {
  readonly name: string
  /** What to do when it fails. */
  readonly hint: string
  /** Throws when the model breaks the rule; what it returns is a remark. */
  run(model: Model, rows: SampleRows): Promise<string | undefined> | string | undefined
}

/**
 * The first rows that the model can be fitted on, and on which of those before it threw what is no refusal. Throws an
 * Error with what it says of each where there are none.
 */
export async function fittingRows(
  model: Model,
  candidates: readonly SampleRows[],
): Promise<{ readonly rows: SampleRows; readonly crashes: readonly string[] }> {
  const refusals: string[] = []
  const crashes: string[] = []
  for (const rows of candidates) {
    try {
      if (model.validate_features(rows.features) === false) throw new DataError('validate_features says no')
      await fit(model, rows)
      return { rows, crashes }
    } catch (error) {
      const said = `${rows.what}: ${error instanceof Error ? error.message : error}`
      refusals.push(said)
      if (!(error instanceof DataError || error instanceof RowsError)) crashes.push(said)
    }
  }
  throw new Error(`it can be fitted on none of these: ${refusals.join(' · ')}`)
}

export const modelChecks: readonly ModelCheck[] = [
  {
    name: 'the default parameters are plain JSON',
    hint: 'numbers, strings, true, false, null, lists and objects: artifacts keep the parameters as JSON',
    run(model) {
      const given = model.get_default_parameters()
      for (const [name, value] of Object.entries(given)) {
        const text = JSON.stringify(value)
        const isSame = text !== undefined && isDeepStrictEqual(JSON.parse(text), value)
        claim(isSame, `${name} is another value as JSON: ${text}`)
      }
      return `${Object.keys(given).length} parameters`
    },
  },
  {
    name: 'create_pipeline makes a new pipeline each time',
    hint: 'make the steps and the estimator inside create_pipeline, not once for all',
    run(model) {
      const defaults = model.get_default_parameters()
      const [first, second] = [model.create_pipeline(defaults), model.create_pipeline(defaults)]
      claim(first !== second, 'it gave the same one twice')
      return undefined
    },
  },
  {
    name: 'validate_features answers true or false',
    hint: 'return true for rows that can be used; throw a DataError to say why not',
    run(model, { features }) {
      const answer: unknown = model.validate_features(features)
      claim(answer === true, `it answers ${JSON.stringify(answer)} for rows that it can be fitted on`)
      return undefined
    },
  },
  {
    name: 'predictions are one value for each row and label',
    hint: 'look at predict or predictProbabilities of the estimator',
    async run(model, rows) {
      const { labels } = await (await fit(model, rows)).predict(rows.features)
      claim(labels.rowCount === rows.features.rowCount, `${labels.rowCount} for ${rows.features.rowCount} rows`)
      // A list may end before its last place.
      const columns = labels.columns.filter((column) => (placeOf(column)?.place ?? 1) === 1)
      for (const row of toRows({ ...labels, columns })) {
        for (const [name, value] of Object.entries(row)) claim(value !== null, `a prediction of ${name} is no value`)
      }
      return labels.columns.map(({ name }) => name).join(', ')
    },
  },
  {
    name: 'a row alone is predicted as among others',
    hint: 'a fitted step or estimator must not learn from the rows that it predicts',
    async run(model, rows) {
      const pipeline = await fit(model, rows)
      const all = toRows((await pipeline.predict(rows.features)).labels)
      for (const row of [0, 7, rows.features.rowCount - 1]) {
        const [alone] = toRows((await pipeline.predict(sliceRows(rows.features, row, row + 1))).labels)
        claim(JSON.stringify(alone) === JSON.stringify(all[row]), `row ${row + 1} is predicted otherwise`)
      }
      return undefined
    },
  },
  {
    name: 'the artifact gives the same predictions',
    hint: 'toState must write all that predictions need, and restore must read it: plain data, typed arrays',
    async run(model, rows) {
      const pipeline = await fit(model, rows)
      const artifact = encodeArtifact(model, parametersOf(model), pipeline)
      const restored = decodeArtifact(artifact, model)
      const text = async (fitted: FittedPipeline): Promise<string> =>
        JSON.stringify(toRows((await fitted.predict(rows.features)).labels))
      claim((await text(pipeline)) === (await text(restored)), 'they differ after it was written and read')
      return `${artifact.length} bytes`
    },
  },
  {
    name: 'the same rows give the same artifact',
    hint: 'draw from the seed of the fit (context.seed) or from random_state, never from Math.random or the clock',
    async run(model, rows) {
      const parameters = parametersOf(model)
      const [first, second] = [await fit(model, rows), await fit(model, rows)]
      const areEqual = encodeArtifact(model, parameters, first).equals(encodeArtifact(model, parameters, second))
      claim(areEqual, 'two trainings differ')
      return undefined
    },
  },
  {
    name: 'extract_metrics gives numbers by name',
    hint: 'return an object of finite numbers; leave out what cannot be said of these rows',
    async run(model, rows) {
      const metrics: unknown = await model.extract_metrics(await fit(model, rows), rows.features, rows.labels)
      claim(typeof metrics === 'object' && metrics !== null, `it gives ${JSON.stringify(metrics)}`)
      for (const [name, value] of Object.entries(metrics as object)) {
        claim(typeof value === 'number' && Number.isFinite(value), `${name} is ${value}`)
        claim(name.length <= METRIC_NAME_LENGTH_MAX, `${name.slice(0, 60)}… is too long a name for the database`)
      }
      return `${Object.keys(metrics as object).length} metrics`
    },
  },
]

function fit(model: Model, { features, labels }: SampleRows): Promise<FittedPipeline> {
  return model.create_pipeline(parametersOf(model)).fit(features, labels, fitContext())
}

function parametersOf(model: Model): ModelParameters {
  return { ...model.get_default_parameters(), ...model.check_parameters }
}

function claim(holds: boolean, message: string): void {
  if (!holds) throw new Error(message)
}
