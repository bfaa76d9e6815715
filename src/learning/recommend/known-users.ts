// What both recommenders keep of their training: the items of each user, and how popular each item is.
import { requireColumnCount } from '../column-count.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import type { RowBlock } from '../matrix.ts'
import { flag, integer, parameter } from '../parameters.ts'
import type { BothSides } from './interactions.ts'
import { newRankedLists, type RankedLists, rankItems } from './ranked-lists.ts'

/** Items of a list at the most. */
const LIST_LENGTH_MAX = 100

/** Parameters that both have. */
export const listParameters = {
  /** Items of a prediction at the most; metrics at k are of so many places. */
  n_recommendations: parameter(10, integer({ min: 1, max: LIST_LENGTH_MAX })),
  /** Leaves out what training has of the user. */
  exclude_seen: parameter(true, flag),
}

export interface KnownUsers {
  readonly userCount: number
  readonly itemCount: number
  readonly listLength: number
  readonly excludesSeen: boolean
  /** The items of user u stand from seenStarts[u] to seenStarts[u + 1], ascending. */
  readonly seenStarts: Int32Array
  readonly seenItems: Int32Array
  /** Per item, the share of the users who have it. */
  readonly popularity: Float64Array
}

/** Scores of all items for a user, which may be written to; NaN for an item without one. */
export type ScoreItems = (user: number) => Float32Array | Float64Array

export function knownUsersOf(
  { byUser, byItem }: BothSides,
  { n_recommendations, exclude_seen }: { readonly n_recommendations: number; readonly exclude_seen: boolean },
): KnownUsers {
  const userCount = byUser.starts.length - 1
  const itemCount = byItem.starts.length - 1
  const popularity = Float64Array.from(
    { length: itemCount },
    (_, item) => ((byItem.starts[item + 1] as number) - (byItem.starts[item] as number)) / userCount,
  )
  const seen = { seenStarts: byUser.starts, seenItems: byUser.others, popularity }
  return { userCount, itemCount, listLength: n_recommendations, excludesSeen: exclude_seen, ...seen }
}

/**
 * The list of each row's user. A user whom training did not have, or for whom no item has a score, gets the most popular
 * items, with their shares as scores. Rows of the same user are ranked once.
 *
 * x         one column: codes of users; NaN, or what is no code, for one whom training did not have
 * withSeen  lists the user's own items among the others, whatever the parameters say
 * O(users of the rows × items), and what the scores take.
 */
export function recommendRows(known: KnownUsers, x: RowBlock, scoreItems: ScoreItems, withSeen = false): RankedLists {
  requireColumnCount(1, x)
  const lists = newRankedLists(x.rowCount, known.listLength)
  const rowOf = new Map<number, number>()
  for (let row = 0; row < x.rowCount; row++) {
    const value = x.values[row] as number
    const user = Number.isInteger(value) && value >= 0 && value < known.userCount ? value : -1
    const before = rowOf.get(user)
    if (before === undefined) {
      rankUser(known, user, scoreItems, lists, row, withSeen)
      rowOf.set(user, row)
    } else copyList(lists, before, row)
  }
  return lists
}

/** The items of a user, ascending; none of a user whom training did not have. */
export function seenBy({ seenStarts, seenItems, userCount }: KnownUsers, user: number): Int32Array {
  if (!(user >= 0 && user < userCount)) return seenItems.subarray(0, 0)
  return seenItems.subarray(seenStarts[user] as number, seenStarts[user + 1] as number)
}

function rankUser(
  known: KnownUsers,
  user: number,
  scoreItems: ScoreItems,
  lists: RankedLists,
  row: number,
  withSeen: boolean,
): void {
  const seen = seenBy(known, user)
  const areLeftOut = known.excludesSeen && !withSeen
  const rank = (scores: Float32Array | Float64Array): void => {
    if (areLeftOut) for (const item of seen) scores[item] = Number.NaN
    rankItems(scores, lists, row)
  }
  if (seen.length > 0) rank(scoreItems(user))
  if (lists.items[row * lists.length] === -1) rank(known.popularity.slice())
}

function copyList({ length, items, scores }: RankedLists, from: number, to: number): void {
  items.copyWithin(to * length, from * length, (from + 1) * length)
  scores.copyWithin(to * length, from * length, (from + 1) * length)
}

export function knownUsersState(known: KnownUsers): EstimatorState {
  return { ...known }
}

/** Throws StateError where the state holds no known users. O(pairs + items). */
export function restoreKnownUsers(state: EstimatorState): KnownUsers {
  const { userCount, itemCount, listLength, excludesSeen, seenStarts, seenItems, popularity } = state
  if (!isCount(userCount) || !isCount(itemCount)) throw new StateError('recommender: counts')
  if (!isCount(listLength) || listLength > LIST_LENGTH_MAX) throw new StateError('recommender: listLength')
  if (typeof excludesSeen !== 'boolean') throw new StateError('recommender: excludesSeen')
  if (!(seenStarts instanceof Int32Array) || !(seenItems instanceof Int32Array)) {
    throw new StateError('recommender: seen items')
  }
  checkLists(seenStarts, seenItems, userCount, itemCount)
  if (!(popularity instanceof Float64Array) || popularity.length !== itemCount || !popularity.every(isShare)) {
    throw new StateError('recommender: popularity')
  }
  return { userCount, itemCount, listLength, excludesSeen, seenStarts, seenItems, popularity }
}

/** Throws StateError where these are no lists of distinct items, one an entry, in which no item stands out of order. */
export function checkLists(starts: Int32Array, items: Int32Array, count: number, itemCount: number): void {
  const isWhole = starts.length === count + 1 && starts[0] === 0 && starts[count] === items.length
  if (!isWhole) throw new StateError('recommender: lists')
  for (let i = 0; i < count; i++) {
    let before = -1
    if ((starts[i + 1] as number) < (starts[i] as number)) throw new StateError('recommender: lists')
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const item = items[k] as number
      if (!(item > before && item < itemCount)) throw new StateError('recommender: items of a list')
      before = item
    }
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1
}
