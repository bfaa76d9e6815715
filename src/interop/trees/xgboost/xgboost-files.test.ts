import t from 'tap'
import { treeModels } from '../../../../test/support/tree-models.ts'
import { FittedImportedRegressor } from '../../../learning/imported-trees/imported-trees-regressor.ts'
import { ModelFileError } from '../../model-file-error.ts'
import type { ImportedTrees } from '../imported-trees.ts'
import { readTreeModel } from '../read-trees.ts'

interface File {
  readonly version?: readonly number[]
  readonly parameters?: Readonly<Record<string, string>>
  readonly objective?: string
  readonly tree?: Readonly<Record<string, unknown>>
  readonly trees?: number
  readonly booster?: Readonly<Record<string, unknown>>
  readonly model?: Readonly<Record<string, unknown>>
}

/** A model of one split on the first of two columns, x < 2.5: −1 on the left, 1 on the right; 0 before the trees. */
function fileOf({ version = [3, 2, 0], parameters, objective, tree, trees = 1, booster, model }: File = {}): unknown {
  const one = {
    ...{ left_children: [1, -1, -1], right_children: [2, -1, -1], split_indices: [0, 0, 0], default_left: [0, 0, 0] },
    ...{ split_conditions: [2.5, -1, 1], split_type: [0, 0, 0], categories: [], categories_nodes: [] },
    ...{ categories_segments: [], categories_sizes: [], base_weights: [0, -1, 1] },
    tree_param: { num_nodes: '3', num_deleted: '0', num_feature: '2', size_leaf_vector: '1' },
    ...tree,
  }
  const of = {
    gbtree_model_param: { num_trees: `${trees}`, num_parallel_tree: '1' },
    tree_info: Array(trees).fill(0),
    trees: Array.from({ length: trees }, (_, id) => ({ ...one, id })),
    ...model,
  }
  return {
    version,
    learner: {
      learner_model_param: { base_score: '0E0', num_class: '0', num_feature: '2', num_target: '1', ...parameters },
      objective: { name: objective ?? 'reg:squarederror' },
      gradient_booster: { name: 'gbtree', model: of, ...booster },
    },
  }
}

const read = (file: unknown): ImportedTrees => readTreeModel(Buffer.from(JSON.stringify(file)), 'xgboost_json')

function predicted(file: unknown, values: readonly number[], output = 0): number[] {
  const { scores } = read(file).outputs[output] as ImportedTrees['outputs'][0]
  const rows = Float64Array.from(values.flatMap((value) => [value, 0]))
  return [...new FittedImportedRegressor(scores).predict({ rowCount: values.length, columnCount: 2, values: rows })]
}

function faultOf(file: unknown): string {
  try {
    read(file)
    return ''
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    return error.message
  }
}

const LEFT = -1
const RIGHT = 1

t.test('values are float32 before they are compared, and at a threshold go right', async (t) => {
  const condition = Math.fround(0.1)
  const file = fileOf({ tree: { split_conditions: [condition, -1, 1] } })
  // 0.1 in float64 is less than in float32, and is the same once it is rounded.
  t.ok(0.1 < condition)
  t.same(predicted(file, [0.1, condition, condition - 1e-8, condition - 1e-10, 0.2]), [
    RIGHT,
    RIGHT,
    LEFT,
    RIGHT,
    RIGHT,
  ])
  t.same(predicted(fileOf({ tree: { split_conditions: [0, -1, 1] } }), [0, -0, -1e-45, -1e-46]), [
    ...[RIGHT, RIGHT, LEFT, RIGHT],
  ])
})

t.test('the base score may be a number, one for all outputs, or one an output', async (t) => {
  for (const base_score of ['6.25E-1', '[6.25E-1]'])
    t.same(predicted(fileOf({ parameters: { base_score } }), [0]), [-0.375])
  const two = { parameters: { base_score: '[1E0,2E0]', num_target: '2' }, trees: 2, model: { tree_info: [0, 1] } }
  t.same([predicted(fileOf(two), [0], 0), predicted(fileOf(two), [0], 1)], [[0], [1]])
  for (const base_score of ['[1E0,2E0,3E0]', '[]', 'x', '', 'NaN']) {
    t.match(faultOf(fileOf({ parameters: { base_score } })), /learner\.learner_model_param\.base_score/, base_score)
  }
  t.match(faultOf(fileOf({ objective: 'count:poisson', parameters: { base_score: '-1E0' } })), /base_score/)
})

t.test('sums are of float32, from the base score on, in the order of the trees', async (t) => {
  const tree = { split_conditions: [2.5, 2 ** -24, 1] }
  // Each addition alone is too small for a float32 near 1.
  t.same(predicted(fileOf({ parameters: { base_score: '1E0' }, trees: 4, tree }), [0]), [1])
  t.same(predicted(fileOf({ parameters: { base_score: '0E0' }, trees: 4, tree }), [0]), [2 ** -22])
})

t.test('categories that are listed go right; others, strange ones, and missing ones have their own ways', async (t) => {
  const tree = {
    ...{ split_type: [1, 0, 0], split_conditions: [null, -1, 1], categories: [1, 3, 33] },
    ...{ categories_nodes: [0], categories_segments: [0], categories_sizes: [3] },
  }
  const values = [1, 3, 33, 3.7, 0, 2, 99, -1, 2 ** 24, Number.NaN]
  const answers = [RIGHT, RIGHT, RIGHT, RIGHT, LEFT, LEFT, LEFT, LEFT, LEFT]
  t.same(predicted(fileOf({ tree }), values), [...answers, RIGHT])
  t.same(predicted(fileOf({ tree: { ...tree, default_left: [1, 0, 0] } }), values), [...answers, LEFT])
})

