// The second reading of the log for a retraining: the lines of its two data sets, page by page.
import { type LogPlace, labelledPages, type PagesParts } from './labelled-pages.ts'
import type { LabelledRow, RowReader } from './labelled-row.ts'
import type { Survey } from './survey.ts'

/** What each gives is NDJSON, the newest row first. Throws what the database throws. A page of memory. */
export function linesOf(
  pages: PagesParts,
  place: LogPlace,
  reader: RowReader,
  { boundary = '', last = '', repeated }: Survey,
  signal: AbortSignal,
): { readonly heldBack: () => AsyncGenerator<string>; readonly learnt: () => AsyncGenerator<string> } {
  return {
    async *heldBack() {
      for await (const { rows, last: oldest } of labelledPages(pages, place, reader, signal)) {
        yield textOf(rows, ({ predictionId }) => predictionId >= boundary)
        if (oldest <= boundary) return
      }
    },
    async *learnt() {
      for await (const { rows, last: oldest } of labelledPages(pages, place, reader, signal, boundary)) {
        yield textOf(rows, ({ predictionId, key }) => predictionId >= last && !repeated.has(key))
        if (oldest <= last) return
      }
    },
  }
}

function textOf(rows: readonly (LabelledRow | string)[], isWanted: (row: LabelledRow) => boolean): string {
  return rows.map((row) => (typeof row !== 'string' && isWanted(row) ? row.line : '')).join('')
}
