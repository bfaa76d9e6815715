// Each fast kernel against the formula it stands for.
import t from 'tap'
import { Random } from '../random.ts'
import { SparseWriter } from '../sparse.ts'
import { BinaryLoss } from './binary-loss.ts'
import { GramBlock } from './gram.ts'
import { addResidualProducts } from './residual-products.ts'
import { onesByRow, rowsOfOnes } from './rows-of-ones.ts'
import { SampleGram } from './sample-gram.ts'
import { addSoftmaxLoss, CHUNK as SOFTMAX_CHUNK } from './softmax-loss.ts'
import { updateTriangle } from './tall-qr.ts'

const normals = (random: Random, length: number): Float64Array => Float64Array.from({ length }, () => random.normal())
const isNear = (a: number, b: number, tolerance = 1e-11): boolean => Math.abs(a - b) <= tolerance * (1 + Math.abs(b))

t.test('the loss and gradient of two classes are those of the formula', async (t) => {
  const random = new Random(1)
  const n = 300
  for (const isWeighted of [false, true]) {
    const columns = Array.from({ length: 8 }, () => normals(random, n))
    const codes = Int32Array.from({ length: n }, () => random.integer(2))
    const weights = isWeighted ? Float64Array.from({ length: n }, () => random.integer(3)) : undefined
    const line = normals(random, 9).map((value) => 5 * value)
    const sums = new Float64Array(10)
    // An odd number of rows, and those of another run before.
    const loss = new BinaryLoss(8)
    loss.add(columns, codes, weights, line, 0, 300, new Float64Array(10))
    loss.add(columns, codes, weights, line, 40, 291, sums)
    const naive = new Float64Array(10)
    for (let i = 40; i < 291; i++) {
      const score = columns.reduce((sum, column, j) => sum + column[i]! * line[j]!, line[8]!)
      const weight = weights?.[i] ?? 1
      const residual = weight * (1 / (1 + Math.exp(-score)) - codes[i]!)
      columns.forEach((column, j) => {
        naive[j] = naive[j]! + residual * column[i]!
      })
      naive[8] = naive[8]! + residual
      naive[9] = naive[9]! + weight * Math.log1p(Math.exp(codes[i] === 1 ? -score : score))
    }
    sums.forEach((sum, j) => {
      t.ok(isNear(sum, naive[j]!), `${j}: ${sum} ${naive[j]}`)
    })
  }
})

t.test(
  'the loss and gradient of many classes are those of the formula, and one that fills up counts nothing',
  async (t) => {
    const random = new Random(2)
    const n = 200
    const classCount = 3
    for (const isWeighted of [false, true]) {
      const columns = Array.from({ length: 4 }, () => normals(random, n))
      const codes = Int32Array.from({ length: n }, () => random.integer(classCount))
      const weights = isWeighted ? Float64Array.from({ length: n }, () => random.integer(3)) : undefined
      const lines = normals(random, 4 * 5)
      lines.fill(0, 15)
      lines[19] = Number.NEGATIVE_INFINITY
      const sums = new Float64Array(4 * 5 + 1)
      addSoftmaxLoss(columns, codes, weights, 4, lines, 10, 110, sums, new Float64Array(6 * SOFTMAX_CHUNK))
      const naive = new Float64Array(4 * 5 + 1)
      for (let i = 10; i < 110; i++) {
        const weight = weights?.[i] ?? 1
        const odds = Array.from({ length: classCount }, (_, k) =>
          Math.exp(columns.reduce((sum, column, j) => sum + column[i]! * lines[k * 5 + j]!, lines[k * 5 + 4]!)),
        )
        const total = odds.reduce((a, b) => a + b)
        odds.forEach((value, k) => {
          const residual = weight * (value / total - (codes[i] === k ? 1 : 0))
          columns.forEach((column, j) => {
            naive[k * 5 + j] = naive[k * 5 + j]! + residual * column[i]!
          })
          naive[k * 5 + 4] = naive[k * 5 + 4]! + residual
        })
        naive[20] = naive[20]! - weight * Math.log(odds[codes[i]!]! / total)
      }
      sums.forEach((sum, j) => {
        t.ok(isNear(sum, naive[j]!), `${j}: ${sum} ${naive[j]}`)
      })
    }
  },
)

