// Random draws without putting back.
import { binomialDensity } from '../../learning/distributions/densities.ts'
import type { Random } from '../../learning/random.ts'

/** So few marked things are faster drawn one by one. */
const ONE_BY_ONE_MAX = 10

/**
 * How many of `drawn` things are marked, of `marked` marked and `others` other ones. By inversion from the mode outwards:
 * exact, O(standard deviation) steps on average. All are whole numbers from 0 on, drawn at most marked + others.
 */
export function drawHypergeometric(random: Random, marked: number, others: number, drawn: number): number {
  const least = Math.max(0, drawn - others)
  const most = Math.min(marked, drawn)
  if (least === most) return least
  if (marked <= ONE_BY_ONE_MAX) return drawOneByOne(random, marked, others, drawn)
  const mode = Math.min(most, Math.max(least, Math.floor(((drawn + 1) * (marked + 1)) / (marked + others + 2))))
  const share = drawn / (marked + others)
  const density =
    (binomialDensity(mode, marked - mode, share, 1 - share) *
      binomialDensity(drawn - mode, others - drawn + mode, share, 1 - share)) /
    binomialDensity(drawn, marked + others - drawn, share, 1 - share)
  let left = random.uniform() - density
  let [low, high] = [mode, mode]
  let [lowDensity, highDensity] = [density, density]
  while (left >= 0 && (low > least || high < most)) {
    if (high < most) {
      highDensity *= ((marked - high) * (drawn - high)) / ((high + 1) * (others - drawn + high + 1))
      high += 1
      left -= highDensity
      if (left < 0) return high
    }
    if (low > least) {
      lowDensity *= (low * (others - drawn + low)) / ((marked - low + 1) * (drawn - low + 1))
      low -= 1
      left -= lowDensity
      if (left < 0) return low
    }
  }
  // Here also with what rounding leaves over, which belongs to no value.
  return mode
}

/** Whether each marked thing is among the drawn ones, one after the other. O(marked). */
function drawOneByOne(random: Random, marked: number, others: number, drawn: number): number {
  let [left, places] = [marked + others, drawn]
  for (let i = 0; i < marked; i++) {
    if (random.uniform() * left < places) places -= 1
    left -= 1
  }
  return drawn - places
}
