// Statements on `model_runs`, as far as a prediction needs them.
import type pg from 'pg'
import { copyOut } from '../database/copy-out.ts'
import type { Queryable } from '../database/pool.ts'
import { transferTimeoutMs } from './transfer-time.ts'

export interface RunResult {
  readonly modelName: string
  readonly status: string
  readonly result: ResultSize | null
  /** Another one after every change of the row. */
  readonly version: string
}

export interface ResultSize {
  readonly byteLength: number
  /** PostgreSQL has packed it. */
  readonly isCompressed: boolean
}

/** What comes in one row: PostgreSQL and pg hold so much of a result at a time. */
const SLICE_BYTES = 2 ** 20
const TIMEOUT_MS = 30_000

export async function findResult(client: Queryable, runId: number): Promise<RunResult | undefined> {
  const { rows } = await client.query<{
    modelName: string
    status: string
    byteLength: number | null
    storedLength: number | null
    version: string
  }>(
    `select m.name as "modelName", r.run_status as status, octet_length(r.run_result) as "byteLength",
       pg_column_size(r.run_result) as "storedLength", r.xmin::text as version
     from model_runs r join models m on m.id = r.model_id where r.id = $1::bigint`,
    [runId],
  )
  const [row] = rows
  if (row === undefined) return undefined
  const { modelName, status, byteLength, storedLength, version } = row
  const result = byteLength === null ? null : { byteLength, isCompressed: (storedLength as number) < byteLength }
  return { modelName, status, result, version }
}

/**
 * The bytes of a result, in slices: any length that PostgreSQL takes, and never twice in memory. Bytes that did not come,
 * since the result was changed meanwhile, are zeros: the artifact's checksum finds them.
 */
export async function readResult(pool: pg.Pool, runId: number, size: ResultSize): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size.byteLength)
  await readSlices(pool, runId, size, (start, part) =>
    bytes.set(part.subarray(0, Math.max(0, bytes.length - start)), Math.min(start, bytes.length)),
  )
  return bytes
}

/** Gives the bytes of a result, as the table has them, in their order; start: where a part begins. */
export async function readSlices(
  pool: pg.Pool,
  runId: number,
  size: ResultSize,
  onSlice: (start: number, part: Buffer) => void,
): Promise<void> {
  // Of a packed value each slice would unpack all before it: that is done once, in the memory of PostgreSQL.
  const value = size.isCompressed ? "run_result || ''::bytea" : 'run_result'
  const statement = `copy (
      select slice, substring(value from ${SLICE_BYTES} * slice + 1 for ${SLICE_BYTES})
      from (select ${value} as value, octet_length(run_result) as length from model_runs where id = ${Number(runId)} offset 0) run,
        lateral generate_series(0, (length - 1) / ${SLICE_BYTES}) slice
    ) to stdout (format binary)`
  await copyOut(pool, {
    statement,
    timeoutMs: transferTimeoutMs(TIMEOUT_MS, size.byteLength),
    onRow: ([slice, part]) => {
      if (part != null) onSlice(SLICE_BYTES * (slice as Buffer).readInt32BE(), part)
    },
  })
}

/** The versions of the rows, by the ids of their runs; a row that is gone has none. Reads no result. */
export async function findVersions(client: Queryable, runIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ id: number; version: string }>(
    `select id, xmin::text as version from model_runs where id = any($1)`,
    [runIds],
  )
  return new Map(rows.map(({ id, version }) => [Number(id), version]))
}