t.test('the Gram kernel, the triangle and the residual products agree with their definitions', async (t) => {
  const random = new Random(3)
  const [n, width, stride] = [37, 8, 40]
  const gramBlock = new GramBlock(width, stride)
  const { block, gram } = gramBlock
  for (let j = 0; j < 6; j++) for (let i = 0; i < n; i++) block[j * stride + i] = random.normal()
  const product = (i: number, j: number): number => {
    let sum = 0
    for (let r = 0; r < n; r++) sum += block[i * stride + r]! * block[j * stride + r]!
    return sum
  }
  gramBlock.add(n)
  const coefficients = normals(random, 5)
  const products = new Float64Array(width)
  addResidualProducts(products, block, n, stride, 6, coefficients, new Float64Array(stride))
  const triangle = new Float64Array(width * width)
  const spoilt = block.slice()
  updateTriangle(triangle, spoilt.subarray(0), 20, stride, width)
  const rest = new Float64Array(width * stride)
  for (let j = 0; j < width; j++) rest.set(block.subarray(j * stride + 20, j * stride + n), j * stride)
  updateTriangle(triangle, rest, n - 20, stride, width)
  for (let i = 0; i < 6; i++) {
    let expected = product(i, 5)
    for (let j = 0; j < 5; j++) expected -= coefficients[j]! * product(i, j)
    t.ok(isNear(products[i]!, expected))
    for (let j = i; j < 6; j++) {
      t.ok(isNear(gram[i * width + j]!, product(i, j)))
      // Rᵀ R of both blocks is the Gram matrix of all rows.
      let sum = 0
      for (let k = 0; k <= i; k++) sum += triangle[k * width + i]! * triangle[k * width + j]!
      t.ok(isNear(sum, product(i, j)))
    }
  }
})

t.test('the curvature of a sample is that of the formula, for two classes and for more', async (t) => {
  const random = new Random(6)
  const [rowCount, sampled, featureCount] = [900, 301, 3]
  for (const blockCount of [1, 3]) {
    const columns = Array.from({ length: 4 }, () => normals(random, rowCount))
    const last = columns[2]!.map((value, i) => (i % 3 === 0 ? value : 0))
    columns[2] = last
    const writer = new SparseWriter()
    for (const value of last) {
      if (value !== 0) writer.add(0, value)
      writer.endRow()
    }
    const design = {
      rowCount,
      columns,
      sparse: writer.finish(1),
      denseCount: featureCount - 1,
      featureCount,
      offsets: Float64Array.of(0.5, 0, -1),
      scales: Float64Array.of(1, 2, 0.5),
      hasIntercept: true,
      classCount: blockCount === 1 ? 2 : 3,
      codes: new Int32Array(rowCount),
      weights: Float64Array.from({ length: rowCount }, () => random.integer(3)),
      totalWeight: 1,
    }
    const sample = new SampleGram(design, sampled, blockCount)
    const size = featureCount + 1
    // Steep enough that some rows are certain.
    const point = normals(random, blockCount * size).map((value) => 4 * value)
    sample.moveTo(point)
    const rows = Array.from({ length: sampled }, (_, i) => sample.rows.subarray(i * size, (i + 1) * size))
    // Every row of the sample is one of the design, with its weight.
    rows.forEach((row, i) => {
      const isThis = (r: number): boolean =>
        sample.weights[i] === design.weights[r] &&
        [0, 1, 2].every((j) => row[j] === (design.columns[j]![r]! - design.offsets[j]!) * design.scales[j]!)
      if (row[3] !== 1 || !design.columns[0]!.some((_, r) => isThis(r))) t.fail(`row ${i}`)
    })
    const odds = rows.map((row) =>
      Array.from({ length: blockCount }, (_, k) =>
        Math.exp(row.reduce((sum, value, j) => sum + value * point[k * size + j]!, 0)),
      ),
    )
    for (let k = 0; k < blockCount; k++) {
      const p = odds.map((all) => all[k]! / all.reduce((a, b) => a + b, blockCount === 1 ? 1 : 0))
      p.forEach((value, i) => {
        if (!isNear(sample.probabilities[i * blockCount + k]!, value)) t.fail(`probability ${k} of row ${i}`)
      })
      const curvature = p.map((value, i) => value * (1 - value) * sample.weights[i]!)
      t.ok(
        isNear(
          sample.sumCurvature(k),
          curvature.reduce((a, b) => a + b, 0),
        ),
      )
      for (let a = 0; a < size; a++) {
        for (let b = a; b < size; b++) {
          const expected = rows.reduce((sum, row, i) => {
            return p[i]! * (1 - p[i]!) < 1e-4 ? sum : sum + curvature[i]! * row[a]! * row[b]!
          }, 0)
          t.ok(isNear(sample.gram[a * sample.width + b]!, expected), `${a}, ${b}`)
        }
      }
    }
  }
})

t.test('the ones of indicators are found by column and by row', (t) => {
  const columns = Array.from({ length: 20 }, (_, j) =>
    Float64Array.from({ length: 40 }, (_, i) => (i % 20 === j ? 1 : 0)),
  )
  const dense = [Float64Array.from({ length: 40 }, (_, i) => i % 2), Float64Array.from({ length: 40 }, (_, i) => i)]
  const missing = Float64Array.from({ length: 40 }, (_, i) => (i === 5 ? Number.NaN : 0))
  const lists = rowsOfOnes([...columns, ...dense, missing])
  t.same([...lists[3]!], [3, 23])
  t.same(lists.slice(20), [undefined, undefined, undefined])
  const { starts, ones } = onesByRow(lists, 40)
  t.same([...ones.subarray(starts[23], starts[24])], [3])
  t.equal(starts[40], 40)
  // Few of them are not worth another way.
  t.ok(rowsOfOnes(columns.slice(0, 15)).every((list) => list === undefined))
  t.end()
})
