// A body of which any part can be read: forms that have their directory at the end need it.
import { type BodyBytes, byteLengthOf, type OpenBody, openBody } from './byte-window.ts'

export interface RandomBytes {
  readonly byteLength: number
  /** The bytes [start, end), in memory of their own or a view. Throws RangeError where there are not so many. */
  read(start: number, end: number): Buffer
}

/** Calls `use` with the bytes of a body; a file is open until it has ended. */
export async function withRandomBytes<T>(body: BodyBytes, use: (bytes: RandomBytes) => Promise<T> | T): Promise<T> {
  if (body instanceof Uint8Array) return use(inMemory(body))
  const file = openBody(body)
  try {
    return await use(inFile(file, byteLengthOf(body)))
  } finally {
    file.close()
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

function inFile(file: OpenBody, byteLength: number): RandomBytes {
  return {
    byteLength,
    read(start, end) {
      checkRange(start, end, byteLength)
      const bytes = Buffer.allocUnsafeSlow(end - start)
      for (let at = 0; at < bytes.length; ) {
        const length = file.read(bytes.subarray(at), start + at)
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
