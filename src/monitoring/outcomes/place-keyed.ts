// What becomes of the rows of a request that name their predictions by key: which prediction each is of, or that it waits.
import type { Transaction } from '../../database/pool.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { turn } from '../../learning/fit-context.ts'
import { DAY_MS } from '../../model/times.ts'
import { keyDigestsOf } from '../log/key-digests.ts'
import { findWaiting, type KeyedOutcome } from './keyed-outcomes-table.ts'
import type { GivenOutcome, OutcomeKind } from './outcome.ts'
import { AHEAD_MS, type FoundPrediction, findPredictionsOfKeys } from './predictions-of-keys.ts'
import { LOGGED_WITHIN_MS } from './settling.ts'

export interface PlacedKeyed {
  /** By row, those whose prediction is known. */
  readonly found: ReadonlyMap<number, FoundPrediction>
  /** By row, what became of the others. */
  readonly kinds: ReadonlyMap<number, OutcomeKind>
  /** To be kept until their predictions are known. */
  readonly waiting: readonly (KeyedOutcome & { readonly tryAt: number })[]
  /** How many wait, with those that did so already. */
  readonly waitingCount: number
}

export interface KeyedPlace {
  readonly keys: KeyRing
  readonly keyColumn: string | undefined
  readonly rate: number
  readonly keptDays: number
  readonly now: number
}

/** Keys whose digests are made before others have their turn. */
const DIGESTS_AT_ONCE = 2_000

interface Asking extends GivenOutcome {
  readonly keyDigests: readonly string[]
  readonly time: number
}

/**
 * A prediction that was made just now may still be on its way into the log: of an outcome of the last two minutes it is not known yet
 * which prediction of the key is the newest, so it waits. Throws what the database throws. O(rows · days of the log).
 */
export async function placeKeyed(
  tx: Transaction,
  projectId: number,
  given: readonly GivenOutcome[],
  { keys, keyColumn, rate, keptDays, now }: KeyedPlace,
): Promise<PlacedKeyed> {
  const asking: Asking[] = []
  for (const one of given) {
    if (one.key === undefined || keyColumn === undefined) continue
    if (asking.length % DIGESTS_AT_ONCE === DIGESTS_AT_ONCE - 1) await turn()
    asking.push({ ...one, keyDigests: keyDigestsOf(keys, keyColumn, one.key), time: one.occurredAt ?? now })
  }
  const since = now - keptDays * DAY_MS
  // Where nothing is logged, nothing is on its way either.
  const settled = asking.filter(({ time }) => rate === 0 || time <= now - LOGGED_WITHIN_MS)
  const predictions = await findPredictionsOfKeys(tx, projectId, settled, { from: since, to: now + AHEAD_MS })
  const found = new Map(settled.flatMap(({ row }, i) => (predictions[i] === undefined ? [] : [[row, predictions[i]]])))
  const kinds = new Map<number, OutcomeKind>()
  const left: Asking[] = []
  for (const one of asking) {
    if (found.has(one.row)) continue
    if (one.time < since) kinds.set(one.row, 'expired')
    else if (rate === 0) kinds.set(one.row, 'not_sampled')
    else left.push(one)
  }
  const waiting = await addWaiting(tx, projectId, left, { now, kinds })
  return { found, kinds, waiting, waitingCount: left.length }
}

/** What of them is new. Two of one key and time are two reports of one thing: of those the last counts. */
async function addWaiting(
  tx: Transaction,
  projectId: number,
  left: readonly Asking[],
  { now, kinds }: { readonly now: number; readonly kinds: Map<number, OutcomeKind> },
): Promise<PlacedKeyed['waiting']> {
  const timed = left.filter(({ occurredAt }) => occurredAt != null)
  const asked = timed.map(({ row: place, keyDigests, time }) => ({ place, digest: keyDigests[0] as string, time }))
  const before = await findWaiting(tx, projectId, asked)
  const said = new Map<string, string>()
  const waiting: PlacedKeyed['waiting'][number][] = []
  for (const one of left) {
    const { row, keyDigests, outcome, number, occurredAt, time } = one
    const place = `${keyDigests[0]} ${time}`
    const present = occurredAt == null ? undefined : (said.get(place) ?? before.get(row))
    said.set(place, outcome)
    kinds.set(row, present === undefined ? 'added' : present === outcome ? 'unchanged' : 'corrected')
    if (present === outcome) continue
    const tryAt = time + LOGGED_WITHIN_MS
    waiting.push({ keyDigests, outcome, number, occurredAt, receivedAt: now, tryAt })
  }
  return waiting
}
