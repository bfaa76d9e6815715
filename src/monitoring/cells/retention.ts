// How long counts are kept.
import type { Queryable } from '../../database/pool.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'

/** A season, and what it is held against. */
const KEPT_DAYS = 400
const DELETED_AT_ONCE = 10_000

/** isThere: whether there are the tables. */
export function keptCounts(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind[] {
  const keep = (name: string, table: string, what: string): KeptKind => {
    const describe = `${what}, in the table ${table}: ${KEPT_DAYS} days, without a setting`
    const kept = { name, keptDays: KEPT_DAYS, describe, table, since: 'hour', atOnce: DELETED_AT_ONCE }
    return keptRows(client, kept, isThere)
  }
  return [
    keep('cell-counts', 'cell_counts', 'rows that deployments predicted, counted by hour and cell'),
    keep('quality-counts', 'quality_counts', 'refused requests and scored rows of deployments, counted by hour'),
  ]
}
