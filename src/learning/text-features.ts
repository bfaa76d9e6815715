// Texts as numbers: which words they have, how often, and how much these tell. As scikit-learn's CountVectorizer,
// TfidfVectorizer and HashingVectorizer with their defaults.
import { tellPartKept } from './kept-parts.ts'
import { type SparseRows, SparseWriter } from './sparse.ts'
import { type WordCounts, WordTable } from './word-table.ts'

/** 'tfidf': counts times log-inverse document frequencies; 'count': counts; 'hashing': counts of words by their hashes. */
export type TextWeighting = 'tfidf' | 'count' | 'hashing'

/** Runs of two letters, digits or underscores and more, of any script: what Python's \w is. */
const WORD = /[\p{L}\p{N}_]{2,}/gu

/** The words of a text in lower case, in their order: those that a WordTable counts. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? []
}

/** Words in the order of their code points, and of how many texts each is part. */
export interface Vocabulary {
  readonly words: readonly string[]
  readonly documentCounts: Float64Array
  /** The counts of the words in the texts, a row each, from which the vocabulary was found. */
  readonly counts: SparseRows
}

/**
 * The `wordsMax` most frequent words of the texts (scikit-learn's max_features); of equally frequent ones the first by
 * code points. times: how many times each text is there. O(characters + words log words).
 */
export function findVocabulary(texts: readonly string[], times: ArrayLike<number>, wordsMax: number): Vocabulary {
  const table = new WordTable()
  const writer = new SparseWriter()
  for (const [i, text] of texts.entries()) {
    if (times[i] !== 0) addCounts(writer, table.count(text, true))
    writer.endRow()
  }
  const all = writer.finish(table.size)
  const totals = new Float64Array(table.size)
  const documents = new Float64Array(table.size)
  for (let i = 0; i < texts.length; i++) {
    const often = times[i] as number
    for (let k = all.starts[i] as number; k < (all.starts[i + 1] as number); k++) {
      const id = all.columns[k] as number
      totals[id] = (totals[id] as number) + often * (all.values[k] as number)
      documents[id] = (documents[id] as number) + often
    }
  }
  const chosen = mostFrequent(inOrder(table), totals, wordsMax)
  const columnOf = new Int32Array(table.size).fill(-1)
  chosen.forEach((id, column) => {
    columnOf[id] = column
  })
  return {
    words: Array.from(chosen, (id) => table.wordAt(id)),
    documentCounts: Float64Array.from(chosen, (id) => documents[id] as number),
    counts: renumber(all, columnOf, chosen.length),
  }
}

function addCounts(writer: SparseWriter, { length, ids, counts }: WordCounts): void {
  for (let k = 0; k < length; k++) writer.add(ids[k] as number, counts[k] as number)
}

/** The ids of all words in the order of code points, as UTF-8 has it, and UTF-16 but for the characters behind U+D7FF. */
function inOrder(table: WordTable): Int32Array {
  const words = Array.from({ length: table.size }, (_, id) => {
    const word = table.wordAt(id)
    return { id, word, isHigh: HIGH.test(word) }
  })
  words.sort((a, b) => {
    if (a.isHigh && b.isHigh) return Buffer.from(a.word).compare(Buffer.from(b.word))
    return a.word < b.word ? -1 : 1
  })
  return Int32Array.from(words, ({ id }) => id)
}
const HIGH = /[\ud800-\uffff]/

/** Of the ordered ids those of the largest totals, still in order. */
function mostFrequent(ordered: Int32Array, totals: Float64Array, wordsMax: number): Int32Array {
  if (ordered.length <= wordsMax) return ordered
  const places = Array.from(ordered.keys())
  const totalAt = (place: number): number => totals[ordered[place] as number] as number
  places.sort((a, b) => totalAt(b) - totalAt(a) || a - b)
  return Int32Array.from(
    places.slice(0, wordsMax).sort((a, b) => a - b),
    (place) => ordered[place] as number,
  )
}

/** The rows with other columns; those below 0 are left out. */
function renumber({ starts, columns, values }: SparseRows, columnOf: Int32Array, columnCount: number): SparseRows {
  const rows = new OrderedRows(columnCount)
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const column = columnOf[columns[k] as number] as number
      if (column >= 0) rows.add(column, values[k] as number)
    }
    rows.endRow()
  }
  return rows.finish()
}

/** Writes rows whose columns come in any order, some more than once: then their values are added up. */
class OrderedRows {
  private writer = new SparseWriter()
  private readonly sums: Float64Array
  private readonly isTaken: Uint8Array
  private taken = new Int32Array(256)
  private count = 0

