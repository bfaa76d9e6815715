// The leaves that could still be split, the best of them on top.
import type { Split } from './split.ts'

export interface Candidate {
  readonly node: number
  readonly start: number
  readonly rowCount: number
  readonly depth: number
  readonly improvement: number
  readonly split: (Split & { readonly setStart: number }) | null
}

/** A binary heap by improvement; of equals, the node that was added first. */
export class Frontier {
  private readonly heap: Candidate[] = []

  get size(): number {
    return this.heap.length
  }

  push(candidate: Candidate): void {
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
  pop(): Candidate {
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

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.improvement > b.improvement || (a.improvement === b.improvement && a.node < b.node)
}
