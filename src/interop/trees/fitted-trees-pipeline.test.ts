import t from 'tap'
import { buildTable } from '../../../test/support/build-table.ts'
import { type TreeModel, treeModels } from '../../../test/support/tree-models.ts'
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState, StateValue } from '../../learning/estimator.ts'
import { ImportedTreesRegressor } from '../../learning/imported-trees/imported-trees-regressor.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../../learning/parallel/thread-team.ts'
import { Random } from '../../learning/random.ts'
import { ArtifactError, decodeArtifact, encodeArtifact } from '../../model/artifact.ts'
import { FaultList } from '../../model/faults.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { Model } from '../../model/model.ts'
import { Pipeline } from '../../model/pipeline.ts'
import { RowReader } from '../../model/row-reader.ts'
import { type Table, valueAt } from '../../model/table.ts'
import { ModelFileError } from '../model-file-error.ts'
import { fittedTreesPipeline } from './fitted-trees-pipeline.ts'
import { readTreeModel } from './read-trees.ts'
import { restoreTreesPipeline } from './restore-trees-pipeline.ts'

const MODELS = treeModels()
const named = (name: string): TreeModel => MODELS.find((model) => model.name === name) as TreeModel

class Imported extends Pipeline {
  override restore(state: EstimatorState): FittedPipeline {
    return restoreTreesPipeline(state)
  }
}
const MODEL = {
  name: 'imported',
  create_pipeline: () => new Imported([], new ImportedTreesRegressor()),
} as unknown as Model

/** Rows of a model as JSON has them, by the columns of a pipeline. */
function rowsOf({ rows }: TreeModel, { featureSchema }: FittedPipeline): Record<string, unknown>[] {
  return rows
    .filter((row) => row.every((cell) => cell === null || typeof cell !== 'number' || Number.isFinite(cell)))
    .map((row) => Object.fromEntries(row.map((cell, j) => [featureSchema[j]?.name as string, cell])))
}

function tableOf(rows: Record<string, unknown>[]): Table {
  return buildTable(rows, 'features', new FaultList())
}

t.test('an artifact of imported trees predicts what the file does, and is the same bytes again', async (t) => {
  for (const model of MODELS) {
    const pipeline = fittedTreesPipeline(readTreeModel(model.bytes, model.format), { labelName: 'y' })
    const bytes = encodeArtifact(MODEL, {}, pipeline)
    const decoded = decodeArtifact(bytes, MODEL)
    const features = tableOf(rowsOf(model, pipeline))
    t.same(await decoded.predict(features), await pipeline.predict(features), model.name)
    t.ok(encodeArtifact(MODEL, {}, decoded).equals(bytes))
  }
})

t.test('a row is predicted at once as rows are', async (t) => {
  for (const model of MODELS) {
    const pipeline = fittedTreesPipeline(readTreeModel(model.bytes, model.format), { labelName: 'y' })
    t.ok(pipeline.predictsNow && pipeline.predictsAsFitted)
    const rows = rowsOf(model, pipeline)
    const reader = new RowReader(pipeline.featureSchema)
    const predicted = await pipeline.predict(tableOf(rows))
    let read = 0
    rows.forEach((row, i) => {
      const block = reader.read([row])
      if (block === undefined) return
      read += 1
      const { labels } = pipeline.predictNow(block)
      labels.columns.forEach((column, k) => {
        t.equal(valueAt(column, 0), valueAt(predicted.labels.columns[k] as (typeof labels.columns)[0], i), model.name)
      })
    })
    t.ok(read > 0, `${model.name}: ${read} rows`)
  }
})

t.test('categories come as the values that the file names; what it does not know is missing, and told', async (t) => {
  const trees = readTreeModel(named('lgb_pandas').bytes, 'lightgbm')
  const pipeline = fittedTreesPipeline(trees, { labelName: 'bought', classes: ['no', 'yes'] })
  t.same(
    pipeline.featureSchema.map((column) => (column.kind === 'categorical' ? column.levels : column.kind)),
    ['numeric', ['red', 'green', 'blue', 'äöü "q"', 'a:b c'], [0, 10, 20, 30, 40, 50, 60, 70, 80], [true, false]],
  )
  const row = { num: 0.5, colour: 'red', grade: 20, flag: true }
  const { unseen, labels, probabilities } = await pipeline.predict(
    tableOf([row, { ...row, colour: 'purple' }, { ...row, colour: null }]),
  )
  t.match(unseen, [{ column: 'colour', rowCount: 1, values: ['purple'] }])
  t.match(labels.columns[0], { name: 'bought', levels: ['no', 'yes'] })
  const [ofUnseen, ofMissing] = [1, 2].map((i) => probabilities[0]?.values.subarray(2 * i, 2 * i + 2))
  t.same(ofUnseen, ofMissing)
})

t.test("XGBoost's missing value is one that the caller names", async (t) => {
  const model = named('xgb_missing_value')
  const trees = readTreeModel(model.bytes, model.format)
  const pipeline = fittedTreesPipeline(trees, { labelName: 'y', missing: [-999] })
  const rows = rowsOf(model, pipeline)
  const marked = await pipeline.predict(tableOf(rows))
  const nulled = rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v === -999 ? null : v])))
  t.same(marked.probabilities, (await pipeline.predict(tableOf(nulled))).probabilities)
  t.ok(marked.marks.length > 0)
})

