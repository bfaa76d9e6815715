// The parts of a zip archive, each in pieces as it is unpacked, held to bounds: a few bytes can say that they are gigabytes.
import { Readable } from 'node:stream'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import type { RandomBytes } from '../random-bytes.ts'

const MIB = 2 ** 20
const ENTRIES_MAX = 10_000
/** XML of workbooks is unpacked to some ten times its length, to a hundred times where cells are all alike. */
const UNPACKED_PER_BYTE_MAX = 250
const UNPACKED_FREE_BYTES = 16 * MIB
const ENCRYPTED_FLAG = 1
const CHUNK_BYTES = 2 ** 16

export interface ZipParts {
  readonly names: readonly string[]
  has(name: string): boolean
  /** The bytes of a part. Throws an Error when there is none, or it is not what it says. */
  read(name: string): AsyncIterable<Uint8Array>
}

/** Calls `use` with the parts. Throws an Error for what is no zip archive. */
export async function withZipParts<T>(bytes: RandomBytes, use: (parts: ZipParts) => Promise<T>): Promise<T> {
  const options = { lazyEntries: true, autoClose: false }
  const zip = await fromRandomAccessReaderPromise(new BytesReader(bytes), bytes.byteLength, options)
  try {
    const entries = await entriesOf(zip)
    const partOf = (name: string): Entry => {
      const entry = entries.get(name)
      if (entry === undefined) throw new Error(`it has no part ${name}`)
      return entry
    }
    return await use({
      names: [...entries.keys()],
      has: (name) => entries.has(name),
      read: (name) => readPart(zip, partOf(name)),
    })
  } finally {
    zip.close()
  }
}

/** How the package reads: sealed files too, which it could not open. */
class BytesReader extends RandomAccessReader {
  private readonly bytes: RandomBytes

  constructor(bytes: RandomBytes) {
    super()
    this.bytes = bytes
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.chunks(start, end), { objectMode: false })
  }

  private *chunks(start: number, end: number): Generator<Buffer> {
    for (let at = start; at < end; at += CHUNK_BYTES) yield this.bytes.read(at, Math.min(at + CHUNK_BYTES, end))
  }
}

function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  return new Promise((resolve, reject) => {
    zip.on('error', reject)
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: Entry) => {
      if (entries.size >= ENTRIES_MAX) reject(new Error(`it has more than ${ENTRIES_MAX} parts`))
      else {
        entries.set(entry.fileName, entry)
        zip.readEntry()
      }
    })
    zip.readEntry()
  })
}

async function* readPart(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  const { fileName, compressedSize, uncompressedSize, generalPurposeBitFlag } = entry
  if ((generalPurposeBitFlag & ENCRYPTED_FLAG) !== 0) throw new Error('it is encrypted')
  const byteLengthMax = UNPACKED_FREE_BYTES + UNPACKED_PER_BYTE_MAX * compressedSize
  if (uncompressedSize > byteLengthMax) {
    throw new Error(`its part ${fileName} of ${compressedSize} bytes says that it unpacks to ${uncompressedSize}`)
  }
  // The package ends a part that unpacks to more than it says.
  yield* await zip.openReadStreamPromise(entry)
}
