// One experiment with numbers for answers, without a difference between the arms.
import { judge } from '../../src/experiments/statistics/judge.ts'
import { Random } from '../../src/learning/random.ts'
import { countsOf, planOf, RUNNING, unitsOf } from './plans.ts'

export interface ErrorScenario {
  readonly metric: 'mean_absolute_error' | 'mean_squared_error'
  readonly isPaired: boolean
  /** Errors with heavy tails: normal ones to the power of 3. */
  readonly isHeavy: boolean
  readonly minSampleSize: number
  readonly rows: number
  readonly lookEvery: number
}

/** Rows at which a winner was declared; undefined if none was, as there is none. */
export function simulateErrors(scenario: ErrorScenario, seed: number): number | undefined {
  const { metric, isPaired, rows, lookEvery } = scenario
  const random = new Random(seed)
  const plan = planOf(metric, isPaired, { minSampleSize: scenario.minSampleSize })
  const arms = [0, 1].map(() => ({ kind: 'numbers' as const, count: 0, absolute: 0, squares: 0, fourths: 0 }))
  const pair = { kind: 'numbers' as const, count: 0, absolute: 0, absoluteSquares: 0, squares: 0, squareSquares: 0 }
  const draw = (): number => {
    const normal = random.normal()
    return scenario.isHeavy ? normal ** 3 : normal
  }
  for (let row = 1; row <= rows; row++) {
    if (isPaired) {
      // Half of the error is the row's, and both arms make it.
      const common = random.normal()
      const [a, b] = [Math.abs(common + draw()), Math.abs(common + draw())]
      pair.count++
      pair.absolute += b - a
      pair.absoluteSquares += (b - a) ** 2
      pair.squares += b * b - a * a
      pair.squareSquares += (b * b - a * a) ** 2
    } else {
      const arm = arms[random.uniform() < 0.5 ? 0 : 1]!
      const error = draw()
      arm.count++
      arm.absolute += Math.abs(error)
      arm.squares += error ** 2
      arm.fourths += error ** 4
    }
    if (row % lookEvery !== 0) continue
    const units = isPaired
      ? [unitsOf(row, { labelled: row }), unitsOf(0)]
      : arms.map(({ count }) => unitsOf(count, { labelled: count }))
    const counts = countsOf({ units, tallies: arms, pairs: [undefined, isPaired ? pair : undefined] })
    const { decision } = judge(plan, counts, RUNNING)
    if (decision && decision.outcome !== 'invalid') return row
  }
  return undefined
}
