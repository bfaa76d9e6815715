// What the neighbours of a query say about it.
import { distanceOf } from './minkowski.ts'
import type { NearestHeap } from './nearest-heap.ts'

/** Plain data that threads share. */
export interface Ballot {
  /** Per fitted row, the code of its class, or its value when classCount is 0. */
  readonly targets: Float64Array
  /** Classes to vote for; 0 for the mean of values. */
  readonly classCount: number
  /** Per fitted row, above 0 and at most 1; null when all are 1. */
  readonly weights: Float64Array | null
  /** A vote counts in inverse proportion to the distance; where some are at distance 0, only those count. */
  readonly byDistance: boolean
  /** The answer to a query without neighbours: what all fitted rows say together. */
  readonly overall: Float64Array
}

/** Numbers in one answer. */
export function answerWidth({ classCount }: Pick<Ballot, 'classCount'>): number {
  return Math.max(1, classCount)
}

/**
 * Writes the answer to one query, classCount shares that sum to 1 or one mean, into answers[at …].
 * heap: sorted, nearest first. Votes are added in that order, so that the sums are always the same.
 */
export function castVotes(ballot: Ballot, heap: NearestHeap, p: number, answers: Float64Array, at: number): void {
  const { targets, classCount, weights, byDistance, overall } = ballot
  const width = answerWidth(ballot)
  for (let c = 0; c < width; c++) answers[at + c] = heap.size === 0 ? (overall[c] as number) : 0
  if (heap.size === 0) return
  const nearest = distanceOf(heap.distances[0] as number, p)
  let total = 0
  for (let i = 0; i < heap.size; i++) {
    const row = heap.rows[i] as number
    let vote = weights === null ? 1 : (weights[row] as number)
    if (byDistance) vote *= closeness(nearest, distanceOf(heap.distances[i] as number, p))
    total += vote
    const target = targets[row] as number
    if (classCount > 0) answers[at + target] = (answers[at + target] as number) + vote
    else answers[at] = (answers[at] as number) + vote * target
  }
  for (let c = 0; c < width; c++) answers[at + c] = (answers[at + c] as number) / total
}

/** 1 ÷ distance, in units of the nearest: the same shares as scikit-learn's, and no overflow. */
function closeness(nearest: number, distance: number): number {
  if (nearest === 0) return distance === 0 ? 1 : 0
  return nearest === distance ? 1 : nearest / distance
}

/** The shares of the classes, or the mean, over all fitted rows. */
export function overallAnswer({ targets, classCount, weights }: Omit<Ballot, 'overall'>): Float64Array {
  const answer = new Float64Array(answerWidth({ classCount }))
  let total = 0
  for (let i = 0; i < targets.length; i++) {
    const weight = weights === null ? 1 : (weights[i] as number)
    const target = targets[i] as number
    total += weight
    if (classCount > 0) answer[target] = (answer[target] as number) + weight
    else answer[0] = (answer[0] as number) + (weight / total) * (target - (answer[0] as number))
  }
  return classCount > 0 ? answer.map((sum) => sum / total) : answer
}
