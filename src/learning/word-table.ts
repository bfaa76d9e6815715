// The words of texts by number: which they are, without a string for each place at which one stands.

/** Different words that a table holds; others that come later are unknown. */
const WORDS_MAX = 2 ** 22
const UNKNOWN = -1
/** A prime that spreads the code units of a word over 32 bits (Fowler, Noll and Vo, FNV-1a). */
const PRIME = 0x01000193
const OFFSET_BASIS = 0x811c9dc5 | 0
const UTF_16 = new TextDecoder('utf-16le')
const WORD_CHARACTER = /[\p{L}\p{N}_]/u

/** Per code unit: 0 where nobody has asked yet, 1 for no part of a word, 2 for one. */
const kinds = new Uint8Array(65_536)

function isWordCharacter(character: number): boolean {
  if (character > 0xffff) return WORD_CHARACTER.test(String.fromCodePoint(character))
  const known = kinds[character] as number
  if (known !== 0) return known === 2
  const isPart = WORD_CHARACTER.test(String.fromCharCode(character))
  kinds[character] = isPart ? 2 : 1
  return isPart
}

/** Different words of one text in the order in which they first stand there, and how often each does. */
export interface WordCounts {
  readonly length: number
  /** Of `length` words or more; written over by the next call. */
  readonly ids: Int32Array
  readonly counts: Float64Array
}

/**
 * A word is a run of two letters, digits or underscores and more, of any script, in lower case: what scikit-learn's
 * token_pattern takes, with Python's \w. A script without spaces, as Chinese, gives whole phrases.
 *
 * Open addressing over the code units of all words, one behind the other. O(characters) a text.
 * Memory: some 30 bytes a word and 2 a character of it.
 */
export class WordTable {
  size = 0
  /** Places of 2^k, at most half of them taken: the id of a word, or −1. */
  private places = new Int32Array(2048).fill(UNKNOWN)
  private hashes = new Int32Array(1024)
  /** Word id stands in units[starts[id] … starts[id + 1] − 1]. */
  private starts = new Int32Array(1025)
  private units = new Uint16Array(8192)
  private seenAt = new Int32Array(1024)
  private ids = new Int32Array(256)
  private counts = new Float64Array(256)

  static of(words: readonly string[]): WordTable {
    const table = new WordTable()
    for (const word of words) {
      let hash = OFFSET_BASIS
      for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), PRIME)
      table.idOf(word, 0, word.length, hash, true)
    }
    return table
  }

  wordAt(id: number): string {
    const units = this.units.subarray(this.starts[id] as number, this.starts[id + 1] as number)
    return UTF_16.decode(units)
  }

  /** Counts the words of a text; with `grows` unknown ones get the next ids, else they are left out. */
  count(text: string, grows: boolean): WordCounts {
    const lower = text.toLowerCase()
    const end = lower.length
    let length = 0
    for (let at = 0; at < end; ) {
      const start = at
      let characters = 0
      let hash = OFFSET_BASIS
      while (at < end) {
        const unit = lower.charCodeAt(at)
        const isPair = unit >= 0xd800 && unit <= 0xdbff && at + 1 < end
        const character = isPair ? (lower.codePointAt(at) as number) : unit
        if (!isWordCharacter(character)) break
        hash = Math.imul(hash ^ unit, PRIME)
        if (character > 0xffff) hash = Math.imul(hash ^ lower.charCodeAt(++at), PRIME)
        characters += 1
        at += 1
      }
      if (characters < 2) {
        if (characters === 0) at += 1
        continue
      }
      const id = this.idOf(lower, start, at, hash, grows)
      if (id !== UNKNOWN) length = this.countId(id, length)
    }
    return { length, ids: this.ids, counts: this.counts }
  }

  /** Adds one to the count of the word among the first `length`; returns how many there are now. */
  private countId(id: number, length: number): number {
    const { ids, counts } = this
    const place = this.seenAt[id] as number
    if (place < length && ids[place] === id) {
      counts[place] = (counts[place] as number) + 1
      return length
    }
    if (length === ids.length) {
      this.ids = grown(ids)
      this.counts = grown(counts)
    }
    this.seenAt[id] = length
    this.ids[length] = id
    this.counts[length] = 1
    return length + 1
  }

  private idOf(text: string, start: number, end: number, hash: number, grows: boolean): number {
    const { places, hashes } = this
    const mask = places.length - 1
    // The lower bits alone tell few short words apart.
    let place = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const id = places[place] as number
      if (id === UNKNOWN) break
      if (hashes[id] === hash && this.isAt(id, text, start, end)) return id
      place = (place + 1) & mask
    }
    return grows && this.size < WORDS_MAX ? this.append(text, start, end, hash, place) : UNKNOWN
  }

  private isAt(id: number, text: string, start: number, end: number): boolean {
    const { units } = this
    const from = this.starts[id] as number
    if ((this.starts[id + 1] as number) - from !== end - start) return false
    for (let i = start, k = from; i < end; i++, k++) if (units[k] !== text.charCodeAt(i)) return false
    return true
  }

  private append(text: string, start: number, end: number, hash: number, place: number): number {
    const id = this.size++
    if (id === this.hashes.length) {
      this.hashes = grown(this.hashes)
      this.seenAt = grown(this.seenAt)
      const starts = new Int32Array(this.hashes.length + 1)
      starts.set(this.starts)
      this.starts = starts
    }
    let to = this.starts[id] as number
    while (to + end - start > this.units.length) this.units = grown(this.units)
    for (let i = start; i < end; i++) this.units[to++] = text.charCodeAt(i)
    this.starts[id + 1] = to
    this.hashes[id] = hash
    this.places[place] = id
    if (2 * this.size > this.places.length) this.placeAgain()
    return id
  }

  private placeAgain(): void {
    const places = new Int32Array(2 * this.places.length).fill(UNKNOWN)
    const mask = places.length - 1
    for (let id = 0; id < this.size; id++) {
      const hash = this.hashes[id] as number
      let place = (hash ^ (hash >>> 15)) & mask
      while (places[place] !== UNKNOWN) place = (place + 1) & mask
      places[place] = id
    }
    this.places = places
  }
}

function grown<Values extends Int32Array | Float64Array | Uint16Array>(values: Values): Values {
  const larger = new (values.constructor as new (length: number) => Values)(2 * values.length)
  larger.set(values)
  return larger
}
