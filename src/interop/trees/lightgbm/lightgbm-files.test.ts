import t from 'tap'
import { FittedImportedRegressor } from '../../../learning/imported-trees/imported-trees-regressor.ts'
import { ModelFileError } from '../../model-file-error.ts'
import type { ImportedTrees } from '../imported-trees.ts'
import { readTreeModel } from '../read-trees.ts'

interface Text {
  readonly head?: Readonly<Record<string, string>>
  readonly tree?: Readonly<Record<string, string>>
  /** Lines of the head without a value. */
  readonly flags?: readonly string[]
  readonly end?: string
  readonly lineEnd?: string
}

/** A model of one split on the first of two columns: −1 on the left, 1 on the right. */
function textOf({
  head = {},
  tree = {},
  flags = [],
  end = 'pandas_categorical:null',
  lineEnd = '\n',
}: Text): Uint8Array {
  const members = {
    ...{ version: 'v4', num_class: '1', num_tree_per_iteration: '1', label_index: '0', max_feature_idx: '1' },
    ...{ objective: 'regression', feature_names: 'a b', feature_infos: '[0:9] [0:9]', tree_sizes: '400' },
    ...head,
  }
  const split = {
    ...{ num_leaves: '2', num_cat: '0', split_feature: '0', split_gain: '1', threshold: '2.5', decision_type: '2' },
    ...{ left_child: '-1', right_child: '-2', leaf_value: '-1 1', is_linear: '0', shrinkage: '1' },
    ...tree,
  }
  const linesOf = (of: Record<string, string>) => Object.entries(of).map(([key, value]) => `${key}=${value}`)
  const lines = [
    'tree',
    ...linesOf(members),
    ...flags,
    '',
    'Tree=0',
    ...linesOf(split),
    '',
    '',
    'end of trees',
    '',
    end,
    '',
  ]
  return Buffer.from(lines.join(lineEnd))
}

function predicted(text: Text, values: readonly number[]): number[] {
  const { outputs } = readTreeModel(textOf(text), 'lightgbm')
  const fitted = new FittedImportedRegressor((outputs[0] as ImportedTrees['outputs'][0]).scores)
  const rows = Float64Array.from(values.flatMap((value) => [value, 0]))
  return [...fitted.predict({ rowCount: values.length, columnCount: 2, values: rows })]
}

function faultsOf(text: Text): string {
  try {
    readTreeModel(textOf(text), 'lightgbm')
    return ''
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    return error.message
  }
}

const LEFT = -1
const RIGHT = 1

t.test('a missing category goes right, whatever type of missing values the split has', async (t) => {
  // Categories 1 and 3, and 33.
  const sets = { num_cat: '1', threshold: '0', cat_boundaries: '0 2', cat_threshold: '10 2' }
  for (const decision_type of ['1', '3', '5', '7', '9', '11']) {
    const answers = predicted({ tree: { ...sets, decision_type } }, [
      1,
      3,
      33,
      3.7,
      Number.NaN,
      -1,
      2,
      99,
      2 ** 31,
      1e300,
    ])
    t.same(answers, [LEFT, LEFT, LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT], decision_type)
  }
  // Category 0 is one like others, and what is cut to 0.
  const zero = { ...sets, cat_threshold: '1 0', decision_type: '9' }
  t.same(predicted({ tree: zero }, [0, -0.5, 0.9, Number.NaN]), [LEFT, LEFT, LEFT, RIGHT])
})

t.test('without a type of missing values a missing number is 0, on whichever side that is', async (t) => {
  t.same(predicted({ tree: { decision_type: '2', threshold: '2.5' } }, [Number.NaN]), [LEFT])
  t.same(predicted({ tree: { decision_type: '0', threshold: '0' } }, [Number.NaN]), [LEFT])
  t.same(predicted({ tree: { decision_type: '2', threshold: '-1' } }, [Number.NaN]), [RIGHT])
})

t.test('where zeros are missing, zeros and what is nearly 0 go the default way, and NaN with them', async (t) => {
  const near = [0, -0, 1e-36, -1e-36, Math.fround(1e-35), Number.NaN]
  const others = [-1, 1, 1e-34]
  const left = { decision_type: '6', threshold: '-5' }
  t.same(
    predicted({ tree: left }, near),
    near.map(() => LEFT),
  )
  t.same(predicted({ tree: left }, others), [RIGHT, RIGHT, RIGHT])
  const right = { decision_type: '4', threshold: '5' }
  t.same(
    predicted({ tree: right }, near),
    near.map(() => RIGHT),
  )
  t.same(predicted({ tree: right }, others), [LEFT, LEFT, LEFT])
})

t.test('a value at the threshold goes left, in float64', async (t) => {
  const threshold = 0.1 + 0.2
  const values = [threshold, threshold + 2 ** -56, threshold + 2 ** -54, 0.3]
  t.same(predicted({ tree: { threshold: `${threshold}` } }, values), [LEFT, LEFT, RIGHT, LEFT])
})

