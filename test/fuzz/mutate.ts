// Bytes that were right, with something done to them.
import type { Random } from '../../src/learning/random.ts'

const BYTES = [0, 1, 0x20, 0x22, 0x30, 0x5b, 0x7b, 0x7f, 0x80, 0xc1, 0xc7, 0xc9, 0xd4, 0xd8, 0xdd, 0xdf, 0xff]
const NUMBERS = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

/** One to eight changes: bits, bytes, whole numbers, parts left out, doubled or put elsewhere, and words put in. */
export function mutate(bytes: Uint8Array, random: Random, words: readonly string[] = []): Buffer {
  let changed: Buffer = Buffer.from(bytes)
  for (let i = 1 + random.integer(random.integer(4) === 0 ? 8 : 2); i > 0; i--) changed = change(changed, random, words)
  return changed
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{[^{}]*\}|\[[^[\]]*\]/g

/** JSON in which one to three values or names, whole ones, are others. */
export function mutateJson(text: string, random: Random, words: readonly string[]): Buffer {
  let changed = text
  for (let i = 1 + random.integer(3); i > 0; i--) {
    const tokens = [...changed.matchAll(TOKEN)]
    if (tokens.length === 0) break
    const { 0: token, index } = tokens[random.integer(tokens.length)] as RegExpExecArray
    const word =
      random.integer(3) === 0
        ? (tokens[random.integer(tokens.length)] as RegExpExecArray)[0]
        : words[random.integer(words.length)]
    changed = changed.slice(0, index) + word + changed.slice(index + token.length)
  }
  return Buffer.from(changed)
}

function change(bytes: Buffer, random: Random, words: readonly string[]): Buffer {
  const at = random.integer(bytes.length + 1)
  const length = 1 + random.integer(random.integer(3) === 0 ? 64 : 4)
  switch (random.integer(words.length > 0 ? 9 : 7)) {
    case 0:
      return replaced(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.integer(8))]))
    case 1:
      return replaced(bytes, at, 1, Buffer.from([BYTES[random.integer(BYTES.length)] as number]))
    case 2: {
      const number = Buffer.alloc(4)
      const value = NUMBERS[random.integer(NUMBERS.length)] as number
      if (random.integer(2) === 0) number.writeUInt32LE(value)
      else number.writeUInt32BE(value)
      return replaced(bytes, at, 4, number)
    }
    case 3:
      return replaced(bytes, at, length, Buffer.alloc(0))
    case 4:
      return replaced(bytes, at, 0, bytes.subarray(at, at + length))
    case 5: {
      const from = random.integer(bytes.length + 1)
      return replaced(bytes, at, length, bytes.subarray(from, from + length))
    }
    case 6:
      return bytes.subarray(0, Math.max(1, at))
    default:
      return replaced(bytes, at, random.integer(2) * length, Buffer.from(words[random.integer(words.length)] as string))
  }
}

function replaced(bytes: Buffer, at: number, count: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)])
}
