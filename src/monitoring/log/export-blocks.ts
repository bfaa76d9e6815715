// Logged rows of one version as blocks of a table, page by page: no more than a page is held.
import type { KnownColumn } from '../../model/artifact-columns.ts'
import type { Column } from '../../model/table.ts'
import type { TableBlock } from '../../rows/write-arrow.ts'
import { outcomesOfClasses } from '../performance/answers.ts'
import type { FeatureReader } from './decode-rows.ts'
import { timeOfId } from './logged-row.ts'
import type { StoredPrediction } from './predictions-table.ts'
import type { LoggedColumns } from './version-columns.ts'

export const PAGE_ROWS = 2_000

/** The rows after that id, PAGE_ROWS at the most, the oldest first. */
export type ReadPage = (after: string | undefined) => Promise<readonly StoredPrediction[]>

/** At least one block. Throws what reading throws. O(cells) time, a page of memory. */
export async function* exportBlocks(
  readPage: ReadPage,
  columns: LoggedColumns,
  reader: FeatureReader,
): AsyncGenerator<TableBlock> {
  const blockOf = blockMaker(columns, reader)
  let page = await readPage(undefined)
  yield blockOf(page)
  while (page.length === PAGE_ROWS) {
    page = await readPage(page.at(-1)?.predictionId)
    if (page.length > 0) yield blockOf(page)
  }
}

/** Features have their names; what else is told has such as no feature has. */
function blockMaker({ features, answer }: LoggedColumns, reader: FeatureReader) {
  const taken = new Set(features.map(({ name }) => name))
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name)
  const names = {
    at: free('prediction.at'),
    answer: free('prediction.answer'),
    outcome: free('prediction.outcome'),
    confidence: free('prediction.confidence'),
    milliseconds: free('prediction.milliseconds'),
    weight: free('prediction.weight'),
    deployment: free('prediction.deployment'),
    anomalyScore: free('prediction.anomaly_score'),
    environment: free('prediction.environment'),
    key: free('prediction.key'),
    id: free('prediction_id'),
  }
  const known = outcomesOfClasses(answer.levels)
  const codes = new Map(known.outcomes.map((text, i) => [text, known.codes[i] as number]))
  const codeOfOutcome = ({ outcome, outcomeNumber }: StoredPrediction): number =>
    (answer.kind === 'categorical' ? codes.get(outcome ?? '') : outcomeNumber) ?? Number.NaN
  return (page: readonly StoredPrediction[]): TableBlock => {
    const rows = page.map((row) => reader.featuresOf(row))
    const ofFeatures = features.map((column, j) =>
      columnOf(
        column,
        Float64Array.from(rows, (row) => row[j] ?? NaN),
      ),
    )
    const numbers = (name: string, read: (row: StoredPrediction) => number | null): Column => ({
      kind: 'numeric',
      name,
      values: Float64Array.from(page, (row) => read(row) ?? Number.NaN),
    })
    const told: Column[] = [
      { kind: 'time', name: names.at, values: Float64Array.from(page, ({ predictionId }) => timeOfId(predictionId)) },
      columnOf(
        { ...answer, name: names.answer },
        Float64Array.from(page, (row) => row.answer ?? Number.NaN),
      ),
      columnOf({ ...answer, name: names.outcome }, Float64Array.from(page, codeOfOutcome)),
      numbers(names.confidence, ({ confidence }) => confidence),
      numbers(names.milliseconds, ({ milliseconds }) => milliseconds),
      numbers(names.weight, ({ weight }) => weight),
      numbers(names.deployment, ({ deploymentId }) => deploymentId),
      numbers(names.anomalyScore, ({ anomalyScore }) => anomalyScore),
    ]
    const texts = [
      { name: names.environment, values: page.map(({ environment }) => environment) },
      { name: names.key, values: page.map((row) => reader.keyOf(row)) },
      { name: names.id, values: page.map(({ predictionId }) => predictionId) },
    ]
    return { rowCount: page.length, columns: [...ofFeatures, ...told], texts }
  }
}

function columnOf({ kind, name, levels }: KnownColumn, values: Float64Array): Column {
  if (kind !== 'categorical') return { kind, name, values }
  return { kind, name, levels, codes: Int32Array.from(values, (code) => (code >= 0 ? code : -1)) }
}
