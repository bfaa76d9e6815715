// Times of a query, for comparing with those of the database.
import { invalidRequest } from '../errors.ts'
import { FaultList } from '../model/faults.ts'

/** What is wrong with a text that is no time. */
export const TIME_EXPECTED =
  'expected a time such as 2026-03-01T00:00:00Z, or 2026-03-01T01:00:00%2B01:00: in a URL %2B is the + of an offset'

/**
 * Milliseconds since 1970 of a date-time, for to_timestamp: PostgreSQL does not take the text of every time that is one.
 * Throws ServiceError REQUEST_INVALID of a leap second, which is a time, but none that a computer has.
 */
export function millisecondsOf(parameter: string, time: string | undefined): number | undefined {
  if (time === undefined) return undefined
  const milliseconds = Date.parse(time)
  if (!Number.isNaN(milliseconds)) return milliseconds
  const faults = new FaultList()
  faults.add({ in: 'query', parameter, detail: TIME_EXPECTED })
  throw invalidRequest(faults)
}
