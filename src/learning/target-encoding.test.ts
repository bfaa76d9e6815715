// Target encoding against scikit-learn's TargetEncoder (test/golden/generate_target_encoding.py).
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { drawFolds } from './model-selection/draw-folds.ts'
import { crossEncode, encodeLevels, type Smoothing } from './target-encoding.ts'

interface Golden {
  readonly scikit_learn: string
  readonly cases: readonly {
    readonly name: string
    readonly smooth: Smoothing
    readonly categories: readonly (string | null)[]
    readonly x: readonly (string | null)[]
    readonly y: readonly (string | number)[]
    readonly classes: readonly string[] | null
    readonly folds: readonly number[]
    readonly crossed: readonly (readonly number[])[]
    readonly transformed: readonly (readonly number[])[]
    readonly unknown: readonly number[]
  }[]
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../test/golden/target_encoding.json', import.meta.url), 'utf8'),
)

function close(t: Test, found: Float64Array, expected: readonly number[], name: string): void {
  const off = expected.findIndex(
    (value, i) => !(Math.abs((found[i] as number) - value) <= 1e-12 * Math.max(1, Math.abs(value))),
  )
  t.equal(off, -1, `${name}: ${found[off]} for ${expected[off]} at ${off}`)
}

for (const { name, smooth, categories, x, y, classes, folds, crossed, transformed, unknown } of golden.cases) {
  t.test(`${name}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const levels = categories.filter((level) => level !== null)
    const codes = Float64Array.from(x, (value) => (value === null ? Number.NaN : levels.indexOf(value)))
    const targets =
      classes === null
        ? [y]
        : (classes.length === 2 ? classes.slice(1) : classes).map((of) => y.map((value) => (value === of ? 1 : 0)))
    targets.forEach((target, k) => {
      const values = Float64Array.from(target as number[])
      const encodings = encodeLevels(codes, levels.length, values, smooth)
      const encoded = codes.map((code) => encodings[Number.isNaN(code) ? levels.length : code] as number)
      close(t, encoded, transformed[k] as number[], `transform, target ${k}`)
      const inFolds = Uint8Array.from(folds)
      close(t, crossEncode(codes, levels.length, values, smooth, inFolds, 5), crossed[k] as number[], `target ${k}`)
      if (!categories.includes(null)) t.ok(Math.abs((encodings.at(-1) as number) - (unknown[k] as number)) <= 1e-12)
    })
  })
}

t.test('no row, and targets at the ends of what a double holds', async (t) => {
  t.same([...encodeLevels(new Float64Array(), 2, new Float64Array(), 'auto')], [0, 0, 0])
  const large = encodeLevels(Float64Array.of(0, 0, 1, 1), 2, Float64Array.of(1e308, 1e308, 1e308, 1e308), 'auto')
  t.same([...large], [1e308, 1e308, 1e308])
})

t.test('folds are of equal size, also within classes, and the same for the same seed', async (t) => {
  const codes = Int32Array.from({ length: 103 }, (_, i) => (i % 10 === 0 ? 2 : i % 2))
  const classes = { codes, classNames: ['a', 'b', 'c'] }
  for (const seed of [0, 1, 4294967295]) {
    const folds = drawFolds(103, 5, seed, classes)
    t.same(drawFolds(103, 5, seed, classes), folds)
    const sizes = (of: (row: number) => boolean) =>
      [0, 1, 2, 3, 4].map((fold) => folds.filter((of_, row) => of_ === fold && of(row)).length)
    for (const rows of [() => true, ...[0, 1, 2].map((c) => (row: number) => codes[row] === c)]) {
      const counts = sizes(rows)
      t.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join())
    }
  }
  t.not(`${drawFolds(103, 5, 1)}`, `${drawFolds(103, 5, 2)}`)
})
