// Rows of the schema of the worker that are kept for so many days, each from a time of its own on.
import type { Queryable } from '../database/pool.ts'
import type { KeptKind } from './retention.ts'

/** Nothing of it comes from callers: it is put into statements as it is. */
export interface KeptRows extends Pick<KeptKind, 'name' | 'keptDays' | 'describe'> {
  /** In the schema ml_worker. */
  readonly table: string
  /** The column with the time from which a row is kept; rows without it stay. */
  readonly since: string
  /** A condition besides; rows that do not meet it stay. */
  readonly where?: string
  /** Rows that one statement removes. */
  readonly atOnce: number
}

/** isThere: whether there is the table. The oldest rows go first. */
export function keptRows(
  client: Queryable,
  { table, since, where = 'true', atOnce, ...kind }: KeptRows,
  isThere: () => Promise<boolean>,
): KeptKind {
  const { keptDays } = kind
  const old = `from ml_worker.${table} where ${where} and ${since} < now() - make_interval(days => $1)`
  return {
    ...kind,
    reach: 'shared',
    async countOld() {
      if (!(await isThere())) return 0
      const { rows } = await client.query<{ count: number }>(`select count(*)::float8 as count ${old}`, [keptDays])
      return rows[0]?.count ?? 0
    },
    async deleteOld() {
      if (!(await isThere())) return 0
      const statement = `delete from ml_worker.${table} where ctid = any (array(select ctid ${old} order by ${since} limit $2))`
      const { rowCount } = await client.query(statement, [keptDays, atOnce])
      return rowCount ?? 0
    },
  }
}
