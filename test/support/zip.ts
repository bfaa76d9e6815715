// A zip archive out of parts, also of such as lie about their length.
import { crc32, deflateRawSync } from 'node:zlib'

/** A part as text, or as it is packed with the length that it says. */
type Part = string | { readonly packed: Buffer; readonly byteLength: number }

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: local headers with their bytes, the directory, its end. */
export function zipOf(parts: Readonly<Record<string, Part>>): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, part] of Object.entries(parts)) {
    const packed = typeof part === 'string' ? deflateRawSync(part) : part.packed
    const byteLength = typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(typeof part === 'string' ? crc32(part) : 0, 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(byteLength, 18)
    shared.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), shared, Buffer.from(name), packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), shared, rest, Buffer.from(name)]),
    )
    locals.push(local)
    offset += local.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(directory.length, 4)
  end.writeUInt16LE(directory.length, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, entries, Buffer.from('PK\u0005\u0006', 'latin1'), end])
}
