// The leaves that could still be split, the best of them on top.

export interface Candidate<Split> {
  readonly node: number
  readonly start: number
  readonly rowCount: number
  readonly depth: number
  readonly decrease: number
  readonly split: Split
}

/** A binary heap by decrease of impurity; of equals, the node that was added first. */
export class Frontier<Split> {
  private readonly heap: Candidate<Split>[] = []

  get size(): number {
    return this.heap.length
  }

  push(candidate: Candidate<Split>): void {
    const { heap } = this
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(candidate, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = candidate
  }

  /** The best. The heap must not be empty. */
  pop(): Candidate<Split> {
    const { heap } = this
    const best = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return best
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return best
  }
}

function isBefore(a: Candidate<unknown>, b: Candidate<unknown>): boolean {
  return a.decrease > b.decrease || (a.decrease === b.decrease && a.node < b.node)
}
