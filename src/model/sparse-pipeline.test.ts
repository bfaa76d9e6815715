// Pipelines whose steps make sparse columns: the same predictions as with dense ones, in artifacts and in reports too.
import t from 'tap'
import type { Estimator } from '../learning/estimator.ts'
import { fitContext } from '../learning/fit-context.ts'
import {
  ComplementNaiveBayes,
  GradientBoostingClassifier,
  KNeighborsClassifier,
  Lasso,
  LinearRegression,
  LogisticRegression,
  MultinomialNaiveBayes,
  Ridge,
} from '../learning/public.ts'
import { Random } from '../learning/random.ts'
import { describeCoefficients } from '../training-summary/describe-fit.ts'
import { encodedColumns } from '../training-summary/encoded-columns.ts'
import { decodeArtifact, encodeArtifact } from './artifact.ts'
import { BaseModel } from './base-model.ts'
import { toFrame } from './frame.ts'
import { Pipeline } from './pipeline.ts'
import { RowReader } from './row-reader.ts'
import { oneHot } from './steps/one-hot.ts'
import { type EncodingStep, type Frame, stepContext } from './steps/step.ts'
import { text } from './steps/text.ts'
import { type CategoricalColumn, sliceRows, type Table, toRows } from './table.ts'

const ROWS = 300
const CITIES = 150
const random = new Random(4)
const words = Array.from({ length: 60 }, (_, k) => `w${k.toString(36)}x`)
const notes = Array.from({ length: ROWS }, () =>
  Array.from({ length: 8 }, () => words[Math.floor(60 * random.uniform() ** 2)]).join(' '),
)
const note: CategoricalColumn = {
  kind: 'categorical',
  name: 'note',
  isText: true,
  levels: [...new Set(notes)],
  codes: Int32Array.from(notes, (of, i) => (i === 7 ? -1 : [...new Set(notes)].indexOf(of))),
}
const city: CategoricalColumn = {
  kind: 'categorical',
  name: 'city',
  levels: Array.from({ length: CITIES }, (_, k) => `city ${k}`),
  codes: Int32Array.from({ length: ROWS }, (_, i) => (i === 9 ? -1 : (i * 7) % CITIES)),
}
const features: Table = {
  rowCount: ROWS,
  columns: [{ kind: 'numeric', name: 'hours', values: Float64Array.from(notes, () => random.uniform()) }, note, city],
}
const isUrgent = notes.map((of, i) => of.includes('w1x') || i % 11 === 0)
const classes: Table = {
  rowCount: ROWS,
  columns: [
    {
      kind: 'categorical',
      name: 'y',
      levels: ['later', 'urgent'],
      codes: Int32Array.from(isUrgent, (is) => (is ? 1 : 0)),
    },
  ],
}
const numbers: Table = {
  rowCount: ROWS,
  columns: [{ kind: 'numeric', name: 'y', values: Float64Array.from(isUrgent, (is, i) => (is ? 3 : 1) + (i % 5) / 9) }],
}

/** The estimator as one that takes dense columns alone. */
function denseOnly(estimator: Estimator): Estimator {
  return Object.assign(estimator, { abilities: { ...estimator.abilities, sparse: false } })
}

const steps = () => [text(), oneHot()]
const cases: readonly (readonly [string, () => Estimator, number])[] = [
  ['logistic regression', () => new LogisticRegression({ tol: 1e-9, max_iter: 1000 }), 1e-6],
  ['multinomial naive Bayes', () => new MultinomialNaiveBayes(), 1e-12],
  ['complement naive Bayes', () => new ComplementNaiveBayes(), 1e-12],
  ['boosting', () => new GradientBoostingClassifier({ max_iter: 10, random_state: 1 }), 1e-9],
  ['ridge', () => new Ridge(), 1e-8],
  ['linear regression', () => new LinearRegression(), 1e-5],
  ['lasso', () => new Lasso({ alpha: 0.01, tol: 1e-9 }), 1e-6],
]

