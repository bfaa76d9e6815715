import { once } from 'node:events'
import pino from 'pino'
import t, { type Test } from 'tap'
import { until } from '../../test/support/until.ts'
import { ServiceError } from '../errors.ts'
import { RunArchive } from './run-archive.ts'
import { RunEvents } from './run-events.ts'
import { RunFiles } from './run-files.ts'
import { RunJournal } from './run-journal.ts'
import type { Run } from './run-schemas.ts'
import { RunTables } from './run-tables.ts'

const log = pino({ level: 'silent' })
const run = { runId: 1, modelName: 'm', parameters: {}, validationSplit: null, digest: '' }

/** A run in training, whose row says what `status` says. */
async function inTraining(t: Test, status: () => string | undefined) {
  const files = new RunFiles(t.testdir())
  await files.open()
  const tables = new RunTables({ query: () => Promise.reject(new Error('there is no database')) })
  const archive = new RunArchive({
    files,
    tables,
    schema: { isUsable: async () => false, forget: () => {} },
    keptDays: 1,
    log,
  })
  const journal = new RunJournal(archive, { find: () => undefined }, log)
  journal.observe({ type: 'queued', run, acceptedAt: 0 })
  journal.observe({ type: 'begun', run, at: 1, attempt: 1 })
  const reader = {
    now: () => ({ position: null, progress: null }),
    find: async () => {
      const found = status()
      if (found === undefined) throw new ServiceError('RUN_UNKNOWN', 'gone')
      return { id: 1, status: found } as Run
    },
  }
  const print = (text: string): void =>
    journal.observe({ type: 'printed', runId: 1, at: Date.now(), source: 'stdout', line: text })
  const end = (): void => {
    const outcome = { type: 'trained', metrics: {}, durationMs: 1, attempt: 1 } as const
    journal.observe({ type: 'ended', runId: 1, modelName: 'm', at: Date.now(), outcome })
  }
  t.teardown(() => journal.close())
  return { parts: { reader, journal, log }, print, end }
}

t.test(
  'a client that takes nothing holds no more than one look at the log, and gets every line once later',
  async (t) => {
    let status = 'RUNNING'
    const { parts, print, end } = await inTraining(t, () => status)
    const events = new RunEvents(parts, 1, 0)
    t.teardown(() => events.destroy())
    print(`first ${'x'.repeat(3_000)}`)
    for (let i = 0; i < 20; i++) print(`${i} ${'y'.repeat(3_000)}`)
    await until(() => events.readableLength > 60_000)
    const held = events.readableLength
    for (let i = 20; i < 5_000; i++) print(`${i} ${'y'.repeat(3_000)}`)
    for await (const chunk of new RunEvents(parts, 1, 0)) if (chunk.includes('"4999 y')) break
    t.equal(events.readableLength, held, 'nothing more is held for it')

    status = 'SUCCESS'
    end()
    let text = ''
    for await (const chunk of events) text += chunk
    const ids = [...text.matchAll(/^id: (\d+)\nevent: log$/gm)].map(([, id]) => Number(id))
    t.same(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    )
    t.match(text, /stdout","text":"4999 y/)
    t.match(text, /\d+ lines are left out here/)
    t.match(text, /event: end\ndata: \{"id":1,"status":"SUCCESS"\}\n\n$/)
  },
)

t.test('a client that takes nothing for too long is let go', async (t) => {
  const { parts, print } = await inTraining(t, () => 'RUNNING')
  const events = new RunEvents({ ...parts, idleMsMax: 50 }, 1, 0)
  print('a line')
  await once(events, 'close')
  t.ok(events.destroyed)
})

t.test('a run whose row is gone ends the stream without an end', async (t) => {
  const { parts } = await inTraining(t, () => undefined)
  parts.journal.observe({ type: 'left', runId: 1 })
  let text = ''
  for await (const chunk of new RunEvents(parts, 1, 0)) text += chunk
  t.match(text, /training begins, attempt 1/)
  t.notMatch(text, /event: end/)
})
