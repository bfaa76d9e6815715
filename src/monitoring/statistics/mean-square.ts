// Random draws of a chi-square variable over its degrees of freedom.
import type { Random } from '../../learning/random.ts'

/**
 * By the method of Marsaglia and Tsang (2000, "A simple method for generating gamma variables"). O(1).
 * degreesOfFreedom: from 2 on.
 */
export function drawMeanSquare(random: Random, degreesOfFreedom: number): number {
  const shape = degreesOfFreedom / 2
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const z = random.normal()
    const v = (1 + c * z) ** 3
    if (v <= 0) continue
    if (Math.log(1 - random.uniform()) < (z * z) / 2 + d - d * v + d * Math.log(v)) return (d * v) / shape
  }
}
