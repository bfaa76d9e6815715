import t from 'tap'
import { minimize, type Objective } from './lbfgs.ts'

/** Half of the squared distance from (3, −2), with a gradient that `spoil` may change. */
function distance(spoil: (gradient: Float64Array) => void): Objective {
  return {
    evaluate(point, gradient) {
      const [a, b] = [(point[0] as number) - 3, (point[1] as number) + 2]
      gradient.set([a, b])
      spoil(gradient)
      return (a * a + b * b) / 2
    },
    precondition() {},
    async beforeIteration() {},
    sharpen: async () => false,
  }
}

t.test('finds the minimum of a quadratic function', async (t) => {
  const found = await minimize(
    distance(() => {}),
    new Float64Array(2),
    { maxIterations: 50, tolerance: 1e-9 },
  )
  t.ok(found.isConverged)
  t.ok(Math.hypot((found.point[0] as number) - 3, (found.point[1] as number) + 2) < 1e-9)
})

t.test('a gradient with a component that is not a number has not converged, wherever it stands', async (t) => {
  for (const place of [0, 1]) {
    const spoiled = distance((gradient) => {
      gradient[place] = Number.NaN
    })
    // The other component is 0 at the start.
    const found = await minimize(spoiled, Float64Array.of(3, -2), { maxIterations: 50, tolerance: 1e-4 })
    t.equal(found.isConverged, false)
    t.ok(Number.isNaN(found.gradientSize))
  }
})
