import t from 'tap'
import { type TreeModel, treeModels } from '../../../test/support/tree-models.ts'
import { toRowBlock } from '../../learning/matrix.ts'
import { Random } from '../../learning/random.ts'
import { toFrame } from '../../model/frame.ts'
import { rowOf } from '../../model/row-of.ts'
import { ModelFileError } from '../model-file-error.ts'
import { fittedTreesPipeline } from './fitted-trees-pipeline.ts'
import { readTreeModel } from './read-trees.ts'
import { restoreTreesPipeline } from './restore-trees-pipeline.ts'

/** A few of each form and layout. */
const MODELS = treeModels().filter((_, i) => i % 5 === 0)
const MUTATIONS_EACH = 60
/** What stands in place of numbers, and of other things. */
const NUMBERS = [
  '-1',
  '0',
  '1',
  '3',
  '31',
  '255',
  '2147483647',
  '-2147483648',
  '4294967296',
  '1e308',
  'NaN',
  '1e-320',
  '0.5',
]

t.test('a file that was damaged anywhere is refused as such, or is a model that predicts', async (t) => {
  const random = new Random(7)
  let refused = 0
  let taken = 0
  for (const model of MODELS) {
    for (let n = 0; n < MUTATIONS_EACH; n++) {
      const bytes = mutated(model, random)
      try {
        predictWith(bytes, model)
        taken += 1
      } catch (error) {
        if (!(error instanceof ModelFileError)) {
          t.fail(`${model.name}, mutation ${n}: ${(error as Error).stack}`)
          return
        }
        refused += 1
      }
    }
  }
  t.ok(refused > 300, `${refused} refused`)
  t.ok(taken > 100, `${taken} taken`)
})

t.test('a file that ends anywhere is refused, but for what is only said behind the trees', async (t) => {
  for (const model of MODELS) {
    const { bytes, format } = model
    const ends = Array.from({ length: 25 }, (_, k) => Math.floor((k * bytes.length) / 25))
    const treesEnd = format === 'lightgbm' ? Buffer.from(bytes).indexOf('end of trees') : bytes.length
    for (const end of ends.filter((each) => each < treesEnd)) {
      t.throws(() => readTreeModel(bytes.subarray(0, end), format), ModelFileError, `${model.name} up to byte ${end}`)
    }
  }
})

t.test('deep nesting takes no stack', async (t) => {
  const depth = 2_000_000
  const brackets = Buffer.alloc(depth, '[')
  t.throws(() => readTreeModel(brackets, 'xgboost_json'), ModelFileError)
  t.throws(() => readTreeModel(brackets, 'xgboost_ubjson'), ModelFileError)
  t.throws(() => readTreeModel(Buffer.concat([brackets, Buffer.alloc(depth, ']')]), 'xgboost_ubjson'), {
    name: 'ModelFileError',
    message: /^byte 101: values lie more than 100 deep/,
  })
})

t.test('JSON with more values than fit into memory is not parsed', async (t) => {
  for (const [piece, what] of [
    ['[],', 'containers'],
    ['"","","","",', 'quotes'],
  ] as const) {
    const file = Buffer.concat([Buffer.from('{"learner":['), Buffer.alloc(12_100_000, piece), Buffer.from('0]}')])
    const many = what === 'quotes' ? Buffer.concat([file, Buffer.alloc(16_000_000, '"')]) : file
    t.throws(() => readTreeModel(many, 'xgboost_json'), {
      name: 'ModelFileError',
      message: new RegExp(`^the file has \\d+ ${what}`),
    })
  }
})

