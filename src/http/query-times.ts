// Times of a query, for comparing with those of the database.
import { invalidRequest } from '../errors.ts'
import { FaultList } from '../model/faults.ts'

/**
 * Milliseconds since 1970 of a date-time, for to_timestamp: PostgreSQL does not take the text of every time that is one.
 * Throws ServiceError REQUEST_INVALID of a leap second, which is a time, but none that a computer has.
 */
export function millisecondsOf(parameter: string, time: string | undefined): number | undefined {
  if (time === undefined) return undefined
  const milliseconds = Date.parse(time)
  if (!Number.isNaN(milliseconds)) return milliseconds
  const faults = new FaultList()
  faults.add({ in: 'query', parameter, detail: 'expected a time such as 2026-03-01T00:00:00Z' })
  throw invalidRequest(faults)
}
