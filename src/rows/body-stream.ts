// The bytes of a body as a stream, for a thread that may not wait for the disk.
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { cipherWith } from '../encryption/key-ring.ts'
import { openFile } from '../encryption/sealed-file.ts'
import type { BodyBytes, SealedBody } from './byte-window.ts'

const READ_BYTES = 2 ** 17

/** Reads a file as it is asked for. The stream ends in an error where the file is gone or damaged. */
export function streamOf(body: BodyBytes): Readable {
  if (typeof body === 'string') return createReadStream(body, { highWaterMark: READ_BYTES })
  return Readable.from(body instanceof Uint8Array ? [body] : opened(body), { objectMode: false })
}

async function* opened({ path, sealing }: SealedBody): AsyncGenerator<Buffer> {
  const file = await openFile(path, () => cipherWith(sealing))
  try {
    for (let at = 0; at < file.byteLength; ) {
      const bytes = Buffer.allocUnsafe(READ_BYTES)
      const length = await file.read(bytes, at)
      at += length
      yield bytes.subarray(0, length)
    }
  } finally {
    await file.close()
  }
}
