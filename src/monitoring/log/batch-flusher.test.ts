import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import t, { type Test } from 'tap'
import { until } from '../../../test/support/until.ts'
import { BatchFlusher } from './batch-flusher.ts'

const BATCH = 10

/** Batches as they were written; a write ends when it is let. */
function setUp(t: Test, write: (batch: readonly number[]) => Promise<void>) {
  const waiting: number[] = []
  const written: (readonly number[])[] = []
  const flusher = new BatchFlusher<readonly number[]>({
    waitingCount: () => waiting.length,
    take: () => waiting.splice(0, BATCH),
    sizeOf: (batch) => batch.length,
    writerOf: (batch) => () => write(batch),
    onWritten: (batch) => written.push(batch),
    onDropped: (reason) => t.fail(reason),
    words: { failed: 'failed', dropped: 'dropped' },
    log: pino({ level: 'silent' }),
  })
  return { waiting, written, flusher }
}

t.test('a flush writes what waits when it begins, and not row by row what comes meanwhile', async (t) => {
  const { waiting, written, flusher } = setUp(t, async () => {
    await pause(5)
    waiting.push(99)
  })
  waiting.push(...Array.from({ length: 25 }, (_, i) => i))
  await flusher.flush()
  t.same(
    written.map(({ length }) => length),
    [10, 10, 7],
  )
  t.equal(waiting.length, 1)
})

t.test('who waits for a flush has all written that waited then, also where one is under way', async (t) => {
  const writes: (() => void)[] = []
  const { waiting, written, flusher } = setUp(t, () => new Promise((resolve) => writes.push(resolve)))
  waiting.push(1)
  const first = flusher.flush()
  waiting.push(2)
  flusher.kick()
  const [second, third] = [flusher.flush(), flusher.flush()]
  await until(async () => writes.length === 1)
  writes[0]?.()
  await first
  t.same(written, [[1]])
  await until(async () => writes.length === 2)
  writes[1]?.()
  await Promise.all([second, third])
  t.same(written, [[1], [2]], 'once for both')
  flusher.kick()
  await pause(5)
  t.equal(writes.length, 2, 'nothing is written where nothing waits')
})
