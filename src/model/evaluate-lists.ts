// The metrics of a recommender: how many of the items that users took stand in their lists, and where.
import type { FittedRecommender } from '../learning/estimator.ts'
import { toRowBlock } from '../learning/matrix.ts'
import { rankingAtK } from '../learning/metrics/ranking-at-k.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import { conform } from './conform.ts'
import { FaultList, RowsError } from './faults.ts'
import type { FittedPipeline, PredictOptions } from './fitted-pipeline.ts'
import { toFrame } from './frame.ts'
import { codesOf } from './level-codes.ts'
import type { FittedOutput } from './output-rows.ts'
import { asCategorical, type Level, type Table, takeRows } from './table.ts'

/** Users whose lists are judged at the most; of more, so many that are drawn. */
export const JUDGED_USERS_MAX = 20_000

/**
 * The metrics of rankingAtK of the lists of the rows' users, k being the length of a list, and the number of users. What a
 * user takes is what the rows say, without what training has of the user where lists leave that out. Rows that have nothing
 * else, as the training rows themselves, are judged by lists with it. A user whom training did not have is judged like others.
 * Weights count only where they are 0: such a row says nothing.
 *
 * Throws RowsError as `predict` does. O(rows + judged users × items).
 */
export function evaluateLists(
  pipeline: FittedPipeline,
  output: FittedOutput & { readonly fitted: FittedRecommender },
  features: Table,
  labels: Table,
  { sampleWeight, stop }: Pick<PredictOptions, 'sampleWeight' | 'stop'> = {},
): Map<string, number> {
  const { fitted, name, levels = [] } = output
  const judged = takenByUser(features, labels, name, levels, sampleWeight)
  const drawn = spreadRows(judged.length, JUDGED_USERS_MAX, 0)
  const users = Array.from(drawn, (at) => judged[at] as TakenItems)
  const faults = new FaultList()
  const rows = takeRows(
    features,
    Int32Array.from(users, ({ row }) => row),
  )
  const { table } = conform(rows, pipeline.featureSchema, faults)
  if (!faults.isEmpty) throw new RowsError(faults)
  const block = toRowBlock(pipeline.encode(toFrame(table)))
  const unseen = users.map(({ items }, at) => without(items, fitted.seenBy(block.values[at] as number)))
  const areNew = fitted.excludesSeen && unseen.some((items) => items.size > 0)
  const relevant = areNew ? unseen : users.map(({ items }) => items)
  const { listLength: length } = fitted
  const listed = new Int32Array(users.length * length)
  for (let start = 0; start < users.length; start += USERS_TOGETHER) {
    stop?.throwIfSet()
    const end = Math.min(start + USERS_TOGETHER, users.length)
    const part = { ...block, rowCount: end - start, values: block.values.subarray(start, end) }
    listed.set(fitted.recommend(part, !areNew).items, start * length)
  }
  const judgedUsers = relevant.filter((items) => items.size > 0).length
  return new Map([...rankingAtK({ length, listed, relevant }), ['users', judgedUsers]])
}

/** Users between two looks at the stop flag. */
const USERS_TOGETHER = 256

/** What a user took: codes of the items, below 0 for those that training does not have; and a row of the user. */
interface TakenItems {
  readonly row: number
  readonly items: Set<number>
}

/** In the order of the users' values. Rows without a user, an item or a weight are passed over. */
function takenByUser(
  features: Table,
  labels: Table,
  name: string,
  levels: readonly Level[],
  weights: Float64Array | undefined,
): TakenItems[] {
  const [given] = features.columns
  const label = labels.columns.find((column) => column.name === name)
  if (given === undefined || label === undefined) throw new Error(`no column "${name}" to evaluate`)
  const users = asCategorical(given)
  const items = asCategorical(label)
  const known = codesOf(levels)
  const codes = items.levels.map((level, code) => {
    const found = known.get(level)
    return found < 0 ? -2 - code : found
  })
  const taken = new Array<TakenItems | undefined>(users.levels.length)
  for (let row = 0; row < features.rowCount; row++) {
    const user = users.codes[row] as number
    const item = items.codes[row] as number
    if (user < 0 || item < 0 || weights?.[row] === 0) continue
    const before = taken[user] ?? { row, items: new Set() }
    taken[user] = before
    before.items.add(codes[item] as number)
  }
  return taken.filter((user) => user !== undefined)
}

function without(items: ReadonlySet<number>, seen: Int32Array): ReadonlySet<number> {
  if (seen.length === 0) return items
  const left = new Set(items)
  for (const item of seen) left.delete(item)
  return left
}
