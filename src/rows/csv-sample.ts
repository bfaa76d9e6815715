// The first records of a CSV as its separator and its quote would part them, to find which these are.

const LF = 0x0a
const CR = 0x0d
/** Records that are looked at. */
const RECORDS_MAX = 100

/** A field where it lies: without its quotes. */
export interface SampleField {
  readonly start: number
  readonly end: number
  readonly isQuoted: boolean
}

/** Bytes [start, end) of a CSV; `isWhole` where it ends there. */
export interface CsvSample {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly isWhole: boolean
}

/**
 * The records that are there in whole, header first, without blank lines. `quote` is −1 where there is none. Undefined when a quote does not end with its
 * field. O(bytes).
 */
export function recordsOf(
  { bytes, start, end, isWhole }: CsvSample,
  separator: number,
  quote: number,
): SampleField[][] | undefined {
  const records: SampleField[][] = []
  let record: SampleField[] = []
  let at = start
  while (at < end && records.length < RECORDS_MAX) {
    const isQuoted = bytes[at] === quote
    const from = isQuoted ? at + 1 : at
    let to = from
    if (isQuoted) {
      while (to < end && (bytes[to] !== quote || bytes[to + 1] === quote)) to += bytes[to] === quote ? 2 : 1
      if (to >= end) break
      at = to + 1
    } else {
      while (to < end && bytes[to] !== separator && bytes[to] !== LF && bytes[to] !== CR) to++
      at = to
    }
    if (at >= end && !isWhole) break
    record.push({ start: from, end: to, isQuoted })
    const byte = at < end ? (bytes[at] as number) : LF
    if (byte !== separator && byte !== LF && byte !== CR) return undefined
    at += byte === CR && bytes[at + 1] === LF ? 2 : 1
    if (byte === separator) continue
    const isBlank = record.length === 1 && from === to && !isQuoted
    if (!isBlank) records.push(record)
    record = []
  }
  return records
}

/** A number is no longer. */
const NUMBER_BYTES_MAX = 40

/** What stands in a field. */
export function fieldText({ bytes }: CsvSample, { start, end }: SampleField): string {
  return Buffer.from(bytes.subarray(start, end)).toString()
}

/** The same where it may be a number, by its length; else undefined. */
export function shortFieldText(sample: CsvSample, field: SampleField): string | undefined {
  return field.end - field.start > NUMBER_BYTES_MAX ? undefined : fieldText(sample, field)
}
