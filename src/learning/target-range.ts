// The numbers that a regressor can learn, where it cannot learn all: counts, shares, what is above zero.

export interface TargetRange {
  /** The least. */
  readonly min?: number
  /** The largest. */
  readonly max?: number
  /** Every target is larger than this. */
  readonly above?: number
  /** Every target is smaller than this. */
  readonly below?: number
  /** Whole numbers only. */
  readonly areIntegers?: true
}

export function isInRange(value: number, { min, max, above, below, areIntegers }: TargetRange): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (areIntegers !== true || Number.isInteger(value))
  )
}

/** Such as `an integer from 0`, `a number above 0 and below 1`. */
export function describeRange({ min, max, above, below, areIntegers }: TargetRange): string {
  const what = areIntegers ? 'an integer' : 'a number'
  if (min !== undefined && max !== undefined) return `${what} from ${min} to ${max}`
  const bounds = [
    ...[min === undefined ? '' : `of at least ${min}`, above === undefined ? '' : `above ${above}`],
    ...[max === undefined ? '' : `of at most ${max}`, below === undefined ? '' : `below ${below}`],
  ].filter((bound) => bound !== '')
  return bounds.length === 0 ? what : `${what} ${bounds.join(' and ')}`
}

/**
 * Made-up numbers moved, and where they must be squeezed, into the range; as they are where all are in it already.
 * O(values).
 */
export function intoRange(values: Float64Array, range: TargetRange): Float64Array {
  if (values.every((value) => isInRange(value, range))) return values
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const [low, high] = endsFor(range, most - least)
  const scale = most === least ? 0 : Math.min(1, (high - low) / (most - least))
  return values.map((value) => {
    const moved = Math.min(low + (value - least) * scale, high)
    return range.areIntegers ? Math.round(moved) : moved
  })
}

/** The ends of an interval within the range, of the width of the values where there is room. */
function endsFor({ min, max, above, below, areIntegers }: TargetRange, width: number): [number, number] {
  const lowest = Math.max(min ?? Number.NEGATIVE_INFINITY, above ?? Number.NEGATIVE_INFINITY)
  const highest = Math.min(max ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY)
  const room = highest - lowest
  // Off an end that is not of the range itself.
  const margin = areIntegers ? 1 : Math.min(1, room / 100)
  const low = lowest === above ? lowest + margin : lowest
  const high = highest === below ? highest - margin : highest
  const inward = areIntegers ? ([Math.ceil(low), Math.floor(high)] as const) : ([low, high] as const)
  if (Number.isFinite(inward[0])) return [inward[0], inward[1]]
  if (Number.isFinite(inward[1])) return [inward[1] - width, inward[1]]
  return [0, Number.POSITIVE_INFINITY]
}