t.test('bare NaN and Infinity are read, but not inside of texts', async (t) => {
  const file = fileOf({ objective: 'reg:squarederror' }) as { learner: Record<string, unknown> }
  file.learner['feature_names'] = ['NaN "x" \\', 'Infinity']
  const text = JSON.stringify(file).replace('"base_weights":[0,-1,1]', '"base_weights":[NaN,-Infinity,Infinity]')
  const { features } = readTreeModel(Buffer.from(text), 'xgboost_json')
  t.same(
    features.map(({ name }) => name),
    ['NaN "x" \\', 'Infinity'],
  )
})

t.test('members that we do not know are passed over', async (t) => {
  t.same(predicted(fileOf({ tree: { later: [1] }, model: { later: {} }, booster: { later: '1' } }), [0]), [LEFT])
})

t.test('the weights of a dart are found where 3.2 and where 3.4 write them', async (t) => {
  const plain = fileOf() as { learner: { gradient_booster: { model: object } } }
  const { model } = plain.learner.gradient_booster
  const beside = { name: 'dart', model: undefined, gbtree: { name: 'gbtree', model }, weight_drop: [0.5] }
  const inside = { name: 'dart', model: { ...model, weight_drop: [0.5] } }
  t.same(predicted(fileOf({ booster: beside }), [0, 9]), [-0.5, 0.5])
  t.same(predicted(fileOf({ booster: inside }), [0, 9]), [-0.5, 0.5])
  t.match(faultOf(fileOf({ booster: { name: 'dart' } })), /weight_drop, which is missing/)
})

t.test('quantiles do not cross from 3.4 on', async (t) => {
  const crossed = (version: readonly number[]) =>
    fileOf({
      version,
      objective: 'reg:quantileerror',
      parameters: { base_score: '[3E0,2E0]', num_target: '2' },
      trees: 2,
      model: { tree_info: [0, 1] },
    })
  const both = (version: readonly number[]) => [0, 1].map((output) => predicted(crossed(version), [0], output)[0])
  t.same(both([3, 2, 0]), [2, 1])
  t.same(both([3, 4, 0]), [1, 2])
})

t.test('nodes that were pruned stay in the file, and lead nowhere', async (t) => {
  const tree = {
    ...{ left_children: [1, -1, -1, 4, -1], right_children: [2, -1, -1, 4, -1], split_indices: [0, 0, 0, 1, 0] },
    ...{ split_conditions: [2.5, -1, 1, 0, 0], default_left: [0, 0, 0, 0, 0], split_type: [0, 0, 0, 0, 0] },
    tree_param: { num_nodes: '5', num_deleted: '2', size_leaf_vector: '1' },
  }
  t.same(predicted(fileOf({ tree }), [0, 9]), [LEFT, RIGHT])
})

t.test('every tree is a tree: no cycle, no node twice, no index beyond', async (t) => {
  t.match(faultOf(fileOf({ tree: { left_children: [0, -1, -1] } })), /trees\[0\]: split 0 is reached twice/)
  t.match(faultOf(fileOf({ tree: { right_children: [1, -1, -1] } })), /reached twice/)
  t.match(faultOf(fileOf({ tree: { right_children: [7, -1, -1] } })), /node 0 leads to 7 of 3 nodes/)
  t.match(
    faultOf(fileOf({ tree: { left_children: [3, -1, -1] } })),
    /left_children: expected whole numbers from -1 to 2/,
  )
  t.match(faultOf(fileOf({ tree: { split_indices: [2, 0, 0] } })), /node 0 asks for feature 2 of 2/)
  t.match(faultOf(fileOf({ tree: { split_conditions: [1, 2] } })), /expected 3 numbers, got 2/)
  t.match(faultOf(fileOf({ tree: { split_conditions: [1, 2, null] } })), /leaf 2 has no finite value/)
  t.match(faultOf(fileOf({ trees: 1, model: { tree_info: [1] } })), /tree_info: expected whole numbers from 0 to 0/)
  t.match(faultOf(fileOf({ model: { trees: [] } })), /expected 1 trees, got 0/)
})

t.test('what is not supported is refused by its name', async (t) => {
  t.match(faultOf(fileOf({ objective: 'reg:expectileerror' })), /the objective "reg:expectileerror" is not supported/)
  t.match(faultOf(fileOf({ booster: { name: 'gbforest' } })), /the booster "gbforest" is not supported/)
  for (const version of [
    [1, 7, 6],
    [4, 0, 0],
  ]) {
    t.match(faultOf(fileOf({ version })), new RegExp(`expected XGBoost 2 or 3, got ${version.join('.')}`))
  }
  t.throws(() => readTreeModel(Buffer.from('binf\x00\x00'), 'xgboost_json'), { message: /no JSON|UTF-8/ })
})

t.test('JSON and UBJSON of one model say the same', async (t) => {
  const models = treeModels()
  let pairs = 0
  for (const { name, bytes } of models.filter(({ format }) => format === 'xgboost_ubjson')) {
    const twin = models.find((model) =>
      [name.replace('_ubjson', '_json'), name.replace('_ubjson', '')].includes(model.name),
    )
    if (twin === undefined) continue
    pairs += 1
    t.same(readTreeModel(bytes, 'xgboost_ubjson'), readTreeModel(twin.bytes, 'xgboost_json'), name)
  }
  t.ok(pairs > 10)
})