t.test('a length that is more than the file takes no memory', async (t) => {
  const length = Buffer.from('4c7fffffffffffffff', 'hex')
  for (const start of ['[$d#', '[$L#', '[#', '{#', 'S', '{']) {
    const file = Buffer.concat([Buffer.from(start), length, Buffer.from('0000')])
    t.throws(() => readTreeModel(file, 'xgboost_ubjson'), ModelFileError, start)
  }
  t.throws(
    () => readTreeModel(Buffer.from('[$Z#L\x00\x00\x00\x00\x7f\xff\xff\xff', 'latin1'), 'xgboost_ubjson'),
    ModelFileError,
  )
  const [lightgbm] = MODELS.filter(({ format }) => format === 'lightgbm') as [TreeModel]
  for (const [line, lie] of [
    ['num_leaves=', '2147483647'],
    ['num_cat=', '2147483647'],
    ['max_feature_idx=', '2147483646'],
    ['num_tree_per_iteration=', '2147483647'],
  ] as const) {
    const text = Buffer.from(lightgbm.bytes)
      .toString()
      .replace(new RegExp(`${line}\\d+`), line + lie)
    t.throws(() => readTreeModel(Buffer.from(text), 'lightgbm'), ModelFileError, line)
  }
})

t.test('categories that lie far apart do not make much of a small file', async (t) => {
  const tree = {
    ...{ base_weights: [], left_children: [1, -1, -1], right_children: [2, -1, -1], split_indices: [0, 0, 0] },
    ...{ split_conditions: [0, 1, 2], default_left: [0, 0, 0], split_type: [1, 0, 0], categories: [2 ** 24 - 1] },
    ...{ categories_nodes: [0], categories_segments: [0], categories_sizes: [1] },
    tree_param: { num_nodes: '3', size_leaf_vector: '1' },
  }
  const file = (count: number) =>
    Buffer.from(
      JSON.stringify({
        version: [3, 2, 0],
        learner: {
          learner_model_param: { base_score: '[5E-1]', num_class: '0', num_feature: '1', num_target: '1' },
          objective: { name: 'reg:squarederror' },
          gradient_booster: {
            name: 'gbtree',
            model: {
              gbtree_model_param: { num_trees: `${count}`, num_parallel_tree: '1' },
              tree_info: Array(count).fill(0),
              trees: Array.from({ length: count }, (_, id) => ({ ...tree, id })),
            },
          },
        },
      }),
    )
  t.equal(readTreeModel(file(2), 'xgboost_json').treeCount, 2)
  t.throws(() => readTreeModel(file(40), 'xgboost_json'), { message: /sets of categories take more than/ })
})

/** Reads, writes down, restores, and predicts rows of all sorts. */
function predictWith(bytes: Uint8Array, { format }: TreeModel): void {
  const trees = readTreeModel(bytes, format)
  const pipeline = restoreTreesPipeline(fittedTreesPipeline(trees, { labelName: 'y' }).toState())
  pipeline.tryOut()
  const block = toRowBlock(pipeline.encode(toFrame(rowOf(pipeline.featureSchema))))
  for (const value of [Number.NaN, Infinity, -Infinity, 1e300, -1e-36, 2 ** 31, -1, 4]) {
    const values = block.values.map(() => value)
    for (const { fitted } of pipeline.outputs) {
      if (fitted.kind === 'classifier') fitted.predictProbabilities({ ...block, values })
      else if (fitted.kind === 'regressor') fitted.predict({ ...block, values })
    }
  }
}

function mutated({ bytes, format }: TreeModel, random: Random): Uint8Array {
  const kind = random.integer(4)
  if (format !== 'xgboost_ubjson' && kind < 2) return withOtherNumber(bytes, random)
  const at = random.integer(bytes.length)
  const length = 1 + random.integer(12)
  const copy = Buffer.from(bytes)
  if (kind === 2) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)])
  if (kind === 3) return Buffer.concat([copy.subarray(0, at), copy.subarray(at, at + length), copy.subarray(at)])
  for (let k = 0; k < 1 + random.integer(3); k++) copy[random.integer(copy.length)] = random.integer(256)
  return copy
}

/** One number of the text is another. */
function withOtherNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const text = Buffer.from(bytes).toString()
  const start = random.integer(text.length)
  const found = /[-\d.eE+]*\d[-\d.eE+]*/.exec(text.slice(start))
  if (found === null) return bytes
  const at = start + found.index
  const instead = NUMBERS[random.integer(NUMBERS.length)] as string
  return Buffer.from(text.slice(0, at) + instead + text.slice(at + found[0].length))
}
