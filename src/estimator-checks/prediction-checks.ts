// What every prediction must be, whatever was learned.
import { fitContext } from '../learning/fit-context.ts'
import { toRowBlock } from '../learning/matrix.ts'
import { claimAgreement, outputWidth, predictWith } from './compare.ts'
import { predictOnTeam } from './predict-on-team.ts'
import { fitOn, mapValues, sampleFor } from './samples.ts'
import { claimSoundPredictions } from './sound-predictions.ts'
import { type Check, claim, makeQuick } from './subject.ts'

export const predictionChecks: readonly Check[] = [
  {
    name: 'predictions are finite and of the right shape, far from the fitted rows too',
    async run(subject) {
      const sample = sampleFor(subject)
      const estimator = makeQuick(subject)
      const fitted = await fitOn(estimator, sample)
      claim(fitted.kind === estimator.kind, `a ${estimator.kind} was fitted to a ${fitted.kind}`)
      const columnCount = sample.x.columns.length
      claim(fitted.columnCount === columnCount, `fitted on ${columnCount} columns, it says ${fitted.columnCount}`)
      claimSoundPredictions(fitted, toRowBlock(sample.x), 'fitted rows')
      const far = mapValues(sample, (value, i, j) =>
        sample.x.categoryCounts[j] ? value : (value - 0.5) * 10 ** (i % 9),
      )
      claimSoundPredictions(fitted, toRowBlock(far.x), 'far rows')
      if (estimator.abilities.missing) {
        claimSoundPredictions(fitted, toRowBlock(mapValues(sample, () => Number.NaN).x), 'rows without values')
      }
      claim(
        predictWith(fitted, { rowCount: 0, columnCount, values: new Float64Array() }).length === 0,
        'no rows give an answer',
      )
      return undefined
    },
  },
  {
    name: 'a row alone is predicted as among others',
    async run(subject) {
      const sample = sampleFor(subject, { rows: 600 })
      const fitted = await fitOn(makeQuick(subject), sample)
      const all = predictWith(fitted, toRowBlock(sample.x))
      const width = outputWidth(fitted)
      for (const [start, end] of [
        [0, 1],
        [1, 2],
        [77, 78],
        [599, 600],
        [3, 20],
        [5, 300],
      ] as const) {
        const part = predictWith(fitted, toRowBlock(sample.x, start, end))
        const what = `rows ${start} to ${end - 1} alone and among others`
        claimAgreement(part, all.slice(start * width, end * width), 'exact', what)
      }
      return undefined
    },
  },
  {
    name: 'predicting on a team equals predicting alone',
    async run(subject) {
      const sample = sampleFor(subject, { rows: 500 })
      const fitted = await fitOn(makeQuick(subject), sample)
      const { team } = fitContext()
      const block = toRowBlock(sample.x)
      const spread = await predictOnTeam(fitted, team, block)
      if (spread === undefined) return 'predicts in one thread only'
      claimAgreement(spread, predictWith(fitted, block), 'exact', 'predictions on a team and alone')
      return undefined
    },
  },
  {
    name: 'refuses rows with another number of columns',
    async run(subject) {
      const fitted = await fitOn(makeQuick(subject), sampleFor(subject))
      for (const columnCount of [fitted.columnCount - 1, fitted.columnCount + 1]) {
        const block = { rowCount: 3, columnCount, values: new Float64Array(3 * columnCount) }
        claim(
          throws(() => predictWith(fitted, block)),
          `fitted on ${fitted.columnCount} columns, it predicts rows of ${columnCount}`,
        )
      }
      return undefined
    },
  },
  {
    name: 'importances are positive and sum to 1, or all are 0',
    async run(subject) {
      const fitted = await fitOn(makeQuick(subject), sampleFor(subject))
      const importances = fitted.featureImportances
      if (importances === undefined) return 'has no importances'
      claim(importances.length === 5, `${importances.length} importances for 5 columns`)
      const sum = importances.reduce((a, b) => a + b, 0)
      claim(
        importances.every((value) => value >= 0),
        `importances ${importances.join(', ')}`,
      )
      claim(importances.every((value) => value === 0) || Math.abs(sum - 1) < 1e-9, `importances sum to ${sum}`)
      return undefined
    },
  },
  {
    name: 'the unfitted cannot predict',
    async run(subject) {
      const estimator: object = makeQuick(subject)
      for (const method of ['predict', 'predictProbabilities', 'decisionFunction', 'toState']) {
        claim(!(method in estimator), `the unfitted estimator has ${method}`)
      }
      return undefined
    },
  },
]

function throws(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}
