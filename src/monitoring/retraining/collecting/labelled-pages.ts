// Logged predictions with outcomes, the newest first, page by page: each a row to learn from, or why it is none.
import type { Queryable } from '../../../database/pool.ts'
import type { KeyRing } from '../../../encryption/key-ring.ts'
import { ServiceError } from '../../../errors.ts'
import { FeatureReader } from '../../log/decode-rows.ts'
import { PAGE_ROWS } from '../../log/export-blocks.ts'
import { listPredictions, type StoredPrediction } from '../../log/predictions-table.ts'
import type { ColumnsReader, VersionColumns } from '../../log/version-columns.ts'
import type { LeftOut } from '../retraining.ts'
import type { LabelledRow, RowReader } from './labelled-row.ts'

export interface LogPlace {
  readonly projectId: number
  readonly environment: string
  /** Milliseconds since 1970; those before `to`. */
  readonly from: number
  readonly to: number
}

export interface PagesParts {
  readonly client: Queryable
  readonly columns: Pick<ColumnsReader, 'of'>
  readonly keys: KeyRing
}

export interface LabelledPage {
  /** What the rows are, or why they are none, the newest first. */
  readonly rows: readonly (LabelledRow | LeftOut)[]
  /** The oldest prediction of the page. */
  readonly last: string
}

/** after: those older than this prediction. Throws what the database throws. O(cells) time, a page of memory. */
export async function* labelledPages(
  { client, columns, keys }: PagesParts,
  { projectId, environment, from, to }: LogPlace,
  reader: RowReader,
  signal: AbortSignal,
  after?: string,
): AsyncGenerator<LabelledPage> {
  const features = new FeatureReader(keys)
  const filter = { environment, from, to, hasOutcome: true }
  for (let last = after; ; ) {
    signal.throwIfAborted()
    const page = await listPredictions(client, projectId, filter, { order: 'newest', limit: PAGE_ROWS, after: last })
    last = page.at(-1)?.predictionId
    if (last === undefined) return
    const rows: (LabelledRow | LeftOut)[] = []
    for (const stored of page) rows.push(await read(stored))
    yield { rows, last }
    if (page.length < PAGE_ROWS) return
  }

  async function read(stored: StoredPrediction): Promise<LabelledRow | LeftOut> {
    const known = await readable(async () => {
      return { own: await columns.of(stored.runId), codes: features.featuresOf(stored) }
    })
    return known === undefined ? 'unreadable' : reader.read(stored, known.own, known.codes)
  }
}

/** The version of the newest such prediction whose columns can be read; undefined where there is none in its first page. */
export async function newestColumns(
  { client, columns }: PagesParts,
  { projectId, environment, from, to }: LogPlace,
): Promise<{ readonly version: number; readonly columns: VersionColumns } | undefined> {
  const filter = { environment, from, to, hasOutcome: true }
  const page = await listPredictions(client, projectId, filter, { order: 'newest', limit: PAGE_ROWS })
  for (const [version, runId] of new Map(page.map(({ version, runId }) => [version, runId]))) {
    const found = await readable(() => columns.of(runId))
    if (found !== undefined) return { version, columns: found }
  }
  return undefined
}

/** Undefined where an artifact is gone, or rows are sealed with a key that is not there. */
async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE') return undefined
    throw error
  }
}
