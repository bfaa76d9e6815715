// Reads LightGBM's model.txt, versions 3 and 4 (src/boosting/gbdt_model_text.cpp and src/io/tree.cpp of LightGBM).

import { ForestWriter } from '../../../learning/imported-trees/forest-writer.ts'
import { VIEW } from '../../../learning/imported-trees/imported-scores.ts'
import { ModelFileFaults, modelFileFault } from '../../model-file-error.ts'
import type { ImportedFeature, ImportedOutput, ImportedTrees, ReadTreesOptions } from '../imported-trees.ts'
import { type Members, readModelText } from './model-text.ts'
import { type Objective, objectiveOf } from './objective.ts'
import { pandasCategories } from './pandas-categories.ts'
import { type LightGbmTree, readTree } from './read-tree.ts'

const VERSIONS = ['v3', 'v4']
const FEATURES_MAX = 100_000
const OUTPUTS_MAX = 10_000

/** Throws ModelFileError. O(bytes). */
export function readLightGbm(bytes: Uint8Array, { categoricalFeatures }: ReadTreesOptions): ImportedTrees {
  const faults = new ModelFileFaults()
  const text = readModelText(bytes, faults)
  const head = readHead(text.head, text.trees.length, faults)
  const { names, outputCount } = head
  const trees = text.trees.map((members, t) => readTree(members, t, names.length, faults))
  faults.throwIfAny()
  const areCategorical = [...head.areCategorical]
  for (const tree of trees as LightGbmTree[]) for (const feature of tree.categorical) areCategorical[feature] = true
  const named = { names, areCategorical }
  const categories = pandasCategories(text.pandasCategorical, named, categoricalFeatures, faults)
  faults.throwIfAny()
  const features = names.map((name, j): ImportedFeature => {
    const known = categories.get(j) ?? null
    return { name, kind: areCategorical[j] || known !== null ? 'categorical' : 'numeric', categories: known }
  })
  return {
    framework: 'lightgbm',
    formatVersion: head.version,
    objective: head.objectiveLine,
    features,
    outputs: outputsOf(trees as LightGbmTree[], head),
    treeCount: trees.length,
    roundCount: trees.length / outputCount,
    bestRounds: null,
  }
}

interface Head {
  readonly version: string
  readonly names: readonly string[]
  readonly areCategorical: readonly boolean[]
  readonly outputCount: number
  readonly objective: Objective
  readonly objectiveLine: string
  readonly isAveraged: boolean
}

function readHead(members: Members, treeCount: number, faults: ModelFileFaults): Head {
  const version = members.get('version') ?? ''
  if (!VERSIONS.includes(version)) {
    throw modelFileFault('version', `expected ${VERSIONS.join(' or ')}, got ${JSON.stringify(version)}`)
  }
  const outputCount = countOf(members, 'num_tree_per_iteration', 1, OUTPUTS_MAX)
  const classCount = countOf(members, 'num_class', 1, OUTPUTS_MAX)
  const featureCount = countOf(members, 'max_feature_idx', 0, FEATURES_MAX) + 1
  const names = wordsOf(members, 'feature_names', featureCount, faults)
  const infos = wordsOf(members, 'feature_infos', featureCount, faults)
  const objectiveLine = members.get('objective') ?? 'none'
  const objective = objectiveOf(objectiveLine, faults)
  const { kind, hasClassOutputs } = objective
  if (hasClassOutputs ? outputCount < 2 || classCount !== outputCount : kind === 'classifier' && outputCount !== 1) {
    faults.add('num_tree_per_iteration', `${outputCount} does not fit the objective with ${classCount} classes`)
  }
  const sizes = members
    .get('tree_sizes')
    ?.split(' ')
    .filter((word) => word !== '')
  if (sizes !== undefined && sizes.length !== treeCount) {
    faults.add('tree_sizes', `there are sizes of ${sizes.length} trees, and ${treeCount} trees`)
  }
  if (treeCount % outputCount !== 0) {
    faults.add('num_tree_per_iteration', `${treeCount} trees are no whole rounds of ${outputCount}`)
  }
  if (treeCount === 0) faults.add('', 'the file has no trees')
  // Of categories it lists them, as 1:4:2; of numbers it has the range, as [0:1]; of what no split uses, none.
  const areCategorical = infos.map((info) => info !== 'none' && !info.startsWith('['))
  const isAveraged = members.has('average_output')
  return { version, names, areCategorical, outputCount, objective, objectiveLine, isAveraged }
}

/** Outputs that are no classes of one label are labels of their own. */
function outputsOf(
  trees: readonly LightGbmTree[],
  { names, outputCount, objective, isAveraged }: Head,
): ImportedOutput[] {
  const { kind, link, slope, hasClassOutputs } = objective
  const hasLines = trees.some(({ isLinear }) => isLinear)
  const labelCount = hasClassOutputs ? 1 : outputCount
  const outputs = hasClassOutputs ? outputCount : 1
  const writers = Array.from(
    { length: labelCount },
    () => new ForestWriter(outputs, { hasLines, lineView: VIEW.double }),
  )
  trees.forEach((tree, t) => {
    const output = t % outputCount
    if (hasClassOutputs) writers[0]?.add(tree, output)
    else writers[output]?.add(tree, 0)
  })
  return writers.map((writer): ImportedOutput => {
    const { forest, leafNames } = writer.finish()
    const scores = {
      columnCount: names.length,
      isFloat32: false,
      baseline: new Float64Array(outputs),
      trees: forest,
      line: null,
      link,
      divisor: isAveraged ? trees.length / outputCount : 1,
      slope,
      picked: 0,
    }
    return { kind, classCount: kind === 'classifier' ? Math.max(2, outputs) : 0, scores, leafNames }
  })
}

function countOf(members: Members, key: string, min: number, max: number): number {
  const value = Number(members.get(key) ?? Number.NaN)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw modelFileFault(key, `expected a whole number from ${min} to ${max}, got ${members.get(key) ?? 'nothing'}`)
}

function wordsOf(members: Members, key: string, count: number, faults: ModelFileFaults): string[] {
  const words = (members.get(key) ?? '').split(' ').filter((word) => word !== '')
  if (words.length !== count) faults.add(key, `expected ${count} words, got ${words.length}`)
  return words
}
