// When a schedule is due next: cron in UTC, by the minute.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The first time after `from`; undefined where there is none. Throws Error with what is wrong with the expression. */
export function nextAfter(cron: string, from: Date): Date | undefined {
  // Of six fields the first one is seconds: nobody trains by the second.
  if (cron.trim().split(/\s+/).length !== 5) throw new Error('expected five fields: minute, hour, day, month, weekday')
  // Loaded by the first schedule: most workers have none.
  const { CronExpressionParser } = require('cron-parser') as typeof import('cron-parser')
  const schedule = CronExpressionParser.parse(cron, { currentDate: from, tz: 'UTC' })
  return schedule.hasNext() ? schedule.next().toDate() : undefined
}
