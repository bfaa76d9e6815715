// The SQL of ml_worker.erasures.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { ErasedDataset } from './erasers.ts'

export type ErasureState = 'running' | 'done' | 'failed' | 'interrupted'

export interface ErasedCount {
  readonly room: string
  readonly what: string
  readonly count: number
}

/** What came of an erasure. */
export interface ErasureResult {
  readonly erased: readonly ErasedCount[]
  readonly remaining: readonly { readonly room: string; readonly place: string; readonly runIds: readonly number[] }[]
  readonly datasets: readonly ErasedDataset[]
  readonly inTraining: readonly number[]
  /** Runs that learnt from such rows of a data set, and those whose results know the value, and those of which that cannot be told. */
  readonly trainedOn: readonly number[]
  readonly undetermined: readonly number[]
}

export interface ErasureRow extends ErasureResult {
  readonly erasureId: number
  readonly column: string
  readonly note: string | null
  readonly state: ErasureState
  readonly requestedAt: Date
  readonly requestedBy: string
  readonly endedAt: Date | null
  /** Why it failed. */
  readonly reason: string | null
}

/** An array of bigint comes as text, item by item. */
type Stored = Omit<ErasureRow, 'inTraining' | 'trainedOn' | 'undetermined'> & {
  readonly inTraining: readonly string[]
  readonly trainedOn: readonly string[]
  readonly undetermined: readonly string[]
}

const COLUMNS = `erasure_id as "erasureId", column_name as "column", note, state, requested_at as "requestedAt",
  requested_by as "requestedBy", ended_at as "endedAt", erased, remaining, datasets, in_training::text[] as "inTraining",
  trained_on::text[] as "trainedOn", undetermined::text[] as undetermined, reason`

/** Gives its id. */
export async function insertErasure(
  tx: Transaction,
  row: Pick<ErasureRow, 'column' | 'note' | 'requestedAt' | 'requestedBy'>,
): Promise<number> {
  const { rows } = await tx.query<{ erasureId: number }>(
    `insert into ml_worker.erasures (column_name, note, state, requested_at, requested_by, erased, remaining, in_training,
       trained_on, undetermined)
     values ($1, $2, 'running', $3, $4, '[]', '[]', '{}', '{}', '{}') returning erasure_id as "erasureId"`,
    [
      storableText(row.column),
      row.note === null ? null : storableText(row.note),
      row.requestedAt.toISOString(),
      row.requestedBy,
    ],
  )
  return (rows[0] as { erasureId: number }).erasureId
}

/** Returns false when it has had its end. One that another worker took for interrupted may have it after all. */
export async function endErasure(
  tx: Transaction,
  erasureId: number,
  end: ErasureResult & Pick<ErasureRow, 'state' | 'endedAt' | 'reason'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ml_worker.erasures set state = $2, ended_at = $3, erased = $4, remaining = $5, in_training = $6::bigint[],
       trained_on = $7::bigint[], undetermined = $8::bigint[], reason = $9, datasets = $10
     where erasure_id = $1 and (state = 'running' or (state = 'interrupted' and $2 <> 'interrupted'))`,
    [
      erasureId,
      end.state,
      end.endedAt?.toISOString() ?? null,
      JSON.stringify(end.erased),
      JSON.stringify(end.remaining),
      end.inTraining,
      end.trainedOn,
      end.undetermined,
      end.reason === null ? null : storableText(end.reason),
      JSON.stringify(end.datasets),
    ],
  )
  return rowCount === 1
}

export async function findErasure(client: Queryable, erasureId: number): Promise<ErasureRow | undefined> {
  const { rows } = await client.query<Stored>(`select ${COLUMNS} from ml_worker.erasures where erasure_id = $1`, [
    erasureId,
  ])
  return rows[0] && rowOf(rows[0])
}

/** The newest first; those before that one. */
export async function listErasures(client: Queryable, limit: number, before?: number): Promise<ErasureRow[]> {
  const { rows } = await client.query<Stored>(
    `select ${COLUMNS} from ml_worker.erasures where $2::bigint is null or erasure_id < $2
     order by erasure_id desc limit $1`,
    [limit, before ?? null],
  )
  return rows.map(rowOf)
}

/** How many were ever asked, and whether one has no end yet. */
export async function countErasures(
  client: Queryable,
): Promise<{ readonly count: number; readonly isRunning: boolean }> {
  const { rows } = await client.query<{ count: number; isRunning: boolean }>(
    `select count(*)::float8 as count, count(*) filter (where state = 'running') > 0 as "isRunning"
     from ml_worker.erasures`,
  )
  return rows[0] as { count: number; isRunning: boolean }
}

/** Those that have no end yet, of whichever worker. */
export async function listRunningErasures(client: Queryable): Promise<{ erasureId: number; column: string }[]> {
  const { rows } = await client.query<{ erasureId: number; column: string }>(
    `select erasure_id as "erasureId", column_name as "column" from ml_worker.erasures where state = 'running'
     order by erasure_id limit 1000`,
  )
  return rows
}

function rowOf(row: Stored): ErasureRow {
  const { inTraining, trainedOn, undetermined } = row
  return {
    ...row,
    inTraining: inTraining.map(Number),
    trainedOn: trainedOn.map(Number),
    undetermined: undetermined.map(Number),
  }
}
