// Results that a test puts into the database itself.
import type pg from 'pg'
import { fitContext } from '../../src/learning/fit-context.ts'
import { encodeArtifact } from '../../src/model/artifact.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { Model } from '../../src/model/model.ts'
import { buildTable } from './build-table.ts'

/** Makes artifacts of a classifier that knows the columns a, b and c, of any length: a part of the report is padding. */
export function artifactsOf(model: Model): (padding: Buffer) => Promise<Buffer> {
  const table = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
  const features = Array.from({ length: 6 }, (_, i) => ({ a: i, b: i * i, c: 'xyz'[i % 3] }))
  const labels = features.map((_, i) => ({ y: i % 3 === 0 ? 'q' : 'p' }))
  const parameters = model.get_default_parameters()
  return async (padding) => {
    const pipeline = model.create_pipeline(parameters)
    const fitted = await pipeline.fit(table(features), table(labels), fitContext({ seed: 1 }))
    return encodeArtifact(model, parameters, fitted, { report: { padding } })
  }
}

/** Makes runs of a model that are SUCCESS with a result, and gives their ids. */
export function resultsOf(owner: pg.Pool, modelName: string): (result: Buffer) => Promise<number> {
  return async (result) => {
    const { rows } = await owner.query(
      `insert into model_runs (model_id, run_date, run_status, run_result)
       select id, now(), 'SUCCESS', $2 from models where name = $1 returning id`,
      [modelName, result],
    )
    return rows[0].id
  }
}
