// Orders the categories of a node so that one cut along the order divides them.
import type { Random } from '../random.ts'

/** The categories of one node in one column, and their places in the order. Reused from node to node. */
export class CategoryOrder {
  /** By code, the highest standing for missing values: its place in the order, where the node has it. */
  readonly ranks: Int32Array
  /** To be filled by code with what orders them; NaN where the node has none. */
  readonly scores: Float64Array
  private present: number[] = []

  constructor(categoryCountMax: number) {
    this.ranks = new Int32Array(categoryCountMax + 1)
    this.scores = new Float64Array(categoryCountMax + 1)
  }

  /** Places the categories by their scores, equal ones by code; `codeCount` with that of missing values. Gives their number. */
  placeByScore(codeCount: number): number {
    const { scores, ranks } = this
    const present = this.findPresent(codeCount).sort((a, b) => scores[a]! - scores[b]! || a - b)
    for (let rank = 0; rank < present.length; rank++) ranks[present[rank]!] = rank
    return present.length
  }

  /** Places each at 0 or 1 at random: every division with both sides taken is equally likely. */
  placeAtRandom(codeCount: number, random: Random): void {
    const present = this.findPresent(codeCount)
    let ones = 0
    while (ones === 0 || ones === present.length) {
      ones = 0
      for (const c of present) {
        this.ranks[c] = random.integer(2)
        ones += this.ranks[c]!
      }
    }
  }

  /** Writes 1 for each category placed up to `low`, and for those that the node has not seen if `othersLeft` is 1. */
  writeSides(goesLeft: Uint8Array, codeCount: number, low: number, othersLeft: number): void {
    goesLeft.fill(othersLeft, 0, codeCount)
    for (const c of this.present) goesLeft[c] = Number(this.ranks[c]! <= low)
  }

  private findPresent(codeCount: number): number[] {
    this.present = []
    for (let c = 0; c < codeCount; c++) if (!Number.isNaN(this.scores[c]!)) this.present.push(c)
    return this.present
  }
}
