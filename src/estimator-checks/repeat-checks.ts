// What must not change between fits: the input, the estimator, and the answer for a seed or a number of threads.
import { fitContext } from '../learning/fit-context.ts'
import { toRowBlock } from '../learning/matrix.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { claimAgreement, claimSameState, predictWith } from './compare.ts'
import { predictOnTeam } from './predict-on-team.ts'
import { fitOn, type Sample, sampleFor } from './samples.ts'
import { type Check, claim, makeQuick } from './subject.ts'

export const repeatChecks: readonly Check[] = [
  {
    name: 'fit and predict leave their input alone',
    async run(subject) {
      const sample = frozen({ ...sampleFor(subject), weight: new Float64Array(120).fill(2) })
      const before = bytesOf(sample)
      const fitted = await fitOn(makeQuick(subject), sample)
      claim(bytesOf(sample) === before, 'fit wrote to its input')
      const block = Object.freeze(toRowBlock(sample.x))
      const values = block.values.slice()
      predictWith(fitted, block)
      claimAgreement(block.values, values, 'exact', 'the rows before and after predict')
      return undefined
    },
  },
  {
    name: 'a fitted estimator does not change when its input or its output is written to',
    async run(subject) {
      const sample = sampleFor(subject)
      const block = toRowBlock(sample.x)
      const fitted = await fitOn(makeQuick(subject), sample)
      const before = predictWith(fitted, block)
      const kept = before.slice()
      for (const column of sample.x.columns) column.fill(0)
      sample.values.fill(0)
      sample.classes.codes.fill(0)
      before.fill(0)
      claimAgreement(predictWith(fitted, block), kept, 'exact', 'predictions before and after')
      return undefined
    },
  },
  {
    name: 'takes columns in shared memory',
    async run(subject) {
      const sample = sampleFor(subject)
      const columns = sample.x.columns.map((column) => {
        const shared = new Float64Array(new SharedArrayBuffer(column.byteLength))
        shared.set(column)
        return shared
      })
      const fitted = await fitOn(makeQuick(subject), { ...sample, x: { ...sample.x, columns } })
      claimSameState(fitted, await fitOn(makeQuick(subject), sample), 'shared columns give another state')
      return undefined
    },
  },
  {
    name: 'refitting forgets',
    async run(subject) {
      const [first, second] = [sampleFor(subject, { seed: 3, columns: 7 }), sampleFor(subject)]
      const estimator = makeQuick(subject)
      const earlier = await fitOn(estimator, first)
      const before = predictWith(earlier, toRowBlock(first.x))
      const later = await fitOn(estimator, second)
      claimSameState(later, await fitOn(makeQuick(subject), second), 'a second fit differs from one by a new estimator')
      claimAgreement(predictWith(earlier, toRowBlock(first.x)), before, 'exact', 'the first fit after the second')
      return undefined
    },
  },
  {
    name: 'a seed gives the same model again, and null takes the seed of the fit',
    async run(subject) {
      const sample = sampleFor(subject)
      const fitWith = (given: object, seed: number) =>
        fitOn(makeQuick(subject, { ...given }), sample, fitContext({ seed }))
      claimSameState(await fitWith({}, 11), await fitWith({}, 11), 'the same seed of the fit gives another state')
      if (!('random_state' in subject.parameters)) return 'has no random_state'
      claimSameState(
        await fitWith({ random_state: 11 }, 1),
        await fitWith({ random_state: 11 }, 2),
        'with a random_state, the seed of the fit still matters',
      )
      const block = toRowBlock(sample.x)
      claimAgreement(
        predictWith(await fitWith({ random_state: null }, 11), block),
        predictWith(await fitWith({ random_state: 11 }, 2), block),
        'exact',
        'predictions by random_state 11 and by null with seed 11',
      )
      return undefined
    },
  },
  {
    name: 'one, two and three threads give the same bytes',
    async run(subject) {
      const sample = sampleFor(subject, { rows: subject.traits?.threadRows ?? 3000, columns: 8 })
      const block = toRowBlock(sample.x, 0, Math.min(sample.x.rowCount, 2000))
      const alone = await fitOn(makeQuick(subject), sample)
      const expected = predictWith(alone, block)
      for (const threadCount of [2, 3]) {
        const team = new ThreadTeam(threadCount)
        try {
          const fitted = await fitOn(makeQuick(subject), sample, fitContext({ team }))
          claimSameState(alone, fitted, `${threadCount} threads give another state`)
          const predicted = await predictOnTeam(fitted, team, block)
          if (predicted) claimAgreement(predicted, expected, 'exact', `predictions on ${threadCount} threads and alone`)
        } finally {
          await team.close()
        }
      }
      return undefined
    },
  },
]

/** Objects and lists frozen; the values of typed arrays cannot be, hence the comparison of bytes. */
function frozen(sample: Sample): Sample {
  Object.freeze(sample.x.columns)
  Object.freeze(sample.x.categoryCounts)
  Object.freeze(sample.classes.classNames)
  for (const part of [sample.x, sample.classes]) Object.freeze(part)
  return Object.freeze(sample)
}

/** All bytes of the sample as text, to be compared. */
function bytesOf({ x, classes, values, weight }: Sample): string {
  const arrays = [...x.columns, classes.codes, values, weight ?? new Float64Array()]
  return arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength).join()).join(';')
}
