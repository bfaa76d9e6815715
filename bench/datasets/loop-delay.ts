// Loaded into the worker before its own code: how late the event loop of its main thread is, written to LOOP_DELAY_FILE at
// each SIGCONT, of the time since the one before.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** Milliseconds. */
export interface LoopDelay {
  readonly pid: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const RESOLUTION_MS = 1
const NS_A_MS = 1e6

const path = process.env['LOOP_DELAY_FILE']
if (path !== undefined && isMainThread && process.argv[1]?.endsWith('main.ts')) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  process.on('SIGCONT', () => {
    const at = (percent: number): number => histogram.percentile(percent) / NS_A_MS
    const delay: LoopDelay = { pid: process.pid, p50: at(50), p99: at(99), max: histogram.max / NS_A_MS }
    writeFileSync(path, JSON.stringify(delay))
    histogram.reset()
  })
}
