import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { type Matrix, toRowBlock } from '../matrix.ts'
import type { FitWarning } from '../warnings.ts'
import { GradientBoostingClassifier } from './gradient-boosting-classifier.ts'

/** Each level has so many rows, and decides their class. */
async function fitOnLevels(levelCount: number, rowsEach: number, missingCount = 0) {
  const rowCount = levelCount * rowsEach + missingCount
  const codes = Float64Array.from({ length: rowCount }, (_, i) =>
    i < levelCount * rowsEach ? i % levelCount : Number.NaN,
  )
  const x: Matrix = { rowCount, columns: [codes.map(() => 1), codes], categoryCounts: [0, levelCount] }
  const classes = Int32Array.from(codes, (code) => (code * 7) % 2)
  const warned: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warned.push(warning) })
  const fitted = await new GradientBoostingClassifier().fit(x, { codes: classes, classNames: ['a', 'b'] }, context)
  const probabilities = fitted.predictProbabilities(toRowBlock(x))
  const isSecond = (i: number): boolean => (probabilities[2 * i + 1] as number) > (probabilities[2 * i] as number)
  const rightCount = classes.filter((code, i) => code === Number(isSecond(i))).length
  return { warned, accuracy: rightCount / rowCount }
}

// HistGradientBoostingClassifier of scikit-learn 1.9.1 has the same accuracies: categories of fewer than ten rows go one way.
t.test('levels of fewer than ten rows each count for nothing, and that is told', async (t) => {
  for (const [levelCount, rowsEach] of [
    [40, 5],
    [80, 9],
  ] as const) {
    const { warned, accuracy } = await fitOnLevels(levelCount, rowsEach)
    t.equal(accuracy, 0.5)
    t.match(warned, [
      { code: 'LEVELS_POOLED', column: 1, message: `each of its ${levelCount} levels has fewer than 10` },
    ])
  }
})

t.test(
  'nothing is told where one level has the rows, or missing values have, or there are few rows at all',
  async (t) => {
    const enough = await fitOnLevels(40, 12)
    t.same(enough.warned, [])
    t.equal(enough.accuracy, 1)
    t.same((await fitOnLevels(40, 5, 10)).warned, [])
    t.same((await fitOnLevels(13, 3)).warned, [])
  },
)