for (const [name, make, tolerance] of cases) {
  t.test(`${name}: sparse columns give the predictions of dense ones, at once and out of an artifact`, async (t) => {
    const labels = make().kind === 'classifier' ? classes : numbers
    class Model extends BaseModel {
      readonly name = 'sparse'
      readonly estimator = class {} as never
      override get_default_parameters() {
        return {}
      }
      override create_pipeline() {
        return new Pipeline(steps(), make())
      }
    }
    const model = new Model()
    const sparse = await model.create_pipeline().fit(features, labels, fitContext())
    const dense = await new Pipeline(steps(), denseOnly(make())).fit(features, labels, fitContext())
    t.equal(sparse.encode(toFrame(features)).sparse?.columnCount, words.length + CITIES)
    t.equal(dense.encode(toFrame(features)).sparse, undefined)
    const restored = decodeArtifact(encodeArtifact(model, {}, sparse), model)
    const expected = await numbersOf(dense)
    for (const [how, found] of [
      ['fitted', await numbersOf(sparse)],
      ['restored', await numbersOf(restored)],
    ] as const) {
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] as number))), 0)
      t.ok(worst <= tolerance, `${how}: ${worst}`)
    }
    const few = sliceRows(features, 0, 20)
    const block = new RowReader(restored.featureSchema).read(toRows(few))
    if (block !== undefined) t.same(restored.predictNow(block).labels, (await restored.predict(few)).labels)

    async function numbersOf(pipeline: typeof sparse): Promise<Float64Array> {
      const { labels: said, probabilities } = await pipeline.predict(features)
      const [column] = said.columns
      return probabilities[0]?.values ?? (column?.kind === 'numeric' ? column.values : new Float64Array())
    }
  })
}

t.test('a report names the words and categories of the largest coefficients, a bounded number of them', async (t) => {
  const fitted = await new Pipeline(steps(), new LogisticRegression()).fit(features, classes, fitContext())
  const columns = encodedColumns(fitted)
  t.equal(columns.length, 1 + words.length + CITIES)
  t.same([...new Set(columns.map(({ source }) => source))], [0, 1, 2])
  const report = describeCoefficients(fitted.outputs[0]!.fitted, columns, String)
  t.equal(report?.columns.length, 30)
  t.equal(report?.columns[0], 'note~w1x')
  t.ok(columns.some((column) => column.name === 'city = city 149'))
})

t.test('what cannot be sparse is told: a step that loses such columns, and an estimator that takes none', async (t) => {
  const losing: EncodingStep = {
    type: 'losing',
    fit: () => ({ type: 'losing', transform: ({ sparse: _, ...frame }: Frame) => frame, toState: () => ({}) }),
    restore: () => {
      throw new Error('not asked')
    },
  }
  const fit = (own: readonly EncodingStep[], estimator: Estimator) =>
    new Pipeline(own, estimator).fit(features, classes, fitContext())
  await t.rejects(fit([...steps(), losing], new LogisticRegression()), {
    message: /the step losing lost the sparse columns/,
  })
  const always: EncodingStep = { ...text(), fit: (frame) => text().fit(frame, stepContext({ takesSparse: true })) }
  const { fitTransform: _, ...stubborn } = always
  await t.rejects(fit([stubborn, oneHot()], new KNeighborsClassifier()), { message: /a step made sparse columns/ })
  const wide: CategoricalColumn = {
    ...city,
    levels: Array.from({ length: 9_000 }, (_, k) => `c${k}`),
    codes: new Int32Array(20_000),
  }
  const many = { rowCount: 20_000, columns: [wide] }
  t.throws(() => oneHot().fit(toFrame(many), stepContext()), {
    message: /9000 dense columns of 20000 rows.* more than 1 GiB/,
  })
  t.doesNotThrow(() => oneHot().fit(toFrame(many), stepContext({ takesSparse: true })))
})
