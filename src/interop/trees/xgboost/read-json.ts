// JSON as XGBoost writes it: with bare NaN and Infinity, which JSON does not have.
import { modelFileFault } from '../../model-file-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** What stands in place of each word; JSON reads 1e999 as infinite. */
const WORDS: readonly (readonly [word: string, instead: string])[] = [
  ['NaN', 'null'],
  ['Infinity', '1e999'],
]

/** Throws ModelFileError. NaN is null. O(bytes); nesting takes no stack. */
export function readJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw modelFileFault('', 'the file is no text in UTF-8', { cause })
  }
  try {
    return JSON.parse(text)
  } catch {
    return parsePlain(withoutWords(text))
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
