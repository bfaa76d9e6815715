// The nearest rows met so far in one search.

/**
 * The `capacity` first of all rows offered, in the order of distance and, where distances are equal, of row index:
 * a binary heap with the last of them at its root. What it ends with does not depend on the order of the offers.
 */
export class NearestHeap {
  readonly capacity: number
  /** Filled up to `size`; ascending after `sort`. */
  readonly distances: Float64Array
  readonly rows: Uint32Array
  size = 0
  /** A row farther than this is no longer of interest; one at exactly this distance may be. */
  limit = Number.POSITIVE_INFINITY

  constructor(capacity: number) {
    this.capacity = capacity
    this.distances = new Float64Array(capacity)
    this.rows = new Uint32Array(capacity)
  }

  clear(): void {
    this.size = 0
    this.limit = Number.POSITIVE_INFINITY
  }

  /** O(log capacity). The distance is not NaN. */
  offer(distance: number, row: number): void {
    if (this.size < this.capacity) {
      this.siftUp(this.size++, distance, row)
      if (this.size === this.capacity) this.limit = this.distances[0] as number
    } else if (distance < this.limit || (distance === this.limit && row < (this.rows[0] as number))) {
      this.siftDown(this.size, distance, row)
      this.limit = this.distances[0] as number
    }
  }

  /** Puts the nearest first. The heap takes no more offers until it is cleared. O(size log size). */
  sort(): void {
    const { distances, rows } = this
    for (let last = this.size - 1; last > 0; last--) {
      const distance = distances[last] as number
      const row = rows[last] as number
      distances[last] = distances[0] as number
      rows[last] = rows[0] as number
      this.siftDown(last, distance, row)
    }
  }

  private siftUp(from: number, distance: number, row: number): void {
    const { distances, rows } = this
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = distances[parent] as number
      if (above < distance || (above === distance && (rows[parent] as number) < row)) {
        distances[at] = above
        rows[at] = rows[parent] as number
        at = parent
      } else break
    }
    distances[at] = distance
    rows[at] = row
  }

  /** Puts the pair in the place of the root of the heap of the first `size` places. */
  private siftDown(size: number, distance: number, row: number): void {
    const { distances, rows } = this
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      const right = child + 1
      if (right < size) {
        const l = distances[child] as number
        const r = distances[right] as number
        if (r > l || (r === l && (rows[right] as number) > (rows[child] as number))) child = right
      }
      const below = distances[child] as number
      if (below < distance || (below === distance && (rows[child] as number) < row)) break
      distances[at] = below
      rows[at] = rows[child] as number
      at = child
    }
    distances[at] = distance
    rows[at] = row
  }
}