t.test('several targets are label columns of their own', async (t) => {
  const trees = readTreeModel(named('xgb_multioutput').bytes, 'xgboost_json')
  const namesOf = (labelName: string | string[]) =>
    fittedTreesPipeline(trees, { labelName }).outputs.map(({ name }) => name)
  t.same(namesOf('y'), ['y_0', 'y_1'])
  t.same(namesOf(['height', 'weight']), ['height', 'weight'])
  t.throws(() => namesOf(['a', 'b', 'c']), ModelFileError)
})

t.test('all that does not fit the model is told at once', async (t) => {
  const trees = readTreeModel(named('lgb_pandas').bytes, 'lightgbm')
  const options = {
    featureNames: ['a', 'a', 'b'],
    labelName: 'y',
    classes: ['x', 'x', 'z'],
    categories: { nobody: [1], a: ['u'] },
  }
  t.same(
    faultsOf(() => fittedTreesPipeline(trees, options)),
    [
      { place: 'options.feature_names', detail: 'the file has 4 columns, got 3 names' },
      { place: 'options.feature_names', detail: '"a" is there twice' },
      { place: 'options.categories', detail: 'there is no column "nobody"' },
      { place: 'options.categories', detail: 'column a holds numbers' },
      { place: 'options.categories', detail: 'the file has the categories of column a' },
      { place: 'options.classes', detail: 'y has 2 classes, got 3' },
      { place: 'options.classes', detail: 'a class stands there twice' },
    ],
  )
})

t.test('rows are spread over threads with the same answers', async (t) => {
  for (const name of ['lgb_categorical_multi', 'xgb_dart_classes', 'lgb_linear_missing']) {
    const model = named(name)
    const trees = readTreeModel(model.bytes, model.format)
    const pipeline = fittedTreesPipeline(trees, { labelName: 'y' })
    const few = rowsOf(model, pipeline)
    const features = tableOf(Array.from({ length: 40_000 }, (_, i) => few[i % few.length] as Record<string, unknown>))
    const expected = await pipeline.predict(features)
    const team = new ThreadTeam(2)
    t.same(await pipeline.predict(features, { team, stop: new StopFlag() }), expected, name)
    await team.close()
  }
})

t.test('a state that was changed anywhere is refused, or predicts', async (t) => {
  const random = new Random(5)
  let refused = 0
  for (const name of ['lgb_pandas', 'lgb_linear_missing', 'xgb_categories_json', 'xgb_lines_json']) {
    const model = named(name)
    const trees = readTreeModel(model.bytes, model.format)
    for (let n = 0; n < 250; n++) {
      const pipeline = fittedTreesPipeline(trees, { labelName: 'y' })
      const state = structuredClone(pipeline.toState())
      changeSomething(state, random)
      try {
        const restored = restoreTreesPipeline(state)
        restored.tryOut()
        const rows = rowsOf(model, pipeline).slice(0, 3)
        if (restored.featureSchema.length === trees.features.length)
          await restored.predict(tableOf(rows)).catch(() => {})
      } catch (error) {
        if (!(error instanceof StateError)) throw error
        refused += 1
      }
    }
  }
  t.ok(refused > 400, `${refused} refused`)
})

t.test('the state of another estimator is refused', async (t) => {
  t.throws(() => restoreTreesPipeline({ features: [], steps: [], outputs: [] }), StateError)
  t.throws(() => restoreTreesPipeline({}), StateError)
  const pipeline = fittedTreesPipeline(readTreeModel(named('lgb_pandas').bytes, 'lightgbm'), { labelName: 'y' })
  const bytes = encodeArtifact(MODEL, {}, pipeline)
  const other = { ...MODEL, create_pipeline: () => new Pipeline([], new ImportedTreesRegressor()) }
  t.throws(() => decodeArtifact(bytes, other as unknown as Model), ArtifactError)
})

function faultsOf(make: () => unknown): unknown {
  try {
    return make()
  } catch (error) {
    return (error as ModelFileError).faults
  }
}

/** One number of an array, or one member, becomes something else. */
function changeSomething(state: EstimatorState, random: Random): void {
  const places: (readonly [holder: Record<string, StateValue>, key: string])[] = []
  const open: StateValue[] = [state]
  while (open.length > 0) {
    const value = open.pop() as Record<string, StateValue>
    for (const [key, member] of Object.entries(value)) {
      places.push([value, key])
      if (typeof member === 'object' && member !== null && !ArrayBuffer.isView(member)) open.push(member)
    }
  }
  const [holder, key] = places[random.integer(places.length)] as (typeof places)[number]
  const value = holder[key]
  const odd = [-1, 0, 1, 2 ** 31 - 1, -(2 ** 31), 1e300, Number.NaN, Infinity][random.integer(8)] as number
  if (ArrayBuffer.isView(value) && (value as Float64Array).length > 0 && random.integer(4) > 0) {
    const array = value as Float64Array
    array[random.integer(array.length)] = odd
  } else if (ArrayBuffer.isView(value)) holder[key] = (value as Float64Array).slice(0, -1)
  else holder[key] = [null, odd, 'x', true, []][random.integer(5)] as StateValue
}
