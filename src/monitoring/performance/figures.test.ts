// Metrics and intervals out of sums against those that scikit-learn gives of the rows (test/golden/generate_performance.py).
import { readFileSync } from 'node:fs'
import t from 'tap'
import { calibrationOf } from './calibration.ts'
import { classFigures } from './class-figures.ts'
import { type Metric, type WeightedSums, Z } from './figures.ts'
import { numberFigures } from './number-figures.ts'
import { cellOf, RIGHT, scoreCode, WRONG } from './score-cells.ts'
import { type ClassSums, type NumberSums, type Sums, sumOf, UNKNOWN_CLASS } from './sums.ts'

interface Rows {
  readonly name: string
  readonly truth: readonly number[]
  readonly answers: readonly number[]
  readonly weight: readonly number[]
  readonly expected: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
}
interface ClassRows extends Rows {
  readonly classes: number
  readonly confidences: readonly number[]
  readonly accuracy_interval: readonly [number, number]
  readonly by_class: readonly {
    readonly code: number
    readonly precision: number
    readonly recall: number
    readonly f1: number
    readonly support: number
    readonly recall_interval: readonly [number, number] | null
    readonly f1_error: number
  }[]
  readonly calibration: {
    readonly error: number
    readonly bins: readonly (readonly [number, number, number, number])[]
  }
}
interface Golden {
  readonly versions: { readonly scikit_learn: string }
  readonly classification: readonly ClassRows[]
  readonly regression: readonly Rows[]
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/performance.json', import.meta.url), 'utf8'),
)

/** Each row as sums of its own, added up by weight in three parts: as hours and workers are. */
function addedUp<Kind extends ClassSums | NumberSums>(rows: Rows, sumsOf: (row: number) => Kind): WeightedSums<Kind>[] {
  const byWeight = new Map<number, Kind[][]>()
  rows.weight.forEach((weight, row) => {
    const parts = byWeight.get(weight) ?? [[], [], []]
    byWeight.set(weight, parts)
    ;(parts[row % 3] as Kind[]).push(sumsOf(row))
  })
  const added = (parts: readonly Sums[]): Kind => sumOf(parts as [Sums, ...Sums[]]) as Kind
  return [...byWeight].map(([weight, parts]) => {
    return { weight, sums: added(parts.filter((part) => part.length > 0).map(added)) }
  })
}

function classSums({ truth, answers, confidences, classes }: ClassRows): (row: number) => ClassSums {
  return (row) => {
    const [answer, of, confidence] = [answers[row] as number, truth[row] as number, confidences[row] as number]
    const isRight = of === answer
    const code = scoreCode(classes === 2 && answer === 1, isRight ? RIGHT : WRONG, cellOf(confidence))
    const loss = -Math.log(Math.max(isRight ? confidence : 1 - confidence, Number.EPSILON))
    return {
      kind: 'classes',
      unlabelled: 0,
      confusion: [[answer, of, 1]],
      scores: [[code, 1, confidence]],
      losses: classes === 2 ? [1, loss, loss * loss] : [0, 0, 0],
    }
  }
}

function near(
  test: Pick<typeof t, 'ok'>,
  found: number | undefined,
  expected: number,
  name: string,
  tolerance = 1e-10,
) {
  const isNear = found !== undefined && Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected))
  test.ok(isNear, `${name}: ${expected} expected, ${found} found`)
}

/** Half an interval as it is before the bounds of a share cut it. */
function sameError(test: Pick<typeof t, 'ok'>, metric: Metric | undefined, error: number, name: string): void {
  const { value = Number.NaN, interval } = metric ?? {}
  if (interval === undefined) {
    test.ok(false, `${name}: no interval`)
    return
  }
  const half = Math.max(interval.to - value, value - interval.from)
  near(test, half / Z, error, `${name}: standard error`, 1e-4)
}

