import t from 'tap'
import { countsOf, phaseOf, planOf, classesOf as tallyOf, unitsOf } from '../../../test/support/experiment-counts.ts'
import { compareSplitF1 } from './compare-f1.ts'
import { type ClassCell, classesOf, f1Influence } from './f1-influence.ts'
import { judge } from './judge.ts'

const CELLS: readonly ClassCell[] = [
  [0, 0, 900],
  [1, 1, 400],
  [2, 2, 150],
  [0, 1, 80],
  [1, 2, 60],
  [2, 0, 40],
  // A truth that the version does not know, and an answer that is none.
  [0, -1, 30],
  [-1, 1, 20],
]

/** Row by row, from the definition. */
function naiveF1(cells: readonly ClassCell[], classes: readonly number[]): number {
  const scores = classes.map((code) => {
    const of = (test: (answer: number, truth: number) => boolean) =>
      cells.reduce((sum, [answer, truth, count]) => sum + (test(answer, truth) ? count : 0), 0)
    const tp = of((answer, truth) => answer === code && truth === code)
    const fp = of((answer, truth) => answer === code && truth !== code)
    const fn = of((answer, truth) => answer !== code && truth === code)
    return (2 * tp) / (2 * tp + fp + fn)
  })
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

t.test('F1 is that of the definition, and unknown classes are wrong and are no class', async (t) => {
  const classes = classesOf(CELLS)
  t.strictSame(classes, [0, 1, 2])
  t.ok(Math.abs((f1Influence(CELLS, classes)?.value ?? 0) - naiveF1(CELLS, classes)) < 1e-12)
})

t.test('a row moves F1 as its influence says, and all of them together not at all', async (t) => {
  const found = f1Influence(CELLS, [0, 1, 2])
  const rows = CELLS.reduce((sum, [, , count]) => sum + count, 0)
  let sum = 0
  CELLS.forEach(([answer, truth, count], i) => {
    const influence = found?.influence(answer, truth) ?? Number.NaN
    sum += count * influence
    const less = CELLS.map((cell, j): ClassCell => (i === j ? [answer, truth, count - 1] : cell))
    const moved = (rows - 1) * ((found?.value ?? 0) - naiveF1(less, [0, 1, 2]))
    t.ok(Math.abs(moved - influence) < 0.01 * Math.max(0.1, Math.abs(influence)), `${answer}, ${truth}`)
  })
  t.ok(Math.abs(sum) < 1e-9)
})

t.test('classes that no row has are left out, and without any there is no F1', async (t) => {
  t.equal(f1Influence([[0, 0, 10]], [0, 1])?.value, 1)
  t.equal(f1Influence([[-1, -1, 10]], [0, 1]), undefined)
  t.equal(f1Influence([], []), undefined)
})

t.test('with a class of fewer than 25 rows in an arm nothing is said', async (t) => {
  const arm = (rare: number) => ({
    kind: 'classes' as const,
    cells: [
      [0, 0, 900],
      [1, 1, 800],
      [0, 1, 100],
      [2, 2, rare],
    ] as const,
  })
  const at = (rare: number) => {
    const phase = phaseOf({ units: [unitsOf(1825), unitsOf(1825)], tallies: [arm(25), arm(rare)] })
    return judge(planOf({ successMetrics: ['f1_macro'] }), countsOf([phase]), {
      ...{ assignmentEnded: false, labelsAwaited: false },
    }).metrics[0]
  }
  t.match(at(24), { state: 'insufficient_data', interval: null, treatment: Number })
  t.match(at(25), { state: 'ok', difference: 0 })
})

t.test('of phases with their own splits it is compared in each', async (t) => {
  const easy = phaseOf({ shares: [0.9, 0.1], tallies: [tallyOf(8550, 450), tallyOf(950, 50)] })
  const hard = phaseOf({ phase: 2, tallies: [tallyOf(3500, 1500), tallyOf(3500, 1500)] })
  const found = compareSplitF1([easy, hard], 1, { alpha: 0.05, sharpestAt: 2000 })
  t.ok((found.control ?? 0) - (found.treatment ?? 1) > 0.1, 'all rows together would tell a difference')
  t.ok(Math.abs(found.difference ?? 1) < 1e-12)
})
