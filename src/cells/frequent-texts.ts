// The most frequent of many texts, counted in bounded memory.

interface Counter {
  text: string
  error: number
  bucket: Bucket
  /** Its place in the bucket. */
  place: number
}

/** Counters with the same count, in a list by count. */
interface Bucket {
  readonly count: number
  readonly counters: Counter[]
  lower: Bucket | undefined
  higher: Bucket | undefined
}

/**
 * Space-Saving (Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data streams, 2005), with
 * its Stream-Summary. A text that finds no counter takes one of the least count, and what that had counted is its error. What is
 * told is the count less the error: at least so often it came, and exactly so often while there were no more texts than counters.
 * Such figures of several counts may be added.
 */
export class FrequentTexts {
  private readonly counters = new Map<string, Counter>()
  private readonly capacity: number
  /** Below all buckets, and empty. */
  private readonly floor: Bucket = { count: 0, counters: [], lower: undefined, higher: undefined }

  /** capacity: counters, 1 or more. A text that makes up more than 1 / capacity of all always has one. */
  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** count: 1 or more. O(1) for 1, else O(different counts in between). */
  add(text: string, count = 1): void {
    const counter = this.counters.get(text) ?? this.counterFor(text)
    const { bucket } = counter
    const to = bucketAbove(bucket, bucket.count + count)
    take(counter)
    put(counter, to)
  }

  /** The most frequent ones, each with how often it came at least. O(capacity log capacity). */
  top(limit: number): (readonly [text: string, count: number])[] {
    return [...this.counters.values()]
      .map(({ text, error, bucket }) => [text, bucket.count - error] as const)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, limit)
  }

  /** Of a new text: a free one, else one of the least count. */
  private counterFor(text: string): Counter {
    const least = this.floor.higher?.counters.at(-1)
    const isFree = least === undefined || this.counters.size < this.capacity
    const counter = isFree ? { text, error: 0, bucket: this.floor, place: -1 } : least
    if (!isFree) {
      this.counters.delete(counter.text)
      counter.text = text
      counter.error = counter.bucket.count
    }
    this.counters.set(text, counter)
    return counter
  }
}

/** The bucket of that count, which is higher than that of `from`; made where there is none. */
function bucketAbove(from: Bucket, count: number): Bucket {
  let lower = from
  while (lower.higher !== undefined && lower.higher.count <= count) lower = lower.higher
  if (lower.count === count) return lower
  const made: Bucket = { count, counters: [], lower, higher: lower.higher }
  if (lower.higher !== undefined) lower.higher.lower = made
  lower.higher = made
  return made
}

/** Takes a counter out of its bucket, which goes with its last one. Of the floor it was never in. */
function take({ bucket, place }: Counter): void {
  const { counters, lower, higher } = bucket
  if (lower === undefined) return
  const last = counters.pop() as Counter
  if (last.place !== place) {
    counters[place] = last
    last.place = place
  }
  if (counters.length > 0) return
  lower.higher = higher
  if (higher !== undefined) higher.lower = lower
}

function put(counter: Counter, bucket: Bucket): void {
  counter.bucket = bucket
  counter.place = bucket.counters.push(counter) - 1
}
