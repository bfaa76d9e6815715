// Sums over the categories of a node, and an order of them that one cut divides.
import type { Random } from '../random.ts'
import { LevelEvidence } from './level-evidence.ts'

/** More are sorted by the library. */
const INSERTED_MAX = 64

/**
 * The categories of one node in one column. Reused from node to node; what it takes goes by the categories that the node
 * has, not by those of the column.
 */
export class CategoryOrder {
  /** By code, the highest standing for missing values: its place in the order, where the node has it. */
  readonly ranks: Int32Array
  /** By code, what orders the categories that the node has. */
  readonly scores: Float64Array
  /** By code, 1 + its place in the order of appearance; 0 where the node has none. */
  private readonly places: Int32Array
  /** By place: the code, the sums of its rows' weights and of their squares. */
  private readonly present: Int32Array
  private readonly weights: Float64Array
  private readonly squaredWeights: Float64Array
  private presentCount = 0
  private readonly evidence = new LevelEvidence()

  constructor(categoryCountMax: number) {
    const length = categoryCountMax + 1
    this.ranks = new Int32Array(length)
    this.scores = new Float64Array(length)
    this.places = new Int32Array(length)
    this.present = new Int32Array(length)
    this.weights = new Float64Array(length)
    this.squaredWeights = new Float64Array(length)
  }

  /** Categories that were added. */
  get count(): number {
    return this.presentCount
  }

  clear(): void {
    for (let p = 0; p < this.presentCount; p++) this.places[this.present[p]!] = 0
    this.presentCount = 0
  }

  /** Adds a row to its category; gives the category's place, from 0. Its score starts at 0. */
  add(code: number, weight: number): number {
    let place = this.places[code]! - 1
    if (place < 0) {
      place = this.presentCount++
      this.places[code] = place + 1
      this.present[place] = code
      this.weights[place] = 0
      this.squaredWeights[place] = 0
      this.scores[code] = 0
    }
    this.weights[place]! += weight
    this.squaredWeights[place]! += weight * weight
    return place
  }

  /**
   * The share of what the categories tell that is more than chance. squaredSums: by place, the squared sums of the
   * weighted targets of a category; of the node its weight, the same, and its sum of squares around the mean.
   */
  share(squaredSums: (place: number, code: number) => number, weight: number, whole: number, squares: number): number {
    const { evidence, present, weights, squaredWeights } = this
    evidence.clear()
    let ownSquares = 0
    for (let p = 0; p < this.presentCount; p++) {
      evidence.add(weights[p]!, squaredWeights[p]!, squaredSums(p, present[p]!))
      ownSquares += squaredWeights[p]!
    }
    return evidence.share(weight, ownSquares, whole, squares)
  }

  /** Divides the scores, which are sums, by the weights. */
  takeMeans(): void {
    for (let p = 0; p < this.presentCount; p++) this.scores[this.present[p]!]! /= this.weights[p]!
  }

  /** Takes scores by place. */
  takeScores(scores: Float64Array): void {
    for (let p = 0; p < this.presentCount; p++) this.scores[this.present[p]!] = scores[p]!
  }

  /** Places the categories by their scores, equal ones by code. No more is to be added. */
  placeByScore(): void {
    const { scores, ranks, present } = this
    const count = this.presentCount
    const order = present.subarray(0, count)
    const isAfter = (a: number, b: number): boolean => scores[a]! > scores[b]! || (scores[a] === scores[b] && a > b)
    if (count > INSERTED_MAX) order.sort((a, b) => scores[a]! - scores[b]! || a - b)
    else {
      for (let i = 1; i < count; i++) {
        const c = order[i]!
        let at = i
        for (; at > 0 && isAfter(order[at - 1]!, c); at--) order[at] = order[at - 1]!
        order[at] = c
      }
    }
    for (let rank = 0; rank < count; rank++) ranks[order[rank]!] = rank
  }

  /** Places each at 0 or 1 at random: every division with both sides taken is equally likely. */
  placeAtRandom(random: Random): void {
    this.present.subarray(0, this.presentCount).sort()
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
}
