// Parts of a report that may fail, each by itself.
import { FitStopped } from '../learning/errors.ts'
import { LIMITS } from './limits.ts'
import type { ReportData } from './report-data.ts'
import { shortText } from './texts.ts'

/** Does the work of a part. Where it throws, gives undefined and notes why; FitStopped goes on. */
export type Attempt = <Value>(part: string, work: () => Value | Promise<Value>) => Promise<Value | undefined>

export function newAttempts(): { attempt: Attempt; problems: ReportData['problems'] } {
  const problems: ReportData['problems'] = []
  const attempt: Attempt = async (part, work) => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof FitStopped) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (problems.length < LIMITS.problems) problems.push({ part: shortText(part), reason: shortText(reason) })
      return undefined
    }
  }
  return { attempt, problems }
}
