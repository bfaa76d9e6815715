import { readdir, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { RunFiles } from './run-files.ts'
import type { RunRecord } from './run-record.ts'

const recordOf = (runId: number, parameters: RunRecord['parameters'] = { a: 1 }): RunRecord => ({
  runId,
  modelName: 'majority',
  status: 'SUCCESS',
  acceptedAt: 1,
  startedAt: null,
  endedAt: 3,
  secondsTrained: 0.5,
  parameters,
  error: null,
})
const lineOf = (id: number) => ({ id, time: '2026-11-21T00:00:00.000Z', source: 'worker', text: `line ${id}` }) as const

t.test('gives back what was written, after a restart too', async (t) => {
  const folder = join(t.testdir(), 'runs')
  const files = new RunFiles(folder)
  await files.open()
  await files.append(7, [lineOf(1), lineOf(2)])
  await files.append(7, [lineOf(3)])
  await files.writeRecord(recordOf(7))
  const next = new RunFiles(folder)
  await next.open()
  for (const kept of [files, next]) {
    t.same(await kept.readRecord(7), recordOf(7))
    t.same(await kept.readLog(7), [lineOf(1), lineOf(2), lineOf(3)])
    t.equal(kept.earlierLogBytes(7), 0, 'it has ended')
  }
  t.equal(await next.readRecord(8), undefined)
  t.same(await next.readLog(8), [])
})

t.test('keeps so many runs and no more, and removes those first that were written to longest ago', async (t) => {
  const folder = t.testdir()
  const files = new RunFiles(folder, 2)
  await files.open()
  await files.append(9, [lineOf(1)])
  await files.writeRecord(recordOf(9))
  await files.writeRecord(recordOf(3))
  await files.append(5, [lineOf(1)])
  t.same((await readdir(folder)).sort(), ['3.json', '5.ndjson'])

  await utimes(join(folder, '3.json'), new Date(), new Date(Date.now() + 60_000))
  await new RunFiles(folder, 1).open()
  t.same(await readdir(folder), ['3.json'])
})

t.test('removes what a process that was killed left half done, and what is none of it', async (t) => {
  const folder = t.testdir({ '1.json.part': '{', 'notes.txt': 'x', '0.json': '{}', '4.ndjson': '{"id":1,"te' })
  const files = new RunFiles(folder)
  await files.open()
  t.same(await readdir(folder), ['4.ndjson'])
  t.equal(files.earlierLogBytes(4), 11)
  await files.append(4, [lineOf(2)])
  t.same(await files.readLog(4), [lineOf(2)], 'the line that was cut off takes no other with it')
})

t.test('takes a record that nobody wrote for none', async (t) => {
  const folder = t.testdir({
    '1.json': '{',
    '2.json': '{"runId":2}',
    '3.json': JSON.stringify({ ...recordOf(3), error: 5 }),
  })
  const files = new RunFiles(folder)
  await files.open()
  for (const runId of [1, 2, 3]) t.equal(await files.readRecord(runId), undefined)
})

t.test('begins anew with a run whose id is that of one that had ended', async (t) => {
  const files = new RunFiles(t.testdir())
  await files.open()
  await files.append(1, [lineOf(1)])
  await files.writeRecord(recordOf(1))
  await files.begin(1, 4)
  await files.append(1, [lineOf(2)])
  t.same(await files.readLog(1), [lineOf(2)])
  t.equal(await files.readRecord(1), undefined)
})

t.test('leaves parameters out that are too many', async (t) => {
  const folder = t.testdir()
  const files = new RunFiles(folder)
  await files.open()
  await files.writeRecord(recordOf(1, { weights: 'x'.repeat(100_000) }))
  t.equal((await files.readRecord(1))?.parameters, null)
  t.ok((await readFile(join(folder, '1.json'))).length < 1000)
})
