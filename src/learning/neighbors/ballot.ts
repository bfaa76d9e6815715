// What the neighbours of a query say about it.
import { distanceOf } from './minkowski.ts'

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
}

/** The nearest rows of a query, nearest first, with reduced distances; none when it has a missing value. */
export interface Nearest {
  readonly size: number
  readonly rows: Uint32Array
  readonly distances: Float64Array
}

/** Numbers in one answer. */
export function answerWidth({ classCount }: Pick<Ballot, 'classCount'>): number {
  return Math.max(1, classCount)
}

/**
 * Writes the answer to one query, classCount shares that sum to 1 or one mean, into answers[at …], which are zeros.
 * Votes are added from the nearest on, so that the sums are always the same.
 */
export function castVotes(ballot: Ballot, nearest: Nearest, p: number, answers: Float64Array, at: number): void {
  const { targets, classCount } = ballot
  const { size, rows } = nearest
  let total = 0
  for (let i = 0; i < size; i++) {
    const row = rows[i] as number
    const vote = voteOf(ballot, nearest, i, p)
    total += vote
    const target = targets[row] as number
    if (classCount > 0) answers[at + target] = (answers[at + target] as number) + vote
    else answers[at] = (answers[at] as number) + vote * target
  }
  for (let k = at, end = at + answerWidth(ballot); k < end; k++) {
    if (answers[k] !== 0) answers[k] = (answers[k] as number) / total
  }
  if (classCount > 0 || Number.isFinite(answers[at])) return
  // The sum of values near the largest number overflows, their mean does not.
  answers[at] = 0
  for (let i = 0; i < size; i++) {
    const share = voteOf(ballot, nearest, i, p) / total
    answers[at] = (answers[at] as number) + share * (targets[rows[i] as number] as number)
  }
}

/** Of the i-th nearest row. */
function voteOf({ weights, byDistance }: Ballot, { rows, distances }: Nearest, i: number, p: number): number {
  const weight = weights === null ? 1 : (weights[rows[i] as number] as number)
  return byDistance ? weight * closeness(distances[0] as number, distances[i] as number, p) : weight
}

/** 1 ÷ distance, in units of the nearest: the same shares as scikit-learn's, and no overflow. Of reduced distances. */
function closeness(nearest: number, reduced: number, p: number): number {
  if (nearest === 0) return reduced === 0 ? 1 : 0
  if (nearest === reduced) return 1
  // The roots of a low order overflow.
  return p < 1 ? (nearest / reduced) ** (1 / p) : distanceOf(nearest, p) / distanceOf(reduced, p)
}

/** The answer to a query without neighbours: the shares of the classes, or the mean, over all fitted rows. O(rows). */
export function overallAnswer({ targets, classCount, weights }: Ballot): Float64Array {
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
