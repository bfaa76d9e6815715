// Data at the edge of what can be learned from: it must be borne, or refused in words.
import { DataError, ParameterError } from '../learning/errors.ts'
import type { FittedEstimator } from '../learning/estimator.ts'
import { toRowBlock } from '../learning/matrix.ts'
import { predictWith } from './compare.ts'
import { fitOn, mapValues, type Sample, sampleFor, takeColumns, takeRows, targetsFor } from './samples.ts'
import { claimSoundPredictions } from './sound-predictions.ts'
import { type Check, ContractError, claim, makeQuick, type Subject } from './subject.ts'

const HUGE = 1e300
const TINY = 1e-300

export const edgeChecks: readonly Check[] = [
  {
    name: 'bears one row, or refuses it in words',
    run: (subject) => bearsOrRefuses(subject, takeRows(sampleFor(subject), Int32Array.of(5))),
  },
  {
    name: 'bears two equal rows, or refuses them in words',
    run: (subject) => bearsOrRefuses(subject, takeRows(sampleFor(subject), Int32Array.of(5, 5))),
  },
  {
    name: 'one class is predicted with probability 1',
    async run(subject) {
      const sample = sampleFor(subject)
      const classes = { codes: new Int32Array(sample.x.rowCount), classNames: ['only'] }
      const estimator = makeQuick(subject)
      if (estimator.kind !== 'classifier') return 'not a classifier'
      const fitted = await fitOn(estimator, { ...sample, classes })
      const output = predictWith(fitted, toRowBlock(sample.x))
      claim(output.length === sample.x.rowCount, `${output.length} probabilities for one class`)
      claim(
        output.every((p) => p === 1),
        `the only class has probability ${output.find((p) => p !== 1)}`,
      )
      return undefined
    },
  },
  {
    name: 'bears a class without rows',
    run: (subject) => {
      const sample = sampleFor(subject)
      const codes = sample.classes.codes.map((code) => (code === 1 ? 2 : code))
      return bears(subject, { ...sample, classes: { ...sample.classes, codes } })
    },
  },
  {
    name: 'bears a target that is constant',
    run: (subject) => {
      const sample = sampleFor(subject)
      return bears(subject, {
        ...sample,
        values: targetsFor(
          makeQuick(subject),
          sample.values.map(() => 7),
        ),
      })
    },
  },
  {
    name: 'bears constant columns',
    async run(subject) {
      const sample = sampleFor(subject)
      await bears(
        subject,
        mapValues(sample, (value, _, j) => (j === 0 ? 1 : value)),
      )
      return bearsOrRefuses(
        subject,
        mapValues(sample, () => 1),
      )
    },
  },
  {
    name: 'bears missing values, or refuses them in words',
    async run(subject) {
      const sample = sampleFor(subject)
      const last = sample.x.columns.length - 1
      const oneColumn = mapValues(sample, (value, _, j) => (j === Math.min(2, last) ? Number.NaN : value))
      const all = mapValues(sample, () => Number.NaN)
      if (makeQuick(subject).abilities.missing) {
        await bears(subject, oneColumn)
        return bearsOrRefuses(subject, all)
      }
      const oneValue = mapValues(sample, (value, i, j) => (i === 9 && j === Math.min(1, last) ? Number.NaN : value))
      for (const missing of [oneValue, oneColumn, all]) {
        const refusal = await bearsOrRefuses(subject, missing)
        claim(refusal !== undefined, 'its abilities say that it takes no missing values, but it fitted some')
      }
      return undefined
    },
  },
  {
    name: 'bears 1,000 columns',
    run: (subject) => bears(subject, sampleFor(subject, { rows: 40, columns: 1000 })),
  },
  {
    name: 'bears zero columns, or refuses them in words',
    run: (subject) => bearsOrRefuses(subject, takeColumns(sampleFor(subject), [])),
  },
  {
    name: 'refuses zero rows in words',
    async run(subject) {
      const none = takeRows(sampleFor(subject), new Int32Array())
      claim((await bearsOrRefuses(subject, none)) !== undefined, 'it fitted a table without rows')
      return undefined
    },
  },
  {
    name: 'bears extreme values, or refuses them in words',
    async run(subject) {
      if (subject.traits?.takes === 'categories') return 'takes no numbers'
      const sample = sampleFor(subject)
      const extremes = [HUGE, -HUGE, TINY, -TINY, 0, -0, 1]
      const counts = sample.x.categoryCounts
      const everywhere = mapValues(sample, (value, i, j) =>
        counts[j] ? value : (extremes[(i * 7 + j * 3 + (i >> 3)) % extremes.length] as number),
      )
      const remarks = [await bearsOrRefuses(subject, everywhere)]
      for (const extreme of [HUGE, TINY]) {
        const scaled = mapValues(sample, (value, _, j) => (j === 0 ? value * extreme : value))
        remarks.push(await bearsOrRefuses(subject, scaled))
      }
      return remarks.find((remark) => remark !== undefined)
    },
  },
  {
    name: 'bears extreme targets, or refuses them in words',
    async run(subject) {
      const sample = sampleFor(subject)
      const estimator = makeQuick(subject)
      if (estimator.kind !== 'regressor') return 'has no numeric target'
      const remarks: (string | undefined)[] = []
      for (const extreme of [HUGE, TINY]) {
        const values = targetsFor(
          estimator,
          sample.values.map((_, i) => (i % 3 === 0 ? extreme : extreme / 2)),
        )
        remarks.push(await bearsOrRefuses(subject, { ...sample, values }))
      }
      return remarks.find((remark) => remark !== undefined)
    },
  },
  {
    name: 'bears weights that are zero for all rows but one, or refuses them in words',
    run: (subject) => {
      const sample = sampleFor(subject)
      return bearsOrRefuses(subject, { ...sample, weight: sample.values.map((_, i) => (i === 4 ? 1 : 0)) })
    },
  },
  {
    name: 'bears many categories',
    async run(subject) {
      const sample = sampleFor(subject, { rows: 1500, columns: 3 })
      if (!makeQuick(subject).abilities.categories) return 'takes no categories'
      const columns = sample.x.columns.map((column, j) => (j === 2 ? column.map((_, i) => (i * 37) % 700) : column))
      const categoryCounts = sample.x.categoryCounts.map((count, j) => (j === 2 ? 700 : count))
      return bears(subject, { ...sample, x: { ...sample.x, columns, categoryCounts } })
    },
  },
]

/** Fits, and claims sound predictions of the fitted rows. */
async function bears(subject: Subject, sample: Sample): Promise<undefined> {
  const refusal = await bearsOrRefuses(subject, sample)
  if (refusal !== undefined) throw new ContractError(`it must learn from these rows, but ${refusal}`)
  return undefined
}

/** The words of the refusal, when the fit ends with DataError or ParameterError; undefined when it is borne. */
async function bearsOrRefuses(subject: Subject, sample: Sample): Promise<string | undefined> {
  let fitted: FittedEstimator
  try {
    fitted = await fitOn(makeQuick(subject), sample)
  } catch (error) {
    const isRefusal = error instanceof DataError || error instanceof ParameterError
    if (!isRefusal) throw new ContractError('the fit neither succeeds nor refuses with DataError', { cause: error })
    claim(error.message.length > 10, `the refusal says only "${error.message}"`)
    return `refuses: ${error.message}`
  }
  claimSoundPredictions(fitted, toRowBlock(sample.x), 'fitted rows')
  return undefined
}
