// How often something may happen for each of many keys: a bucket a key, kept as one number, in bounded memory.
import { LRUCache } from 'lru-cache'

export interface BucketShape {
  /** What a bucket regains in a second. */
  readonly perSecond: number
  /** What a full bucket holds: so many may come at once. */
  readonly burst: number
  /** Keys that are remembered; of more, those that came last. A key that is forgotten has a full bucket. */
  readonly keysMax: number
}

/** Milliseconds that only grow, such as performance.now. */
type Clock = () => number

/**
 * The generic cell rate algorithm (ITU-T I.371), which is a token bucket that stores when it will be full again instead
 * of how full it is. O(1) a call; some 100 bytes a key.
 */
export class TokenBuckets {
  private readonly fullAt: LRUCache<string, number>
  private readonly intervalMs: number
  /** From empty to full. */
  private readonly spanMs: number
  private readonly now: Clock

  constructor({ perSecond, burst, keysMax }: BucketShape, now: Clock = () => performance.now()) {
    this.intervalMs = 1000 / perSecond
    this.spanMs = burst * this.intervalMs
    this.fullAt = new LRUCache({ max: keysMax })
    this.now = now
  }

  /** Takes one out of the bucket. Gives 0, or the ms until one can be taken; then nothing was taken. */
  take(key: string): number {
    const now = this.now()
    const fullAt = this.fullAtAfter(key, now)
    const waitMs = this.waitFrom(fullAt, now)
    if (waitMs === 0) this.fullAt.set(key, fullAt)
    return waitMs
  }

  /** What take would give, without taking. */
  waitMs(key: string): number {
    const now = this.now()
    return this.waitFrom(this.fullAtAfter(key, now), now)
  }

  private fullAtAfter(key: string, now: number): number {
    return Math.max(this.fullAt.get(key) ?? now, now) + this.intervalMs
  }

  private waitFrom(fullAt: number, now: number): number {
    const waitMs = fullAt - now - this.spanMs
    // Sums of fractions are not exact: a microsecond is no wait.
    return waitMs > 1e-3 ? waitMs : 0
  }
}