  constructor(columnCount: number) {
    this.sums = new Float64Array(columnCount)
    this.isTaken = new Uint8Array(columnCount)
  }

  add(column: number, value: number): void {
    if (this.isTaken[column] === 1) {
      this.sums[column] = (this.sums[column] as number) + value
      return
    }
    if (this.count === this.taken.length) {
      const taken = new Int32Array(2 * this.count)
      taken.set(this.taken)
      this.taken = taken
    }
    this.taken[this.count++] = column
    this.isTaken[column] = 1
    this.sums[column] = value
  }

  endRow(): void {
    for (const column of this.taken.subarray(0, this.count).sort()) {
      this.writer.add(column, this.sums[column] as number)
      this.isTaken[column] = 0
    }
    this.count = 0
    this.writer.endRow()
  }

  /** Further rows begin anew. */
  finish(): SparseRows {
    const rows = this.writer.finish(this.sums.length)
    this.writer = new SparseWriter()
    return rows
  }
}

/** ln((1 + texts) / (1 + texts with the word)) + 1, of each word. */
export function inverseFrequencies({ documentCounts }: Vocabulary, textCount: number): Float64Array {
  return documentCounts.map((count) => Math.log((1 + textCount) / (1 + count)) + 1)
}

/** Counts of words in texts, a row each. */
export interface WordReader {
  readonly columnCount: number
  read(texts: readonly string[]): SparseRows
}

/** Of known words, each of which is a column. */
export class VocabularyReader implements WordReader {
  readonly columnCount: number
  private readonly words: readonly string[]
  /** Made when the first texts come. */
  private table: WordTable | undefined
  /** Kept from one call to the next: a row's prediction takes less than making it. */
  private rows: OrderedRows | undefined

  constructor(words: readonly string[]) {
    this.columnCount = words.length
    this.words = words
  }

  read(texts: readonly string[]): SparseRows {
    if (this.table === undefined) {
      this.table = WordTable.of(this.words)
      tellPartKept()
    }
    const rows = this.rows ?? new OrderedRows(this.columnCount)
    // Where something throws, half a row may stand in it.
    this.rows = undefined
    for (const text of texts) {
      const { length, ids, counts } = this.table.count(text, false)
      // A word's column is its id.
      for (let k = 0; k < length; k++) rows.add(ids[k] as number, counts[k] as number)
      rows.endRow()
    }
    const read = rows.finish()
    this.rows = rows
    return read
  }
}

/** Of any words, by their hashes: scikit-learn's alternate_sign, by which collisions cancel out in the mean. */
export class HashingReader implements WordReader {
  readonly columnCount: number

  constructor(columnCount: number) {
    this.columnCount = columnCount
  }

  read(texts: readonly string[]): SparseRows {
    const { columnCount } = this
    const table = new WordTable()
    const places: { readonly column: number; readonly sign: number }[] = []
    const rows = new OrderedRows(columnCount)
    for (const text of texts) {
      const { length, ids, counts } = table.count(text, true)
      for (let k = 0; k < length; k++) {
        const id = ids[k] as number
        const place = places[id] ?? hashedColumn(table.wordAt(id), columnCount)
        places[id] = place
        rows.add(place.column, (counts[k] as number) * place.sign)
      }
      rows.endRow()
    }
    return rows.finish()
  }
}

/** The counts times the factors of their columns; with `isUnit` the squares of a row sum to 1. O(values). */
export function weighCounts(counts: SparseRows, factors: Float64Array, isUnit: boolean): SparseRows {
  const { starts, columns } = counts
  const values = counts.values.map((value, k) => value * (factors[columns[k] as number] as number))
  for (let i = 0; isUnit && i + 1 < starts.length; i++) {
    const [from, end] = [starts[i] as number, starts[i + 1] as number]
    let square = 0
    for (let k = from; k < end; k++) square += (values[k] as number) ** 2
    const length = Math.sqrt(square)
    if (length !== 0) for (let k = from; k < end; k++) values[k] = (values[k] as number) / length
  }
  return { ...counts, values }
}

/** The column of a word among so many by its hash, and the sign of it. */
export function hashedColumn(word: string, columnCount: number): { column: number; sign: number } {
  const hash = murmur3(Buffer.from(word))
  // The least integer has no positive counterpart: scikit-learn makes (2^31 − (n − 1)) mod n of it.
  const size = hash === -(2 ** 31) ? 2 ** 31 - (columnCount - 1) : Math.abs(hash)
  return { column: size % columnCount, sign: hash >= 0 ? 1 : -1 }
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
