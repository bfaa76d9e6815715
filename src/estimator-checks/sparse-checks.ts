// What an estimator that takes sparse columns makes of them: what it makes of the same values as dense columns.
import type { Matrix } from '../learning/matrix.ts'
import { toRowBlock } from '../learning/matrix.ts'
import { SparseWriter } from '../learning/sparse.ts'
import { claimAgreement, predictWith } from './compare.ts'
import { fitOn, mapValues, type Sample, sampleFor, takeColumns } from './samples.ts'
import { agreementOf, type Check, makeQuick } from './subject.ts'

/** The columns of the sample that become sparse, behind the others. */
const SPARSE = [2, 3]
const OTHERS = [0, 1, 4]

export const sparseChecks: readonly Check[] = [
  {
    name: 'sparse columns count as the same dense ones',
    async run(subject) {
      const { agreement, given } = agreementOf(subject.traits?.sparseColumns)
      if (makeQuick(subject).abilities.sparse !== true) return 'takes none'
      if (agreement === 'none') return 'not promised'
      const rare = mapValues(sampleFor(subject), (value, i, j) => (SPARSE.includes(j) && i % 4 !== j % 4 ? 0 : value))
      const weight = Float64Array.from({ length: rare.x.rowCount }, (_, i) => i % 3)
      const dense = takeColumns(rare, [...OTHERS, ...SPARSE])
      for (const sample of [dense, { ...dense, weight }]) {
        const sparse = { ...sample, x: withSparse(sample) }
        const a = await fitOn(makeQuick(subject, given), sample)
        const b = await fitOn(makeQuick(subject, given), sparse)
        const what = sample.weight === undefined ? '' : ', with weights,'
        const expected = predictWith(a, toRowBlock(sample.x))
        claimAgreement(
          predictWith(b, toRowBlock(sparse.x)),
          expected,
          agreement,
          `predictions of sparse columns${what}`,
        )
        claimAgreement(predictWith(b, toRowBlock(sample.x)), expected, agreement, `predictions of dense rows${what}`)
        const last = toRowBlock(sparse.x, sample.x.rowCount - 7)
        claimAgreement(
          predictWith(b, last),
          tailOf(expected, sample.x.rowCount),
          agreement,
          `those of the last rows${what}`,
        )
      }
      return undefined
    },
  },
]

function withSparse({ x }: Sample): Matrix {
  const { rowCount, columns, categoryCounts } = x
  const [dense, others] = [columns.slice(0, OTHERS.length), columns.slice(OTHERS.length)]
  const writer = new SparseWriter()
  for (let i = 0; i < rowCount; i++) {
    for (const [k, column] of others.entries()) if (column[i] !== 0) writer.add(k, column[i] as number)
    writer.endRow()
  }
  return {
    rowCount,
    columns: dense,
    categoryCounts: categoryCounts.slice(0, OTHERS.length),
    sparse: writer.finish(others.length),
  }
}

function tailOf(predictions: Float64Array | Int32Array, rowCount: number): Float64Array | Int32Array {
  return predictions.subarray(predictions.length - (7 * predictions.length) / rowCount)
}
