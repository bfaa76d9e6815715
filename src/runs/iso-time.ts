// Times as callers write them in a query: ISO 8601, with or without a time zone.

const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** True of a date, or a date and a time, that the calendar has. */
export function isIsoTime(text: string): boolean {
  const [, year, month, day, hours = 0, minutes = 0, seconds = 0] = ISO_TIME.exec(text) ?? []
  if (year === undefined || Number(year) === 0) return false
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const isOfCalendar = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  return isOfCalendar && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60
}
