// What msgpack may hold of an artifact: null, booleans, numbers, texts, lists, records and typed arrays. The decoder
// knows more (classes, dates, patterns, sets, records that it compiles), and the bytes must not choose it.

/** The decoder's extension for typed arrays. */
const TYPED_ARRAY = 0x74

/** Thrown for bytes that hold anything else, or end too early. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
}

/** Walks over the bytes without building anything of them. Throws PayloadError. O(values). */
export function checkPlainPayload(bytes: Buffer): void {
  if (endOfPlainValue(bytes, 0) !== bytes.length) throw new PayloadError('it goes on after its end')
}

/** Where the value ends that begins at `start`. Throws PayloadError. O(values in it). */
export function endOfPlainValue(bytes: Buffer, start: number): number {
  let at = start
  /** Values that are still to come. */
  let expected = 1
  const lengthAt = (size: 1 | 2 | 4): number => {
    if (at + size > bytes.length) throw new PayloadError('it ends too early')
    at += size
    return bytes.readUIntBE(at - size, size)
  }
  const skipTypedArray = (length: number): void => {
    if (at >= bytes.length) throw new PayloadError('it ends too early')
    if (bytes[at] !== TYPED_ARRAY) throw new PayloadError(`it holds the extension ${bytes[at]}`)
    at += 1 + length
  }
  const skipText = (length: number): void => {
    at += length
  }
  for (; expected > 0; expected--) {
    if (at >= bytes.length) throw new PayloadError('it ends too early')
    const kind = bytes[at++] as number
    if (kind < 0x80 || kind >= 0xe0) continue
    if (kind < 0x90) expected += 2 * (kind & 0x0f)
    else if (kind < 0xa0) expected += kind & 0x0f
    else if (kind < 0xc0) at += kind & 0x1f
    else {
      const size = LENGTH_SIZES[kind]
      if (kind === 0xc0 || kind === 0xc2 || kind === 0xc3) continue
      else if (kind >= 0xca && kind <= 0xd3) at += NUMBER_SIZES[kind - 0xca] as number
      else if (kind >= 0xd4 && kind <= 0xd8) skipTypedArray(2 ** (kind - 0xd4))
      else if (size === undefined) throw new PayloadError(`it holds the kind ${kind}`)
      else if (kind <= 0xc9) skipTypedArray(lengthAt(size))
      else if (kind <= 0xdb) skipText(lengthAt(size))
      else expected += lengthAt(size) * (kind <= 0xdd ? 1 : 2)
    }
  }
  if (at > bytes.length) throw new PayloadError('it ends too early')
  return at
}

/** Bytes of float32, float64, uint8 to uint64, int8 to int64: the kinds 0xca to 0xd3. */
const NUMBER_SIZES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]
/** Bytes of the length that follows: extensions, texts, lists, records. */
const LENGTH_SIZES: Readonly<Record<number, 1 | 2 | 4>> = {
  199: 1,
  200: 2,
  201: 4,
  217: 1,
  218: 2,
  219: 4,
  220: 2,
  221: 4,
  222: 2,
  223: 4,
}