t.test('a random forest is averaged before the link, a boosted model is not', async (t) => {
  const binary = { head: { objective: 'cross_entropy' } }
  const [one] = predicted(binary, [9]) as [number]
  t.equal(one, 1 / (1 + Math.exp(-1)))
  const text = Buffer.from(textOf({ ...binary, flags: ['average_output'] })).toString()
  const [, tree] = /(Tree=0\n[\s\S]*?\n\n)/.exec(text) as unknown as [string, string]
  const two = text
    .replace('end of trees', `${tree.replace('Tree=0', 'Tree=1')}end of trees`)
    .replace('=400', '=400 400')
  const { outputs } = readTreeModel(Buffer.from(two), 'lightgbm')
  t.match(outputs, [{ scores: { divisor: 2 } }])
})

t.test('a tree of a single leaf is a constant', async (t) => {
  const tree = { num_leaves: '1', leaf_value: '0.25', split_feature: '', threshold: '', decision_type: '' }
  t.same(predicted({ tree: { ...tree, left_child: '', right_child: '' } }, [1, Number.NaN]), [0.25, 0.25])
})

t.test('the categories of a DataFrame may be null, and need columns that are plain', async (t) => {
  t.same(predicted({ end: 'pandas_categorical:null' }, [0]), [LEFT])
  t.same(predicted({ end: '' }, [0]), [LEFT])
  const pandas = { end: 'pandas_categorical:[["x", "y"]]' }
  t.match(faultsOf(pandas), /categories of 1 columns, and 0 columns of categories/)
  const file = textOf({ ...pandas, head: { feature_infos: '0:1 [0:9]' } })
  t.same(readTreeModel(file, 'lightgbm').features[0]?.categories, ['x', 'y'])
  const told = readTreeModel(textOf(pandas), 'lightgbm', { categoricalFeatures: ['b'] })
  t.same(told.features[1], { name: 'b', kind: 'categorical', categories: ['x', 'y'] })
  t.match(faultsOf({ end: 'pandas_categorical:[["x", {}]]' }), /expected lists of texts/)
  const long = `pandas_categorical:[["${'x'.repeat(2 ** 25)}"]]`
  t.match(faultsOf({ end: long }), /expected 33554432 characters at the most, got 33554438/)
})

t.test('lines may end as those of Windows do, and names be of any letters', async (t) => {
  t.same(predicted({ lineEnd: '\r\n' }, [0, 9]), [LEFT, RIGHT])
  const { features } = readTreeModel(textOf({ head: { feature_names: 'größe 大小' } }), 'lightgbm')
  t.same(
    features.map(({ name }) => name),
    ['größe', '大小'],
  )
})

t.test('what is not supported is refused by its name', async (t) => {
  t.match(faultsOf({ head: { version: 'v2' } }), /version: expected v3 or v4, got "v2"/)
  t.match(faultsOf({ head: { objective: 'somebody_elses' } }), /the objective "somebody_elses" is not supported/)
})

t.test('every tree is a tree: no cycle, no node twice, none left out, no index beyond', async (t) => {
  const three = { num_leaves: '3', split_feature: '0 1', threshold: '1 2', decision_type: '2 2', leaf_value: '1 2 3' }
  const faults = (left_child: string, right_child: string) => faultsOf({ tree: { ...three, left_child, right_child } })
  t.equal(faults('1 -1', '-2 -3'), '')
  t.match(faults('1 0', '-1 -2'), /tree 0: split 0 is reached twice/)
  t.match(faults('-1 -1', '1 -2'), /leaf 0 is reached twice/)
  t.match(faults('-1 1', '-2 -3'), /are not reached from the first/)
  t.match(faults('5 -1', '-2 -3'), /left_child: expected whole numbers from -3 to 1, got 5/)
  t.match(faultsOf({ tree: { split_feature: '2' } }), /split_feature: expected whole numbers from 0 to 1, got 2/)
  t.match(faultsOf({ tree: { leaf_value: '1' } }), /leaf_value: expected 2 numbers, got 1/)
  t.match(faultsOf({ tree: { leaf_value: '1 nan' } }), /leaf_value: expected finite numbers, got NaN/)
  t.match(faultsOf({ tree: { threshold: '1x' } }), /threshold: number 1 is none/)
})

t.test('all faults of a file are told at once', async (t) => {
  const message = faultsOf({ head: { tree_sizes: '1 2', feature_infos: 'none' }, tree: { leaf_value: '1' } })
  t.match(message, /tree_sizes: there are sizes of 2 trees, and 1 trees/)
  t.match(message, /feature_infos: expected 2 words, got 1/)
  t.match(message, /tree 0: leaf_value/)
})
