// What should not matter to a fit: the order of rows and of columns, and the ways to say how much a row counts.
import { toRowBlock } from '../learning/matrix.ts'
import { claimAgreement, predictWith } from './compare.ts'
import { fitOn, type Sample, sampleFor, shuffled, takeColumns, takeRows } from './samples.ts'
import { agreementOf, type Check, claim, type Given, makeQuick, type Subject } from './subject.ts'

export const orderChecks: readonly Check[] = [
  {
    name: 'rows in another order give the same predictions',
    run: (subject) =>
      compareFits(subject, 'rowOrder', 'predictions by rows in two orders', (sample) => [
        sample,
        takeRows(sample, shuffled(sample.x.rowCount)),
      ]),
  },
  {
    name: 'columns in another order give the same predictions and importances',
    async run(subject) {
      const { agreement, given } = agreementOf(subject.traits?.columnOrder)
      if (agreement === 'none') return 'not promised'
      const sample = sampleFor(subject)
      const order = [...shuffled(sample.x.columns.length)]
      const reordered = takeColumns(sample, order)
      const a = await fitOn(makeQuick(subject, given), sample)
      const b = await fitOn(makeQuick(subject, given), reordered)
      const what = 'by columns in two orders'
      claimAgreement(
        predictWith(a, toRowBlock(sample.x)),
        predictWith(b, toRowBlock(reordered.x)),
        agreement,
        `predictions ${what}`,
      )
      claim(
        (a.featureImportances === undefined) === (b.featureImportances === undefined),
        'importances come and go with the order of columns',
      )
      if (a.featureImportances && b.featureImportances) {
        const expected = order.map((j) => a.featureImportances?.[j] as number)
        claimAgreement(b.featureImportances, expected, agreement, `importances ${what}`)
      }
      return undefined
    },
  },
  {
    name: 'all weights times a constant change nothing',
    run: (subject) =>
      compareFits(subject, 'weightScale', 'predictions by weights and by their multiples', (sample, agreement) => {
        const weight = someWeights(sample)
        // A power of two scales without rounding.
        const factor = agreement === 'exact' ? 4 : 3
        return [
          { ...sample, weight },
          { ...sample, weight: weight.map((w) => w * factor) },
        ]
      }),
  },
  {
    name: 'equal weights change nothing',
    run: (subject) =>
      compareFits(subject, 'equalWeights', 'predictions without weights and with weights of 1', (sample) => [
        sample,
        { ...sample, weight: new Float64Array(sample.x.rowCount).fill(1) },
      ]),
  },
  {
    name: 'integer weights count as repeated rows',
    run: (subject) =>
      compareFits(subject, 'repeatedRows', 'predictions by weights and by repeated rows', (sample) => {
        const weight = someWeights(sample)
        const repeated = [...weight].flatMap((w, i) => Array<number>(w).fill(i))
        return [{ ...sample, weight }, takeRows(sample, Int32Array.from(repeated))]
      }),
  },
  {
    name: 'rows of weight zero count as absent',
    run: (subject) =>
      compareFits(subject, 'zeroWeights', 'predictions by zero weights and without those rows', (sample) => {
        const weight = Float64Array.from(sample.values, (_, i) => (i % 4 === 3 ? 0 : 1))
        const kept = [...weight.keys()].filter((i) => weight[i] !== 0)
        return [{ ...sample, weight }, takeRows(sample, Int32Array.from(kept))]
      }),
  },
]

type TraitName = 'rowOrder' | 'weightScale' | 'equalWeights' | 'repeatedRows' | 'zeroWeights'

/** Fits the two samples that `pair` makes of one, and claims that they predict the same for its rows. */
async function compareFits(
  subject: Subject,
  trait: TraitName,
  what: string,
  pair: (sample: Sample, agreement: 'exact' | 'close') => readonly [Sample, Sample],
): Promise<string | undefined> {
  const { agreement, given }: { agreement: string; given: Given } = agreementOf(subject.traits?.[trait])
  if (agreement !== 'exact' && agreement !== 'close') return 'not promised'
  const sample = sampleFor(subject)
  const block = toRowBlock(sample.x)
  const [a, b] = pair(sample, agreement)
  const first = await fitOn(makeQuick(subject, given), a)
  const second = await fitOn(makeQuick(subject, given), b)
  claimAgreement(predictWith(first, block), predictWith(second, block), agreement, what)
  return undefined
}

/** Weights 1, 2, 3, 1, 2, 3, … */
function someWeights(sample: Sample): Float64Array {
  return Float64Array.from(sample.values, (_, i) => 1 + (i % 3))
}
