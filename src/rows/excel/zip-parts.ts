// The parts of a zip archive, each in pieces as it is unpacked, held to bounds: a few bytes can say that they are gigabytes.
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl'
import type { BodyBytes } from '../byte-window.ts'

const MIB = 2 ** 20
const ENTRIES_MAX = 10_000
/** XML of workbooks is unpacked to some ten times its length, to a hundred times where cells are all alike. */
const UNPACKED_PER_BYTE_MAX = 250
const UNPACKED_FREE_BYTES = 16 * MIB
const ENCRYPTED_FLAG = 1

export interface ZipParts {
  readonly names: readonly string[]
  has(name: string): boolean
  /** The bytes of a part. Throws an Error when there is none, or it is not what it says. */
  read(name: string): AsyncIterable<Uint8Array>
}

/** Calls `use` with the parts. Throws an Error for what is no zip archive. */
export async function withZipParts<T>(body: BodyBytes, use: (parts: ZipParts) => Promise<T>): Promise<T> {
  const zip = await openZip(body)
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

function openZip(body: BodyBytes): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false }
  if (typeof body === 'string') return openPromise(body, options)
  return fromBufferPromise(Buffer.from(body.buffer, body.byteOffset, body.byteLength), options)
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
