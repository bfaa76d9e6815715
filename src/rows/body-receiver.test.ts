// What becomes of the chunks that a large body comes in: their memory is free when they are on the disk.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import type { BodyFile, ReceivedBody } from './body-file.ts'
import { BodyReceiver } from './body-receiver.ts'

const CHUNK = 2 ** 16
const CHUNKS = 40

const folder = await mkdtemp(join(tmpdir(), 'ml-worker-bodies-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))

async function receive(receiver: BodyReceiver, chunks: readonly Buffer[]): Promise<BodyFile> {
  await receiver.open()
  const { promise, resolve, reject } = Promise.withResolvers<ReceivedBody>()
  receiver.receive(Readable.from(chunks), {}, (error, body) => (body === undefined ? reject(error) : resolve(body)))
  return (await promise) as BodyFile
}

/** The bytes are its number. */
const chunkOf = (i: number): Buffer => Buffer.alloc(CHUNK, i)

t.test('chunks with a memory of their own give it up, and the file has all bytes', async (t) => {
  for (const isSealed of [false, true]) {
    const chunks = Array.from({ length: CHUNKS }, (_, i) => chunkOf(i))
    const file = await receive(new BodyReceiver(join(folder, `own-${isSealed}`), 2 ** 30, isSealed), chunks)
    t.same(new Set(chunks.map(({ byteLength }) => byteLength)), new Set([0]))
    t.equal(file.byteLength, CHUNKS * CHUNK)
    const written = await readFile(file.path)
    if (isSealed) t.ok(written.length > CHUNKS * CHUNK)
    else t.ok(written.equals(Buffer.concat(Array.from({ length: CHUNKS }, (_, i) => chunkOf(i)))))
    await file.answered()
  }
})

t.test('chunks that share their memory stay as they are', async (t) => {
  const whole = Buffer.concat(Array.from({ length: CHUNKS }, (_, i) => chunkOf(i)))
  const chunks = Array.from({ length: CHUNKS }, (_, i) => whole.subarray(i * CHUNK, (i + 1) * CHUNK))
  const file = await receive(new BodyReceiver(join(folder, 'shared'), 2 ** 30), chunks)
  t.ok((await readFile(file.path)).equals(whole))
  t.equal(chunks.at(-1)?.byteLength, CHUNK)
  await file.answered()
})
