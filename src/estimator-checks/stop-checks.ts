// How a fit tells of its progress, and how soon it ends when asked to.
import { FitStopped } from '../learning/errors.ts'
import { fitContext } from '../learning/fit-context.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { fitOn, type Sample, sampleFor } from './samples.ts'
import { stopLater, stopLaterPlace } from './stop-later.ts'
import { type Check, ContractError, claim, makeQuick, type Subject } from './subject.ts'

const REPORTS_MAX = 1000
const DELAY_MS = 150
/**
 * Promised are 100 ms, as a benchmark measures them; this only tells an estimator that stops from one that does not, on
 * any machine.
 */
const STOP_MS_MAX = 5000
/** Rows of the fit that is to be stopped: more, until one lasts longer than the delay. */
const ROW_COUNTS = [20_000, 100_000, 400_000]

export const stopChecks: readonly Check[] = [
  {
    name: 'progress grows to its end',
    async run(subject) {
      const reports: (readonly [done: number, of: number, step: string])[] = []
      const report = (done: number, of: number, step: string): void => void reports.push([done, of, step])
      await fitOn(makeQuick(subject), sampleFor(subject), fitContext({ report }))
      const last = reports.at(-1)
      claim(last !== undefined, 'it never reports')
      claim(reports.length <= REPORTS_MAX, `${reports.length} reports in one fit`)
      let before = 0
      for (const [done, of, step] of reports) {
        claim(
          Number.isFinite(done) && of > 0 && of === last[1],
          `progress of ${done} of ${of}, of ${last[1]} at the end`,
        )
        claim(done >= before && done <= of, `progress of ${done} of ${of} after ${before}`)
        claim(typeof step === 'string' && step !== '', 'a report names no step')
        before = done
      }
      claim(last[0] === last[1], `progress ends at ${last[0]} of ${last[1]}`)
      return `${reports.length} reports`
    },
  },
  {
    name: 'a fit whose stop flag is set ends with FitStopped',
    async run(subject) {
      const stop = new StopFlag()
      stop.set()
      await claimStopped(fitOn(makeQuick(subject), sampleFor(subject), fitContext({ stop })))
      const large = sampleFor(subject, { rows: 5000 })
      await claimStopped(fitOn(makeQuick(subject), large, fitContext({ stop })))
      return undefined
    },
  },
  {
    name: 'a long fit ends soon after another thread asks it to',
    async run(subject) {
      const remarks: string[] = []
      for (const threadCount of [1, 2]) {
        const team = new ThreadTeam(threadCount)
        try {
          // Threads that have yet to start and to load the method's modules would be measured too.
          await fitOn(makeQuick(subject), longSample(subject, ROW_COUNTS[0] as number), fitContext({ team }))
          const stopMs = await measureStop(subject, team)
          if (stopMs === undefined) return 'no fit of 400,000 rows lasted long enough'
          claim(stopMs <= STOP_MS_MAX, `on ${threadCount} threads it took ${stopMs.toFixed(0)} ms to stop`)
          remarks.push(`${stopMs.toFixed(0)} ms on ${threadCount} threads`)
        } finally {
          await team.close()
        }
      }
      return remarks.join(', ')
    },
  },
]

/** Milliseconds from the flag to the end of a fit; undefined when all fits end before the flag is set. */
async function measureStop(subject: Subject, team: ThreadTeam): Promise<number | undefined> {
  const stopper = new ThreadTeam(2)
  try {
    await stopper.run(stopLater, stopLaterPlace, { ...newOrder(), delayMs: 0 }, new StopFlag())
    for (const rows of ROW_COUNTS) {
      const sample = longSample(subject, rows)
      const order = newOrder()
      const stopping = stopper.run(stopLater, stopLaterPlace, order, new StopFlag())
      const ended = await endOfFit(subject, sample, fitContext({ team, stop: new StopFlag(order.stop) }))
      await stopping
      const setAt = new Float64Array(order.setAt)[0] as number
      if (ended > setAt) return ended - setAt
    }
    return undefined
  } finally {
    await stopper.close()
  }
}

function longSample(subject: Subject, rows: number): Sample {
  return sampleFor(subject, { rows, columns: 12 })
}

async function endOfFit(subject: Subject, sample: Sample, context: ReturnType<typeof fitContext>): Promise<number> {
  try {
    await fitOn(makeQuick(subject, subject.traits?.slow), sample, context)
  } catch (error) {
    if (!(error instanceof FitStopped)) throw new ContractError('the stopped fit threw another error', { cause: error })
  }
  return performance.timeOrigin + performance.now()
}

function newOrder() {
  return { stop: new StopFlag().buffers, delayMs: DELAY_MS, setAt: new SharedArrayBuffer(8) }
}

async function claimStopped(fit: Promise<unknown>): Promise<void> {
  try {
    await fit
  } catch (error) {
    if (error instanceof FitStopped) return
    throw new ContractError('a stopped fit ends with another error', { cause: error })
  }
  throw new ContractError('the flag was set, but the fit went to its end')
}
