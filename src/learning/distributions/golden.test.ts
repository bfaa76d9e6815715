import { readFileSync } from 'node:fs'
import t from 'tap'
import { chiSquareCritical, chiSquareTail, noncentralChiSquareTail } from './chi-square.ts'
import { binomialDensity, poissonDensity } from './densities.ts'
import { fCritical, fTail } from './f-distribution.ts'
import { incompleteBeta } from './incomplete-beta.ts'
import { lowerGamma, upperGamma } from './incomplete-gamma.ts'
import { kolmogorovTail, smirnovTail } from './kolmogorov.ts'
import { logGamma } from './log-gamma.ts'
import { normalTail } from './normal.ts'
import { digamma, trigamma } from './polygamma.ts'

/** Arguments, then the value. */
type Points = readonly (readonly number[])[]

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'))
const golden: Readonly<Record<string, Points>> = read('distributions.json')
const special: Readonly<Record<string, readonly Readonly<Record<string, number>>[]>> =
  read('drift.json').special_functions

const DIGITS = 1e-12

/** Largest relative error over points; an expected value below 1e-290 has lost digits itself. */
function worstOf(points: Points, of: (...at: number[]) => number, absolute = 0): [error: number, at: string] {
  let worst: [number, string] = [0, 'no points']
  for (const point of points) {
    const at = point.slice(0, -1)
    const expected = point.at(-1) as number
    const found = of(...at)
    const error =
      found === expected || Math.abs(found - expected) <= absolute
        ? 0
        : Math.abs(found - expected) / Math.max(Math.abs(expected), 1e-290)
    if (error > worst[0] || Number.isNaN(error)) worst = [error, `${at}: ${found}, expected ${expected}`]
  }
  return worst
}

const FUNCTIONS: readonly [name: string, of: (...at: number[]) => number, absolute?: number][] = [
  ['log_gamma', logGamma],
  ['digamma', digamma],
  ['trigamma', trigamma],
  ['lower_gamma', lowerGamma],
  ['upper_gamma', upperGamma],
  ['incomplete_beta', (a = 0, b = 0, x = 0) => incompleteBeta(x, 1 - x, a, b)],
  ['chi_square_tail', chiSquareTail],
  ['chi_square_critical', chiSquareCritical],
  ['noncentral_chi_square_tail', noncentralChiSquareTail],
  ['f_tail', fTail],
  ['f_critical', fCritical],
  ['kolmogorov_tail', kolmogorovTail],
  // Of a small tail both are 1 less the rest.
  ['smirnov_tail', smirnovTail, 1e-12],
  ['normal_tail', normalTail],
  ['poisson', (k = 0, mean = 0) => (k === 0 ? Math.exp(-mean) : poissonDensity(k, mean))],
]

t.test("distributions are SciPy's to 12 digits", async (t) => {
  for (const [name, of, absolute] of FUNCTIONS) {
    const points = golden[name] as Points
    t.ok(points.length > 0, name)
    const [error, at] = worstOf(points, of, absolute)
    t.ok(error <= DIGITS, `${name}: ${error} at ${at}`)
  }
})

t.test("the special functions of the drift reference are SciPy's to 12 digits", async (t) => {
  const points = (name: string, of: (row: Readonly<Record<string, number>>) => number, absolute = 0) => {
    const rows = special[name] ?? []
    t.ok(rows.length > 0, name)
    const [error, at] = worstOf(
      rows.map((row, i) => [i, row['value'] as number]),
      (i) => of(rows[i as number] as Readonly<Record<string, number>>),
      absolute,
    )
    t.ok(error <= DIGITS, `${name}: ${error} at ${at}`)
  }
  points('chi2_sf', ({ x = 0, df = 0 }) => chiSquareTail(x, df))
  points('chi2_isf', ({ p = 0, df = 0 }) => chiSquareCritical(p, df))
  points('f_isf', ({ p = 0, d1 = 0, d2 = 0 }) => fCritical(p, d1, d2))
  points('kolmogorov_sf', ({ x = 0 }) => kolmogorovTail(x))
  points('kstwo_sf', ({ d = 0, n = 0 }) => smirnovTail(d, n), 1e-12)
  points('norm_sf', ({ x = 0 }) => normalTail(x))
  points('ncx2_power', ({ B = 0, alpha = 0, n_eff = 0, psi = 0 }) =>
    noncentralChiSquareTail(chiSquareCritical(alpha, B - 1), B - 1, n_eff * psi),
  )
})

t.test('densities of binomials make those of draws without putting back', async (t) => {
  const [error, at] = worstOf(golden['hypergeometric'] as Points, (k = 0, all = 0, marked = 0, drawn = 0) => {
    const share = drawn / all
    const density = (count: number, of: number) => binomialDensity(count, of - count, share, 1 - share)
    return (density(k, marked) * density(drawn - k, all - marked)) / density(drawn, all)
  })
  t.ok(error <= DIGITS, `${error} at ${at}`)
})

t.test('what is beyond the ends has the value of the ends', async (t) => {
  t.same([chiSquareTail(-1, 3), chiSquareTail(0, 3), fTail(-1, 2, 3), fTail(0, 2, 3)], [1, 1, 1, 1])
  t.same([kolmogorovTail(0), smirnovTail(0, 9), smirnovTail(1, 9)], [1, 1, 0])
  t.same([incompleteBeta(0, 1, 2, 3), incompleteBeta(1, 0, 2, 3)], [0, 1])
  t.same([lowerGamma(2, 0), upperGamma(2, 0)], [0, 1])
})
