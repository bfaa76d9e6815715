// Texts as numbers: which words they have, how often, and how much these tell. As scikit-learn's CountVectorizer,
// TfidfVectorizer and HashingVectorizer with their defaults.

/** 'tfidf': counts times log-inverse document frequencies; 'count': counts; 'hashing': counts of words by their hashes. */
export type TextWeighting = 'tfidf' | 'count' | 'hashing'

/** Runs of two letters, digits or underscores and more, of any script: what Python's \w is. */
const WORD = /[\p{L}\p{N}_]{2,}/gu
/** Different words that are counted; others that come later are not. */
const WORDS_MAX = 2 ** 22

/** The words of a text in lower case, in their order. A script without spaces, as Chinese, gives whole phrases. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? []
}

/** Words in the order of their code points, and of how many texts each is part. */
export interface Vocabulary {
  readonly words: readonly string[]
  readonly documentCounts: Float64Array
}

/**
 * The `wordsMax` most frequent words of the texts (scikit-learn's max_features); of equally frequent ones the first by
 * code points. counts: how many times each text is there. O(characters + words log words).
 */
export function findVocabulary(texts: readonly string[], counts: ArrayLike<number>, wordsMax: number): Vocabulary {
  const found = new Map<string, { count: number; documentCount: number; last: number }>()
  texts.forEach((text, i) => {
    const times = counts[i] as number
    if (times === 0) return
    for (const word of wordsOf(text)) {
      let of = found.get(word)
      if (of === undefined) {
        if (found.size >= WORDS_MAX) continue
        of = { count: 0, documentCount: 0, last: -1 }
        found.set(word, of)
      }
      of.count += times
      if (of.last !== i) of.documentCount += times
      of.last = i
    }
  })
  const chosen = [...found]
    .map(([word, of]) => ({ word, ...of, key: Buffer.from(word) }))
    .sort((a, b) => b.count - a.count || a.key.compare(b.key))
    .slice(0, wordsMax)
    .sort((a, b) => a.key.compare(b.key))
  return {
    words: chosen.map(({ word }) => word),
    documentCounts: Float64Array.from(chosen, ({ documentCount }) => documentCount),
  }
}

/** ln((1 + texts) / (1 + texts with the word)) + 1, of each word. */
export function inverseFrequencies({ documentCounts }: Vocabulary, textCount: number): Float64Array {
  return documentCounts.map((count) => Math.log((1 + textCount) / (1 + count)) + 1)
}

/** One text in a row of numbers that has few other than 0. */
export interface SparseText {
  readonly columns: Int32Array
  readonly values: Float64Array
}

/** Counts of the words that `columnOf` knows, times their factors; with `isUnit` the squares sum to 1. */
export function weighWords(
  text: string,
  columnOf: (word: string) => { readonly column: number; readonly factor: number } | undefined,
  isUnit: boolean,
): SparseText {
  const sums = new Map<number, number>()
  for (const word of wordsOf(text)) {
    const known = columnOf(word)
    if (known !== undefined) sums.set(known.column, (sums.get(known.column) ?? 0) + known.factor)
  }
  const columns = Int32Array.from(sums.keys()).sort()
  const values = Float64Array.from(columns, (column) => sums.get(column) as number)
  if (!isUnit) return { columns, values }
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return { columns, values: length === 0 ? values : values.map((value) => value / length) }
}

/** The column of a word among so many by its hash, and the sign of it, which lets collisions cancel out in the mean. */
export function hashedColumn(word: string, columnCount: number): { column: number; factor: number } {
  const hash = murmur3(Buffer.from(word))
  // The least integer has no positive counterpart: scikit-learn makes (2^31 − (n − 1)) mod n of it.
  const size = hash === -(2 ** 31) ? 2 ** 31 - (columnCount - 1) : Math.abs(hash)
  return { column: size % columnCount, factor: hash >= 0 ? 1 : -1 }
}

/** MurmurHash3 of 32 bits (Appleby 2011), x86, seed 0, as a signed integer. O(bytes). */
export function murmur3(bytes: Buffer): number {
  let hash = 0
  const whole = bytes.length & ~3
  const scrambled = (block: number): number => {
    const product = Math.imul(block, 0xcc9e2d51)
    return Math.imul((product << 15) | (product >>> 17), 0x1b873593)
  }
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(bytes.readInt32LE(at))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | (bytes[at] as number)
  if (whole < bytes.length) hash ^= scrambled(rest)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
