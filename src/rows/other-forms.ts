// Files that are sent as what they are not: told by the bytes with which they begin.
import { ServiceError } from '../errors.ts'
import { type BodyBytes, withWindow } from './byte-window.ts'

/** By the first bytes, as hexadecimal digits: what such a file is, and what to do with it. */
const MAGICS: readonly (readonly [magic: string, what: string])[] = [
  [
    '504b0304',
    'a zip archive, as workbooks (xlsx) are: send it as application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ],
  ['50415231', 'a Parquet file: send it as application/vnd.apache.parquet'],
  ['4152524f5731', 'an Arrow file: send it as application/vnd.apache.arrow.file'],
  [
    'd0cf11e0a1b11ae1',
    'an older Office file (xls), or one with a password: save it as .xlsx without a password, or as CSV',
  ],
  ['1f8b08', 'compressed with gzip: say Content-Encoding: gzip, or unpack it'],
  ['28b52ffd', 'compressed with zstd: unpack it'],
  ['25504446', 'a PDF: export its table as CSV'],
]
const MAGIC_BYTES_MAX = 8

/** What the file is, if it is one of those; undefined of any other. */
export function otherFormOf(first: Uint8Array): string | undefined {
  const hex = Buffer.from(first.subarray(0, MAGIC_BYTES_MAX)).toString('hex')
  return MAGICS.find(([magic]) => hex.startsWith(magic))?.[1]
}

/** Throws BODY_MALFORMED of a body that is to be text, and is one of those. */
export function refuseOtherForm(body: BodyBytes): void {
  const first = withWindow(
    body,
    (window) => {
      while (window.more(0));
      return window.bytes.subarray(0, window.end)
    },
    { end: MAGIC_BYTES_MAX },
  )
  const other = otherFormOf(first)
  if (other !== undefined) throw new ServiceError('BODY_MALFORMED', `the body is not CSV; it is ${other}`)
}
