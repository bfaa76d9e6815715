// Data and short ways for the tests of the model classes.
import { readFileSync } from 'node:fs'
import { fitContext } from '../../src/learning/fit-context.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { FittedPipeline } from '../../src/model/fitted-pipeline.ts'
import type { Model } from '../../src/model/model.ts'
import { type Table, takeRows, valueAt } from '../../src/model/table.ts'
import { buildTable } from '../support/build-table.ts'

export type Row = { readonly [name: string]: unknown }

export function tableOf(rows: readonly Row[], place: 'features' | 'labels' = 'features'): Table {
  return buildTable(rows, place, new FaultList())
}

/** A data set of examples/data whose last column is the label. */
export function readData(name: string): { features: Table; labels: Table } {
  const text = readFileSync(new URL(`../../examples/data/${name}.csv`, import.meta.url), 'utf8')
  const [header, ...lines] = text.trim().split(/\r?\n/)
  const names = (header as string).split(',')
  const rows = lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((column, j) => [column, j < names.length - 1 ? Number(values[j]) : values[j]]))
  })
  const { rowCount, columns } = tableOf(rows)
  return {
    features: { rowCount, columns: columns.slice(0, -1) },
    labels: { rowCount, columns: columns.slice(-1) },
  }
}

export function fitModel(model: Model, features: Table, labels: Table, parameters: Row = {}): Promise<FittedPipeline> {
  return model.create_pipeline({ ...model.get_default_parameters(), ...parameters }).fit(features, labels, fitContext())
}

/** The predictions of the first label column, as JSON has them. */
export async function predictLabels(pipeline: FittedPipeline, features: Table): Promise<unknown[]> {
  const { labels } = await pipeline.predict(features)
  return Array.from({ length: features.rowCount }, (_, i) => valueAt(labels.columns[0] as Table['columns'][0], i))
}

/** Two of three rows to fit, every third to test. */
export function splitThirds(table: Table): { fitted: Table; held: Table } {
  const all = Int32Array.from({ length: table.rowCount }, (_, i) => i)
  return {
    fitted: takeRows(
      table,
      all.filter((i) => i % 3 !== 0),
    ),
    held: takeRows(
      table,
      all.filter((i) => i % 3 === 0),
    ),
  }
}
