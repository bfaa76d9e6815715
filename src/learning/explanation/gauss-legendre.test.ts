import t from 'tap'
import { gaussLegendre } from './gauss-legendre.ts'

t.test('powers up to 2 · count − 1 are integrated exactly', async (t) => {
  for (const count of [1, 2, 3, 4, 7, 16, 63, 64, 65, 200]) {
    const { points, weights } = gaussLegendre(count)
    let farthest = 0
    for (let power = 0; power < 2 * count; power++) {
      const integral = points.reduce((sum, point, k) => sum + (weights[k] as number) * point ** power, 0)
      farthest = Math.max(farthest, Math.abs(integral * (power + 1) - 1))
    }
    t.ok(farthest < 1e-12, `${count} points: ${farthest}`)
    t.ok(points.every((point, k) => point > (k === 0 ? 0 : (points[k - 1] as number)) && point < 1))
  }
})

t.test('points and weights are those of numpy.polynomial.legendre.leggauss(3), from −1 … 1 to 0 … 1', async (t) => {
  const { points, weights } = gaussLegendre(3)
  const expected = [0.5 - 0.7745966692414834 / 2, 0.5, 0.5 + 0.7745966692414834 / 2]
  t.ok(points.every((point, k) => Math.abs(point - (expected[k] as number)) < 1e-15))
  t.ok(weights.every((weight, k) => Math.abs(weight - [5 / 18, 8 / 18, 5 / 18][k]!) < 1e-15))
})