for (const rows of golden.classification) {
  t.test(`${rows.name}, as scikit-learn ${golden.versions.scikit_learn}`, async (t) => {
    const all = addedUp(rows, classSums(rows))
    const { metrics, classes, unknownClassCount } = classFigures(all, rows.classes, true)
    t.equal(unknownClassCount, 0)
    t.same([...metrics.keys()].sort(), Object.keys(rows.expected).sort())
    for (const [name, value] of Object.entries(rows.expected)) {
      if (name !== 'roc_auc') near(t, metrics.get(name)?.value, value, name)
    }
    for (const [name, error] of Object.entries(rows.errors)) {
      if (name !== 'roc_auc') sameError(t, metrics.get(name), error, name)
    }
    const { from, to } = metrics.get('accuracy')?.interval ?? { from: Number.NaN, to: Number.NaN }
    near(t, from, rows.accuracy_interval[0], 'accuracy from')
    near(t, to, rows.accuracy_interval[1], 'accuracy to')
    for (const of of rows.by_class) {
      const found = classes.find(({ code }) => code === of.code)
      for (const name of ['precision', 'recall', 'f1'] as const)
        near(t, found?.[name].value, of[name], `${of.code} ${name}`)
      near(t, found?.support, of.support, `${of.code} support`)
      if (of.recall_interval !== null)
        near(t, found?.recall.interval?.from, of.recall_interval[0], `${of.code} recall from`)
      if (of.f1 > 0) sameError(t, found?.f1, of.f1_error, `${of.code} f1`)
    }
    t.equal(classes.length, rows.by_class.length)
    const calibration = calibrationOf(all)
    near(t, calibration?.error, rows.calibration.error, 'calibration error')
    rows.calibration.bins.forEach(([start, weight, confidence, accuracy], i) => {
      const bin = calibration?.bins[i]
      near(t, bin?.from, start, 'bin')
      near(t, bin?.weight, weight, 'weight')
      near(t, bin?.meanConfidence, confidence, 'mean confidence')
      near(t, bin?.accuracy, accuracy, 'accuracy of the bin')
    })
    t.equal(calibration?.bins.length, rows.calibration.bins.length)
  })
}

t.test('the area under the ROC curve is within the error that it tells', async (t) => {
  for (const rows of golden.classification.filter(({ classes }) => classes === 2)) {
    const area = classFigures(addedUp(rows, classSums(rows)), 2, true).metrics.get('roc_auc') as Metric
    const error = Math.abs(area.value - (rows.expected['roc_auc'] as number))
    t.ok(error <= (area.errorMax as number) + 1e-12, `${error} within ${area.errorMax}`)
    t.ok((area.errorMax as number) < 0.005)
    sameError(t, area, rows.errors['roc_auc'] as number, 'roc_auc')
  }
})

for (const rows of golden.regression) {
  t.test(`${rows.name}, as scikit-learn ${golden.versions.scikit_learn}`, async (t) => {
    const all = addedUp(rows, (row): NumberSums => {
      const y = rows.truth[row] as number
      const e = y - (rows.answers[row] as number)
      const errors = { errors: e, absolute: Math.abs(e), squares: e * e, fourths: e ** 4, squaresD: 0, squaresD2: 0 }
      return { kind: 'numbers', unlabelled: 0, unjudged: 0, count: 1, mean: y, d2: 0, d3: 0, d4: 0, ...errors }
    })
    const metrics = numberFigures(all)
    for (const name of ['r2', 'mean_absolute_error', 'root_mean_squared_error'] as const) {
      near(t, metrics.get(name)?.value, rows.expected[name] as number, name, 1e-9)
    }
    sameError(t, metrics.get('r2'), rows.errors['r2'] as number, 'r2')
    sameError(
      t,
      metrics.get('mean_absolute_error'),
      rows.errors['mean_absolute_error'] as number,
      'mean_absolute_error',
    )
    const { to = Number.NaN } = metrics.get('root_mean_squared_error')?.interval ?? {}
    const mse = rows.expected['mean_squared_error'] as number
    near(t, (to * to - mse) / Z, rows.errors['mean_squared_error'] as number, 'root_mean_squared_error', 1e-4)
  })
}

t.test('an outcome that the version does not know counts as wrong', async (t) => {
  const sums: ClassSums = {
    kind: 'classes',
    unlabelled: 5,
    confusion: [
      [0, 0, 30],
      [1, 1, 30],
      [0, UNKNOWN_CLASS, 40],
    ],
    scores: [],
    losses: [0, 0, 0],
  }
  const { metrics, unknownClassCount } = classFigures([{ weight: 1, sums }], 2, true)
  t.equal(metrics.get('accuracy')?.value, 0.6)
  t.equal(unknownClassCount, 40)
})
