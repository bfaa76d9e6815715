// JSON as XGBoost writes it: with bare NaN and Infinity, which JSON does not have.
import { modelFileFault } from '../../model-file-error.ts'
import { fileText } from '../file-text.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** What stands in place of each word; JSON reads 1e999 as infinite. */
const WORDS: readonly (readonly [word: string, instead: string])[] = [
  ['NaN', 'null'],
  ['Infinity', '1e999'],
]

/**
 * Of arrays and objects, of texts, and of values: a tree has some 20, 20 and 15 a node. What they take together stays below the
 * memory of the thread. JSON.parse cannot be stopped halfway: V8 ends the whole process where it goes beyond.
 */
const LIMITS = { containers: 4_000_000, quotes: 16_000_000, commas: 50_000_000 } as const

/** Throws ModelFileError. NaN is null. O(bytes); nesting takes no stack. */
export function readJson(bytes: Uint8Array): unknown {
  requireModest(bytes)
  const text = fileText(bytes)
  try {
    return JSON.parse(text)
  } catch {
    return parsePlain(withoutWords(text))
  }
}

/** Counts them in names, too, where there are hardly any. */
function requireModest(bytes: Uint8Array): void {
  const counts = { containers: 0, quotes: 0, commas: 0 }
  for (const byte of bytes) {
    if (byte === 0x2c) counts.commas += 1
    else if (byte === QUOTE) counts.quotes += 1
    else if (byte === 0x5b || byte === 0x7b) counts.containers += 1
  }
  for (const [what, limit] of Object.entries(LIMITS)) {
    const count = counts[what as keyof typeof LIMITS]
    if (count > limit) throw modelFileFault('', `the file has ${count} ${what}, more than the ${limit} that are taken`)
  }
}

function parsePlain(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw modelFileFault('', `the file is no JSON: ${(cause as Error).message}`, { cause })
  }
}

/** The text without such words outside of strings. */
function withoutWords(text: string): string {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      i = endOfString(text, i)
      continue
    }
    // N or I.
    if (code !== 0x4e && code !== 0x49) continue
    const found = WORDS.find(([word]) => text.startsWith(word, i))
    if (found === undefined) continue
    parts.push(text.slice(from, i), found[1])
    i += found[0].length - 1
    from = i + 1
  }
  parts.push(text.slice(from))
  return parts.join('')
}

/** The place of the quote that ends the string which begins at `start`; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === BACKSLASH) i += 1
    else if (code === QUOTE) return i
  }
  return text.length
}
