import t from 'tap'
import { DataError } from './errors.ts'
import type { ClassTarget } from './estimator.ts'
import { Random } from './random.ts'
import { stratifiedSplit } from './stratified-split.ts'

/** Rows of the given class sizes, in a random order. */
function classesOf(sizes: readonly number[], seed = 0): ClassTarget {
  const codes = Int32Array.from(sizes.flatMap((size, c) => Array<number>(size).fill(c)))
  new Random(seed).shuffle(codes)
  return { codes, classNames: sizes.map((_, c) => `class ${c}`) }
}

function sizesIn(rows: Int32Array, { codes, classNames }: ClassTarget): number[] {
  const sizes = classNames.map(() => 0)
  for (const row of rows) sizes[codes[row] as number]!++
  return sizes
}

t.test('holds out the fraction of each class, by the largest remainder', async (t) => {
  const even = classesOf([50, 50, 50])
  t.same(sizesIn(stratifiedSplit(150, 0.2, 1, even).validation, even), [10, 10, 10])
  const uneven = classesOf([357, 212])
  // 455 to train on: 285.47 and 169.53.
  t.same(sizesIn(stratifiedSplit(569, 0.2, 1, uneven).training, uneven), [285, 170])
})

t.test('every row is in one part, and the parts ascend', async (t) => {
  for (const classes of [undefined, classesOf([30, 3, 1, 10])]) {
    const { training, validation } = stratifiedSplit(44, 0.3, 5, classes)
    t.equal(validation.length, 14)
    t.same(
      [...training, ...validation].sort((a, b) => a - b),
      [...Array(44).keys()],
    )
    for (const part of [training, validation])
      t.same(
        [...part],
        [...part].sort((a, b) => a - b),
      )
  }
})

t.test('the seed decides which rows', async (t) => {
  const classes = classesOf([40, 20])
  t.same(stratifiedSplit(60, 0.25, 9, classes), stratifiedSplit(60, 0.25, 9, classes))
  t.notSame(stratifiedSplit(60, 0.25, 9, classes), stratifiedSplit(60, 0.25, 10, classes))
  t.notSame(stratifiedSplit(60, 0.25, 9), stratifiedSplit(60, 0.25, 10))
})

t.test('ties between equal classes fall on each of them in turn', async (t) => {
  const classes = classesOf([10, 10, 10])
  const heldOut = [0, 0, 0]
  for (let seed = 0; seed < 300; seed++) {
    const sizes = sizesIn(stratifiedSplit(30, 1 / 30, seed, classes).validation, classes)
    heldOut[sizes.indexOf(1)]!++
  }
  t.ok(
    heldOut.every((count) => count > 60),
    `${heldOut}`,
  )
})

t.test('every row is held out equally often', async (t) => {
  const counts = new Array<number>(20).fill(0)
  for (let seed = 0; seed < 2000; seed++) for (const row of stratifiedSplit(20, 0.25, seed).validation) counts[row]!++
  // 500 expected, standard deviation 19.
  t.ok(
    counts.every((count) => count > 400 && count < 600),
    `${counts}`,
  )
})

t.test('every class has a row to train on where there is room', async (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const rare = classesOf([90, 2, 1, 1, 2], seed)
    const { training } = stratifiedSplit(96, 0.5, seed, rare)
    t.ok(sizesIn(training, rare).every((size) => size > 0))
    const crowded = classesOf([2, 2, 2, 1, 1, 1, 1], seed)
    const { training: few } = stratifiedSplit(10, 0.6, seed, crowded)
    t.ok(
      sizesIn(few, crowded)
        .slice(0, 3)
        .every((size) => size > 0),
    )
  }
})

t.test('a class name without rows is no class', async (t) => {
  const classes = classesOf([6, 0, 6])
  t.same(sizesIn(stratifiedSplit(12, 0.5, 0, classes).training, classes), [3, 0, 3])
})

t.test('refuses too few rows', async (t) => {
  t.throws(() => stratifiedSplit(1, 0.2, 0), DataError)
  t.throws(() => stratifiedSplit(0, 0.2, 0), DataError)
  t.throws(() => stratifiedSplit(3, 0.9, 0), DataError)
  t.throws(() => stratifiedSplit(8, 0.75, 0, classesOf([2, 2, 2, 2])), /2 rows to train on are too few for 4 classes/)
  t.equal(stratifiedSplit(2, 0.2, 0).training.length, 1)
})
