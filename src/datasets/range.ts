// The Range header of a request (RFC 9110, 14.2), of one range of bytes.
import { ServiceError } from '../errors.ts'

export interface WholeRange {
  readonly start: number
  /** Excluded. */
  readonly end: number
}

/** Undefined where the whole is to be given: without a header, or with one that is not of one range of bytes. */
export function rangeOf(header: string | undefined, byteLength: number): WholeRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, byteLength - Number(to)) : Number(from)
  const end = from === '' || to === '' ? byteLength : Math.min(byteLength, Number(to) + 1)
  if (start < end) return { start, end }
  throw new ServiceError('RANGE_UNSATISFIABLE', `the range ${header}: there are ${byteLength} bytes`)
}
