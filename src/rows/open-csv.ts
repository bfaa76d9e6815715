// The beginning of a CSV file: where its first record stands, and how its fields are written.
import { ServiceError } from '../errors.ts'
import type { ByteWindow } from './byte-window.ts'
import { type CsvDialect, type FoundDialect, findDialect } from './csv-dialect.ts'

const LF = 0x0a
const CR = 0x0d
/** Bytes at the beginning in which the dialect is looked for, or the whole header where it has more. */
const SAMPLE_BYTES = 2 ** 16

/** A dialect, and where the header begins in the window: behind a byte order mark. */
export interface OpenedCsv extends FoundDialect {
  readonly start: number
}

/**
 * Reads on, keeping everything, until the whole header lies in the window, and gives what the caller says of how the fields
 * are written, or what the first records tell. Throws BODY_MALFORMED when there is nothing, and as findDialect does.
 */
export function openCsv(window: ByteWindow, said: CsvDialect): OpenedCsv {
  while (window.end < 3 && window.more(0));
  const [first, second, third] = window.bytes
  const start = first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0
  // A line break in quotes makes the sample only longer than it need be.
  let isWhole = false
  while (!isWhole && (window.end - start < SAMPLE_BYTES || lineLength(window, start) < 0)) isWhole = !window.more(0)
  if (window.end <= start) {
    throw new ServiceError('BODY_MALFORMED', 'expected CSV with a line of column names, got no body')
  }
  const { bytes, end } = window
  const line = lineLength(window, start)
  const sampleEnd = line < 0 ? end : Math.min(end, start + Math.max(SAMPLE_BYTES, line + 1))
  return { start, ...findDialect({ bytes, start, end: sampleEnd, isWhole: isWhole && sampleEnd === end }, said) }
}

/** Bytes from `start` to the next line end that lies in the window; −1 where none does. */
function lineLength({ bytes, end }: ByteWindow, start: number): number {
  const rest = bytes.subarray(start, end)
  const lf = rest.indexOf(LF)
  const cr = (lf < 0 ? rest : rest.subarray(0, lf)).indexOf(CR)
  return cr < 0 ? lf : cr
}
