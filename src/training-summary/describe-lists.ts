// What a recommender lists, and how that compares with what the training rows have.
import type { FittedOutput } from '../model/output-rows.ts'
import { type CategoricalColumn, type Level, type Table, valueAt } from '../model/table.ts'
import { codesAmong, countCodes } from './describe-classes.ts'
import { largest } from './describe-features.ts'
import type { RecommenderReport } from './label-report.ts'
import { LIMITS } from './limits.ts'
import { isMixed, levelText, rounded, shortText } from './texts.ts'

/**
 * The items that stand in most lists of the judged rows' users, with their share of these lists and of the training rows.
 * Each user counts once. O(rows × places + items).
 */
export function describeLists(
  { name, levels = [] }: FittedOutput,
  training: { readonly labels: Table },
  judged: { readonly features: Table; readonly predictions: { readonly labels: Table } },
): RecommenderReport {
  const places = judged.predictions.labels.columns.filter(
    (column): column is CategoricalColumn => column.kind === 'categorical' && column.list?.name === name,
  )
  const firsts = firstRows(judged.features)
  const lists = new Int32Array(levels.length)
  for (const { codes } of places) {
    for (const row of firsts) {
      const item = codes[row] as number
      if (item >= 0) lists[item] = (lists[item] as number) + 1
    }
  }
  const label = training.labels.columns.find((column) => column.name === name)
  if (label === undefined) throw new Error(`there is no column "${name}" to compare`)
  const rows = countCodes(codesAmong(levels, label), levels.length)
  const shown = largest(lists, LIMITS.listedItems).filter((item) => (lists[item] as number) > 0)
  const mixed = isMixed(levels)
  return {
    kind: 'recommender',
    name: shortText(name),
    itemCount: levels.length,
    listLength: places.length,
    users: firsts.length,
    listedItems: lists.reduce((count, listed) => count + (listed > 0 ? 1 : 0), 0),
    items: {
      names: shown.map((item) => levelText(levels[item] as Level, mixed)),
      listShares: shown.map((item) => rounded((lists[item] as number) / firsts.length)),
      rowShares: shown.map((item) => rounded((rows[item] as number) / training.labels.rowCount)),
    },
  }
}

/** The first row of each user. */
function firstRows({ columns, rowCount }: Table): Int32Array {
  const [users] = columns
  const seen = new Set<Level | null>()
  return Int32Array.from({ length: rowCount }, (_, row) => row).filter((row) => {
    const user = users === undefined ? null : valueAt(users, row)
    if (seen.has(user)) return false
    seen.add(user)
    return true
  })
}
