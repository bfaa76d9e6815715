import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { type BodyFile, bytesOf, type ReceivedBody } from './body-file.ts'
import { BodyReceiver } from './body-receiver.ts'
import { byteLengthOf, chunksOf, withWindow } from './byte-window.ts'

t.test('a large body lies sealed on the disk, and is read in any windows as it came', async (t) => {
  for (const length of [2 ** 19 + 1, 2 ** 20, 1_500_007]) {
    const receiver = new BodyReceiver(join(t.testdir(), 'bodies'), 2 ** 22, true)
    await receiver.open()
    const content = Buffer.concat([Buffer.from('a secret'), randomBytes(length - 8)])
    const parts: Buffer[] = []
    for (let at = 0; at < length; at += 50_000) parts.push(content.subarray(at, at + 50_000))
    const body = await new Promise<ReceivedBody | undefined>((resolve, reject) => {
      receiver.receive(Readable.from(parts), {}, (error, received) => (error ? reject(error) : resolve(received)))
    })
    const file = body as BodyFile
    t.equal(file.byteLength, length)
    t.notOk((await readFile(file.path)).includes('a secret'))
    t.equal(byteLengthOf(bytesOf(body)), length)
    t.ok(Buffer.concat([...chunksOf(bytesOf(body))]).equals(content))
    for (const [start, end] of [
      [0, 10],
      [65_530, 65_540],
      [100_000, 400_000],
      [length - 5, length + 5],
    ] as const) {
      const read = withWindow(
        bytesOf(body),
        (window) => {
          while (window.more(0));
          return Buffer.from(window.bytes.subarray(0, window.end))
        },
        start,
        end,
      )
      t.ok(read.equals(content.subarray(start, end)), `[${start}, ${end}) of ${length}`)
    }
    await file.answered()
    await t.rejects(readFile(file.path), { code: 'ENOENT' })
  }
})
