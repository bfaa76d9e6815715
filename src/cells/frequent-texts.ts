// The most frequent of many texts, counted in bounded memory.

/**
 * Space-Saving (Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data streams, 2005). A text
 * that finds no counter takes that of the least frequent one, and what that had counted is its error. What is told is the count less
 * the error: at least so often it came, and exactly so often while there were no more texts than counters. Such figures
 * of several counts may be added.
 */
export class FrequentTexts {
  private readonly counters = new Map<string, { count: number; error: number }>()
  private readonly capacity: number

  /** capacity: counters, 1 or more. A text that makes up more than 1 / capacity of all always has one. */
  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** O(1), or O(capacity) where the text is new and no counter is free. */
  add(text: string, count = 1): void {
    const known = this.counters.get(text)
    if (known !== undefined) known.count += count
    else if (this.counters.size < this.capacity) this.counters.set(text, { count, error: 0 })
    else {
      const error = this.giveUpLeast()
      this.counters.set(text, { count: error + count, error })
    }
  }

  /** The most frequent ones, each with how often it came at least. O(capacity log capacity). */
  top(limit: number): (readonly [text: string, count: number])[] {
    return [...this.counters]
      .map(([text, { count, error }]) => [text, count - error] as const)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, limit)
  }

  /** Gives what it had counted. */
  private giveUpLeast(): number {
    let least: string | undefined
    let leastCount = Number.POSITIVE_INFINITY
    for (const [text, { count }] of this.counters) {
      if (count >= leastCount) continue
      least = text
      leastCount = count
    }
    this.counters.delete(least as string)
    return leastCount
  }
}
