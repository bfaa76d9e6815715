// Orders the categories of a node so that one cut along the order divides them.
import type { Random } from '../random.ts'

/** More are sorted by the library. */
const INSERTED_MAX = 64

/** The categories of one node in one column, and their places in the order. Reused from node to node. */
export class CategoryOrder {
  /** By code, the highest standing for missing values: its place in the order, where the node has it. */
  readonly ranks: Int32Array
  /** To be filled by code with what orders them; NaN where the node has none. */
  readonly scores: Float64Array
  private readonly present: Int32Array
  private presentCount = 0

  constructor(categoryCountMax: number) {
    this.ranks = new Int32Array(categoryCountMax + 1)
    this.scores = new Float64Array(categoryCountMax + 1)
    this.present = new Int32Array(categoryCountMax + 1)
  }

  /**
   * Places the categories by their scores, equal ones by code; `codeCount` with that of missing values. Gives their
   * number.
   */
  placeByScore(codeCount: number): number {
    const { scores, ranks, present } = this
    this.findPresent(codeCount)
    const count = this.presentCount
    if (count > INSERTED_MAX) present.subarray(0, count).sort((a, b) => scores[a]! - scores[b]! || a - b)
    else {
      for (let i = 1; i < count; i++) {
        const c = present[i]!
        let at = i
        for (; at > 0 && scores[present[at - 1]!]! > scores[c]!; at--) present[at] = present[at - 1]!
        present[at] = c
      }
    }
    for (let rank = 0; rank < count; rank++) ranks[present[rank]!] = rank
    return count
  }

  /** Places each at 0 or 1 at random: every division with both sides taken is equally likely. */
  placeAtRandom(codeCount: number, random: Random): void {
    this.findPresent(codeCount)
    let ones = 0
    while (ones === 0 || ones === this.presentCount) {
      ones = 0
      for (let i = 0; i < this.presentCount; i++) {
        const side = random.integer(2)
        this.ranks[this.present[i]!] = side
        ones += side
      }
    }
  }

  /** Writes 1 for each category placed up to `low`, and for those that the node has not seen if `othersLeft` is 1. */
  writeSides(goesLeft: Uint8Array, codeCount: number, low: number, othersLeft: number): void {
    goesLeft.fill(othersLeft, 0, codeCount)
    for (let i = 0; i < this.presentCount; i++) {
      const c = this.present[i]!
      goesLeft[c] = Number(this.ranks[c]! <= low)
    }
  }

  private findPresent(codeCount: number): void {
    let count = 0
    for (let c = 0; c < codeCount; c++) if (!Number.isNaN(this.scores[c]!)) this.present[count++] = c
    this.presentCount = count
  }
}
