import { PassThrough } from 'node:stream'
import t from 'tap'
import { readLines } from './lines.ts'

/** The lines that are read from these chunks. */
async function linesOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  readLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await new Promise((resolve) => stream.once('end', resolve))
  return lines
}

t.test('gives lines however they are cut into chunks', async (t) => {
  t.same(await linesOf('one\ntw', 'o', '\n\nfo', 'ur\n'), ['one', 'two', '', 'four'])
  const bytes = Buffer.from('grün 😀\nü\n')
  t.same(await linesOf(...Array.from(bytes, (byte) => Buffer.of(byte))), ['grün 😀', 'ü'])
})

t.test('gives what stands after the last newline when the stream ends, and nothing for an empty one', async (t) => {
  t.same(await linesOf('one\ntwo'), ['one', 'two'])
  t.same(await linesOf(), [])
  t.same(await linesOf('one\n'), ['one'])
})

t.test('cuts a line at 16 KiB, passes over its rest, and reads the next one whole', async (t) => {
  const long = 'x'.repeat(100_000)
  const cut = long.slice(0, 16_384)
  t.same(await linesOf(`a\n${long}\nb\n`), ['a', cut, 'b'])
  t.same(await linesOf('a\n', long, long, 'y\nb'), ['a', cut, 'b'], 'in chunks')
  t.same(await linesOf(long), [cut], 'without an end')
  t.same(await linesOf(`${cut}\nb`), [cut, 'b'], 'just as long as may be')
})

t.test('bytes that are no UTF-8 are lines all the same', async (t) => {
  t.same(await linesOf(Buffer.of(0xff, 0xfe, 0x0a, 0x61, 0x0a)), ['\u{FFFD}\u{FFFD}', 'a'])
})

t.test('a stream that breaks throws nothing', async (t) => {
  const stream = new PassThrough()
  const lines: string[] = []
  readLines(stream, (line) => lines.push(line))
  stream.write('one\n')
  stream.write('tw')
  await new Promise(setImmediate)
  stream.destroy(new Error('broken'))
  await new Promise((resolve) => stream.once('close', resolve))
  t.same(lines, ['one'])
})
