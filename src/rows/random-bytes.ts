// A body of which any part can be read: forms that have their directory at the end need it.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { BodyBytes } from './byte-window.ts'

export interface RandomBytes {
  readonly byteLength: number
  /** The bytes [start, end), in memory of their own or a view. Throws RangeError where there are not so many. */
  read(start: number, end: number): Buffer
}

/** Calls `use` with the bytes of a body; a file is open until it has ended. */
export async function withRandomBytes<T>(body: BodyBytes, use: (bytes: RandomBytes) => Promise<T> | T): Promise<T> {
  if (typeof body !== 'string') return use(inMemory(body))
  const descriptor = openSync(body, 'r')
  try {
    return await use(inFile(descriptor))
  } finally {
    closeSync(descriptor)
  }
}

function inMemory(bytes: Uint8Array): RandomBytes {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    byteLength: buffer.length,
    read(start, end) {
      checkRange(start, end, buffer.length)
      return buffer.subarray(start, end)
    },
  }
}

function inFile(descriptor: number): RandomBytes {
  const byteLength = fstatSync(descriptor).size
  return {
    byteLength,
    read(start, end) {
      checkRange(start, end, byteLength)
      const bytes = Buffer.allocUnsafeSlow(end - start)
      for (let at = 0; at < bytes.length; ) {
        const length = readSync(descriptor, bytes, at, bytes.length - at, start + at)
        if (length === 0) throw new RangeError('the file became shorter while it was read')
        at += length
      }
      return bytes
    },
  }
}

function checkRange(start: number, end: number, byteLength: number): void {
  if (start >= 0 && start <= end && end <= byteLength) return
  throw new RangeError(`it refers to bytes ${start} to ${end} of ${byteLength}`)
}
