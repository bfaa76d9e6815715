// Which arm a key belongs to: a pure function of the seed, the shares and the key, the same in every worker and for ever.
import type { ExperimentPlan, Phase } from './experiment.ts'

/** From a share of the keys to another, the end not included; both in [0, 1]. */
export type BucketRange = readonly [start: number, end: number]

/** Buckets are numbers n ÷ 10,000. */
const BUCKETS = 10_000
/** A smaller one would have no bucket, or one that is much more than it. */
export const SHARE_MIN = 1 / BUCKETS
/** Shares that add up to so nearly 1 cover every key. */
const SHARE_EPSILON = 1e-9

/**
 * The place of the arm that a key belongs to; undefined of one that is not enrolled. seed: of the phase, any text. key: any
 * text, compared unit by unit of UTF-16, so upper case, spaces and composed letters count. Some 300 ns for 20 characters.
 */
export function assign({ seed, shares }: Pick<Phase, 'seed' | 'shares'>, key: string): number | undefined {
  return armAt(rangesOf(shares), bucketOf(seed, key))
}

/**
 * Where a key falls: 0, 0.0001, … 0.9999. GrowthBook's hash, version 2: FNV-1a of 32 bits over the UTF-16 code units of the seed
 * with the key, and once more over the decimal digits of that. Source: the specification of the GrowthBook SDKs, 0.8.0;
 * Fowler, Noll, Vo, draft-eastlake-fnv. O(length).
 */
export function bucketOf(seed: string, key: string): number {
  const first = fnv32a(FNV_OFFSET, seed)
  return ((fnv32a(FNV_OFFSET, String(fnv32a(first, key) >>> 0)) >>> 0) % BUCKETS) / BUCKETS
}

/**
 * The keys of each arm. An arm's range starts where it would if all keys were enrolled, and is as wide as its share: whoever
 * enrols more or fewer keys by the same factor moves nobody to another arm. shares: each at least 0, in sum in (0, 1]. Source:
 * getBucketRanges of the GrowthBook SDKs. O(arms).
 */
export function rangesOf(shares: readonly number[]): BucketRange[] {
  const sum = shares.reduce((all, share) => all + share, 0)
  const isForAll = sum >= 1 - SHARE_EPSILON
  const ranges: BucketRange[] = []
  let start = 0
  for (let arm = 0; arm < shares.length; arm++) {
    const share = shares[arm] as number
    const next = start + share / (isForAll ? 1 : sum)
    // No key falls between two ranges, or behind the last, because of rounding.
    const end = !isForAll ? start + share : arm === shares.length - 1 ? 1 : next
    ranges.push([start, end])
    start = next
  }
  return ranges
}

/**
 * The share of the keys that each arm draws: what `shares` come to in whole buckets. They differ by a bucket at the most, which is
 * much of a small share. O(arms).
 */
export function drawnShares(shares: readonly number[]): number[] {
  return rangesOf(shares).map(([start, end]) => (firstBucketFrom(end) - firstBucketFrom(start)) / BUCKETS)
}

/** The first n with n ÷ 10,000 ≥ at, as armAt compares them. */
function firstBucketFrom(at: number): number {
  let bucket = Math.max(0, Math.floor(at * BUCKETS) - 1)
  while (bucket < BUCKETS && bucket / BUCKETS < at) bucket++
  return bucket
}

/** The place of the range that a bucket is in. */
export function armAt(ranges: readonly BucketRange[], bucket: number): number | undefined {
  for (let arm = 0; arm < ranges.length; arm++) {
    const [start, end] = ranges[arm] as BucketRange
    if (bucket >= start && bucket < end) return arm
  }
  return undefined
}

/** Where the other arms only predict beside the control, that answers every key that is enrolled. */
export function answeringArm({ mode }: Pick<ExperimentPlan, 'mode'>, drawn: number): number {
  return mode === 'shadow' ? CONTROL : drawn
}

const CONTROL = 0

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Goes on from the state `hash`; 32 bits, signed. */
function fnv32a(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return hash
}
