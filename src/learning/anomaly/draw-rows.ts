// Which rows and columns a tree sees.
import type { Random } from '../random.ts'

/** `count` different integers below `bound`, in no order. O(count) expected, by Floyd's method (Bentley 1987). */
export function drawDifferent(bound: number, count: number, random: Random): Int32Array {
  const drawn = new Set<number>()
  for (let top = bound - count; top < bound; top++) {
    const candidate = random.integer(top + 1)
    drawn.add(drawn.has(candidate) ? top : candidate)
  }
  return Int32Array.from(drawn)
}

/** The different ones among `count` integers below `bound`, each drawn from all of them. */
export function drawWithReplacement(bound: number, count: number, random: Random): Int32Array {
  const drawn = new Set<number>()
  for (let k = 0; k < count; k++) drawn.add(random.integer(bound))
  return Int32Array.from(drawn)
}

/**
 * Like the two above, but in proportion to weights, one after another.
 *
 * cumulative  the sums of the weights up to and including each row; all weights above 0
 * O(count · log rows) expected; where few rows hold nearly all the weight, one sort of all rows.
 */
export function drawByWeight(
  cumulative: Float64Array,
  count: number,
  isWithReplacement: boolean,
  random: Random,
): Int32Array {
  const drawn = new Set<number>()
  const total = cumulative[cumulative.length - 1] as number
  const triesMax = isWithReplacement ? count : 20 * count
  for (let tries = 0; tries < triesMax && drawn.size < count; tries++) {
    drawn.add(firstAbove(cumulative, random.uniform() * total))
  }
  if (isWithReplacement || drawn.size === count) return Int32Array.from(drawn)
  // The rest in one go: the least of −ln(u) ÷ weight are a draw one after another (Efraimidis and Spirakis 2006).
  const keys = new Float64Array(cumulative.length)
  for (let i = 0; i < keys.length; i++) {
    const weight = (cumulative[i] as number) - (i === 0 ? 0 : (cumulative[i - 1] as number))
    keys[i] = drawn.has(i) ? Number.POSITIVE_INFINITY : -Math.log(1 - random.uniform()) / weight
  }
  const last = keys.slice().sort()[count - drawn.size - 1] as number
  for (let i = 0; i < keys.length && drawn.size < count; i++) if ((keys[i] as number) <= last) drawn.add(i)
  return Int32Array.from(drawn)
}

function firstAbove(cumulative: Float64Array, value: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cumulative[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return low
}
