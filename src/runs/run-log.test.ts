import t from 'tap'
import { fromNdjson, toNdjson, toText } from './log-line.ts'
import { RunLog } from './run-log.ts'

t.test('keeps the first and the last lines, and says how many are left out between them', async (t) => {
  const log = new RunLog()
  for (let i = 0; i < 10_000; i++) log.add(1_000 + i / 10, 'stdout', `line ${i} ${'x'.repeat(100)}`)
  const lines = log.after(0)
  const notice = lines.findIndex(({ source }) => source === 'worker')
  t.match(lines[0]?.text, /^line 0 /)
  t.match(lines.at(-1)?.text, /^line 9999 /)
  t.equal(lines[notice]?.text, `${10_000 - lines.length + 1} lines are left out here`)
  t.ok(Buffer.byteLength(toNdjson(lines)) < 150_000)
  t.ok(
    lines.every(({ id }, i) => i === 0 || id > (lines[i - 1]?.id as number)),
    'ids grow',
  )
})

t.test('gives the lines after one, each with an id of its own though they come in one moment', async (t) => {
  const log = new RunLog()
  for (const text of ['a', 'b', 'c']) log.add(5, 'stderr', text)
  const [first] = log.after(0)
  t.same(
    log.after(first?.id as number).map(({ text }) => text),
    ['b', 'c'],
  )
  t.same(log.after(5_002), [])
})

t.test('gives what is to be written once, and the rest at the end', async (t) => {
  const log = new RunLog(64 * 1024 - 250)
  log.add(1, 'worker', 'first')
  log.add(2, 'worker', 'second')
  t.equal(log.takeUnwritten().length, 2)
  log.add(3, 'worker', 'third')
  t.equal(log.takeUnwritten().length, 0, 'an earlier attempt has filled the first part')
  t.same(
    log.rest.map(({ text }) => text),
    ['third'],
  )
})

t.test('cuts long lines', async (t) => {
  const log = new RunLog()
  log.add(1, 'stdout', 'y'.repeat(1e6))
  t.equal(log.after(0)[0]?.text.length, 4_000)
})

t.test('lines are read back, but for one that was cut off', async (t) => {
  const log = new RunLog()
  log.add(0, 'stdout', 'two\nlines, "quoted" \u{1F600}')
  const text = toNdjson(log.after(-1))
  t.same(fromNdjson(`${text}{"id":17,"te\n${text}`), [...log.after(-1), ...log.after(-1)])
  t.same(fromNdjson('null\n17\n{}\n'), [])
  t.equal(toText(log.after(-1)), '1970-01-01T00:00:00.000Z stdout two\nlines, "quoted" \u{1F600}\n')
})
