import t from 'tap'
import { Random } from '../random.ts'
import { classificationMetrics } from './classification-metrics.ts'
import { regressionMetrics } from './regression-metrics.ts'
import { areaUnderCurve } from './roc-auc.ts'

t.test('class names are data', async (t) => {
  const classNames = ['__proto__', 'constructor', '']
  const codes = Int32Array.of(0, 1, 2)
  const metrics = classificationMetrics({ trueCodes: codes, predictedCodes: codes, classNames })
  for (const name of classNames) t.equal(metrics.get(`support.${name}`), 1)
})

t.test('what is undefined is left out, for no rows and for rows without weight', async (t) => {
  const none = new Int32Array(0)
  const metrics = classificationMetrics({
    trueCodes: none,
    predictedCodes: none,
    probabilities: new Float64Array(0),
    classNames: ['a', 'b'],
  })
  t.notOk(metrics.has('accuracy') || metrics.has('log_loss') || metrics.has('roc_auc'))
  t.notOk(metrics.has('support.a'))
  t.equal(regressionMetrics(new Float64Array(0), new Float64Array(0)).size, 0)

  const weightless = classificationMetrics({
    trueCodes: Int32Array.of(0, 1),
    predictedCodes: Int32Array.of(0, 1),
    probabilities: Float64Array.of(1, 0, 0, 1),
    classNames: ['a', 'b'],
    sampleWeight: new Float64Array(2),
  })
  t.notOk(weightless.has('accuracy') || weightless.has('roc_auc'))
  t.equal(regressionMetrics(Float64Array.of(1, 2), Float64Array.of(1, 2), new Float64Array(2)).size, 0)
})

t.test('metrics of extreme values are those of the same values in another unit', async (t) => {
  const [actual, answered] = [Float64Array.of(1, 2, 3, 5), Float64Array.of(1.5, 2, 2, 6)]
  const plain = regressionMetrics(actual, answered)
  for (const unit of [2 ** 1000, 2 ** -1000]) {
    const scaled = regressionMetrics(
      actual.map((value) => value * unit),
      answered.map((value) => value * unit),
    )
    for (const [name, value] of plain) {
      t.equal(scaled.get(name), name === 'r2' || name === 'explained_variance' ? value : value * unit, name)
    }
  }
})

t.test('a class whose rows weigh nothing has no roc_auc', async (t) => {
  const result = {
    trueCodes: Int32Array.of(0, 0, 1),
    predictedCodes: Int32Array.of(0, 1, 1),
    probabilities: Float64Array.of(0.7, 0.3, 0.4, 0.6, 0.1, 0.9),
    classNames: ['a', 'b'],
  }
  t.ok(classificationMetrics(result).has('roc_auc'))
  t.notOk(classificationMetrics({ ...result, sampleWeight: Float64Array.of(1, 1, 0) }).has('roc_auc'))
})

t.test('a constant target leaves no rounding error of its mean', async (t) => {
  const y = new Float64Array(10).fill(0.1)
  t.equal(regressionMetrics(y, new Float64Array(10).fill(0.3)).get('r2'), 0)
  t.equal(regressionMetrics(y, new Float64Array(10).fill(0.3)).get('explained_variance'), 1)
})

t.test(
  'errors too large for their squares have all metrics, and those too large for a double are left out',
  async (t) => {
    const metrics = regressionMetrics(Float64Array.of(1e300, -1e300), Float64Array.of(0, 0))
    t.equal(metrics.get('r2'), 0)
    t.match(metrics.get('root_mean_squared_error'), 1e300)
    const largest = Number.MAX_VALUE
    const beyond = regressionMetrics(Float64Array.of(largest, -largest), Float64Array.of(-largest, largest))
    t.same([...beyond.keys()], ['r2', 'explained_variance'])
  },
)

t.test('integer weights are repeated rows', async (t) => {
  const random = new Random(3)
  const rows = Array.from({ length: 60 }, () => [random.integer(3), random.integer(3), random.integer(4)] as const)
  const repeated = rows.flatMap((row) => Array<typeof row>(row[2]).fill(row))
  const columns = (from: typeof rows) => ({
    trueCodes: Int32Array.from(from, (row) => row[0]),
    predictedCodes: Int32Array.from(from, (row) => row[1]),
    probabilities: Float64Array.from(from.flatMap(([a, b]) => [0.5 - a / 8, 0.25 + b / 8, 0.25 + (a - b) / 8])),
    classNames: ['a', 'b', 'c'],
  })
  const sampleWeight = Float64Array.from(rows, (row) => row[2])
  const weighted = classificationMetrics({ ...columns(rows), sampleWeight })
  const plain = classificationMetrics(columns(repeated))
  t.same([...weighted.keys()], [...plain.keys()])
  for (const [name, value] of plain) t.ok(Math.abs((weighted.get(name) as number) - value) < 1e-12, name)
})

t.test('the area under the curve is that of comparing all pairs', async (t) => {
  for (let seed = 0; seed < 30; seed++) {
    const random = new Random(seed)
    const n = 2 + random.integer(60)
    const codes = Int32Array.from({ length: n }, (_, i) => (i < 2 ? i : random.integer(2)))
    const scores = Float64Array.from({ length: n }, () => (seed % 2 === 0 ? random.integer(6) - 3 : random.normal()))
    const weights = seed % 3 === 0 ? undefined : Float64Array.from({ length: n }, () => 0.1 + random.uniform())
    let won = 0
    let all = 0
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (codes[i] !== 1 || codes[j] !== 0) continue
        const pair = (weights?.[i] ?? 1) * (weights?.[j] ?? 1)
        all += pair
        if ((scores[i] as number) > (scores[j] as number)) won += pair
        else if (scores[i] === scores[j]) won += pair / 2
      }
    }
    const area = areaUnderCurve(codes, 1, scores, weights)
    t.ok(Math.abs(area - won / all) < 1e-12, `${area} is ${won / all}`)
  }
})
