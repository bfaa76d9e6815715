import t from 'tap'
import { readTestSet } from '../../../test/support/tree-data.ts'
import type { ClassTarget, FittedClassifier } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, toRowBlock } from '../matrix.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { RandomForestClassifier } from './random-forest-classifier.ts'
import { RandomForestRegressor } from './random-forest-regressor.ts'

function part({ rowCount, columns, categoryCounts }: Matrix, start: number, end = rowCount): Matrix {
  return { rowCount: end - start, columns: columns.map((column) => column.slice(start, end)), categoryCounts }
}

function errorOf(fitted: FittedClassifier, x: Matrix, codes: Int32Array): number {
  const p = fitted.predictProbabilities(toRowBlock(x))
  let wrong = 0
  for (let i = 0; i < x.rowCount; i++) {
    const row = p.subarray(i * fitted.classCount, (i + 1) * fitted.classCount)
    if (row.indexOf(Math.max(...row)) !== codes[i]) wrong++
  }
  return wrong / x.rowCount
}

t.test(
  'letters and breast cancer are learnt as well as by Breiman 2001, and the model of letters is small',
  async (t) => {
    const { x, classes } = readTestSet('letter')
    const train: ClassTarget = { codes: classes.codes.slice(0, 16_000), classNames: classes.classNames }
    const team = new ThreadTeam(2)
    const fitted = await new RandomForestClassifier({ random_state: 1, n_estimators: 50 }).fit(
      part(x, 0, 16_000),
      train,
      fitContext({ team }),
    )
    const error = errorOf(fitted, part(x, 16_000), classes.codes.slice(16_000))
    t.ok(error < 0.046, `letters: ${error}`)
    const bytes = Object.values(fitted.toState()).reduce<number>(
      (sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 8),
      0,
    )
    t.ok(bytes < 1_000_000, `${bytes} bytes`)
    await team.close()
    const cancer = readTestSet('breast_cancer')
    const bagged = await new RandomForestClassifier({ oob_score: true }).fit(cancer.x, cancer.classes, fitContext())
    t.ok(bagged.oobScore! > 0.945, `breast cancer: ${bagged.oobScore}`)
    const diabetes = readTestSet('diabetes')
    const regressed = await new RandomForestRegressor({ oob_score: true }).fit(
      diabetes.x,
      diabetes.numbers,
      fitContext(),
    )
    t.ok(regressed.oobScore! > 0.36 && regressed.oobScore! < 0.5, `diabetes: ${regressed.oobScore}`)
  },
)
