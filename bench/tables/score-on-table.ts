// One model class on one real table: fits on the rows that are not held out, and scores on those that are.
import { fitContext } from '../../src/learning/fit-context.ts'
import { r2 } from '../../src/learning/metrics/r2.ts'
import type { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { Model } from '../../src/model/model.ts'
import type { Pipeline } from '../../src/model/pipeline.ts'
import type { ReadColumn } from '../../src/model/read-column.ts'
import { NO_READING_OPTIONS } from '../../src/model/reading-options.ts'
import { settleTable } from '../../src/model/settle-columns.ts'
import { type Column, cellsOf, type Table, takeRows, valueAt } from '../../src/model/table.ts'
import { buildTable } from '../../test/support/build-table.ts'

/** As tables.py writes it. */
export interface RealTable {
  readonly table: string
  readonly label: string
  readonly task: 'classification' | 'regression'
  readonly columns: { readonly [name: string]: readonly (number | string | boolean | null)[] }
  /** Per split the held-out rows. */
  readonly splits: readonly (readonly number[])[]
}

/** Accuracy or R² on the held-out rows of each split; null where the model class cannot learn from the table. */
export async function scoreOnTable(model: Model, table: RealTable, team: ThreadTeam): Promise<(number | null)[]> {
  const pipelineOf = (): Pipeline => model.create_pipeline({ ...model.get_default_parameters(), ...settingsOf(model) })
  const { features, labels } = toTables(table, pipelineOf())
  const scores: (number | null)[] = []
  for (const heldOut of table.splits) {
    const { kept, test } = partsOf(heldOut, features.rowCount)
    try {
      const context = fitContext({ team, seed: 0 })
      const fitted = await pipelineOf().fit(takeRows(features, kept), takeRows(labels, kept), context)
      const { labels: predicted } = await fitted.predict(takeRows(features, test), { team })
      scores.push(scoreOf(table.task, takeRows(labels, test).columns[0] as Column, predicted.columns[0] as Column))
    } catch (error) {
      process.stderr.write(`${table.table} ${model.name}: ${(error as Error).message.slice(0, 300)}\n`)
      scores.push(null)
    }
  }
  return scores
}

/** The rows that are not held out, and those that are. */
export function partsOf(heldOut: readonly number[], rowCount: number): { kept: Int32Array; test: Int32Array } {
  const isHeldOut = new Set(heldOut)
  const kept = Int32Array.from({ length: rowCount }, (_, i) => i).filter((i) => !isHeldOut.has(i))
  return { kept, test: Int32Array.from(heldOut) }
}

/** The same as the peer's: iterations enough to converge. */
function settingsOf(model: Model): Record<string, unknown> {
  const given = { random_state: 0, ...(model.name === 'lasso_regression' ? { max_iter: 10_000 } : {}) }
  if (model.name === 'logistic_regression') return { ...known(model, given), max_iter: 1000 }
  return known(model, given)
}

function known(model: Model, given: Record<string, unknown>): Record<string, unknown> {
  const defaults = model.get_default_parameters()
  return Object.fromEntries(Object.entries(given).filter(([name]) => name in defaults))
}

/** As a training reads them: times and free text where the pipeline has a step for them. */
export function toTables({ columns, label, task }: RealTable, pipeline: Pipeline): { features: Table; labels: Table } {
  const rowCount = columns[label]?.length ?? 0
  const rows = Array.from({ length: rowCount }, (_, i) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, values]) => {
        const value = values[i] as number | string | boolean | null
        return [name, name === label && task === 'classification' ? String(value) : value]
      }),
    ),
  )
  const faults = new FaultList()
  const { columns: built } = buildTable(rows, 'features', faults)
  const given = { rowCount, columns: built.filter(({ name }) => name !== label) as ReadColumn[] }
  const takes = (kind: 'time' | 'text', column: string): boolean => pipeline.takes(kind, column)
  const settling = {
    place: 'features',
    options: NO_READING_OPTIONS,
    isOfTexts: false,
    faults,
    takes,
    warn() {},
  } as const
  const features = settleTable(given, settling)
  if (!faults.isEmpty) throw new Error(faults.listed[0]?.detail)
  return {
    features,
    labels: { rowCount, columns: built.filter(({ name }) => name === label) },
  }
}

function scoreOf(task: RealTable['task'], actual: Column, predicted: Column): number {
  const rowCount = cellsOf(actual).length
  if (task === 'regression') {
    const values = (column: Column): Float64Array => (column.kind === 'numeric' ? column.values : new Float64Array())
    return r2(values(actual), values(predicted))
  }
  let right = 0
  for (let row = 0; row < rowCount; row++) if (valueAt(actual, row) === valueAt(predicted, row)) right += 1
  return right / rowCount
}
