// Reads XGBoost's models of versions 2 and 3, JSON and UBJSON (Learner::LoadModel of src/learner.cc, src/gbm/).
import { ForestWriter } from '../../../learning/imported-trees/forest-writer.ts'
import type { ImportedLine, ImportedScores, Link } from '../../../learning/imported-trees/imported-scores.ts'
import { modelFileFault } from '../../model-file-error.ts'
import type { ImportedFeature, ImportedOutput, ImportedTrees, ReadTreesOptions } from '../imported-trees.ts'
import { baseMargins } from './base-margins.ts'
import { Members } from './members.ts'
import { type Objective, objectiveOf } from './objective.ts'
import { readCats } from './read-cats.ts'
import { readJson } from './read-json.ts'
import { newSetBudget, readTree, type XgboostTree } from './read-tree.ts'
import { readUbjson } from './read-ubjson.ts'

const COUNT_MAX = 2 ** 31 - 1
const FEATURES_MAX = 100_000
const OUTPUTS_MAX = 10_000
/** Quantiles that are sorted: each is kept with the trees of all. */
const SORTED_MAX = 64

export function readXgboostJson(bytes: Uint8Array, options: ReadTreesOptions): ImportedTrees {
  return readModel(readJson(bytes), options)
}

export function readXgboostUbjson(bytes: Uint8Array, options: ReadTreesOptions): ImportedTrees {
  return readModel(readUbjson(bytes), options)
}

/** What holds for all of a model. */
interface Head {
  readonly featureCount: number
  readonly outputCount: number
  /** Outputs that are the classes of one label; else each is a label of its own. */
  readonly hasClassOutputs: boolean
  /** All outputs come of the same trees, or of the same line. */
  readonly isJoint: boolean
  readonly objective: Objective
  readonly link: Link
  readonly baseline: Float64Array
}

function readModel(value: unknown, options: ReadTreesOptions): ImportedTrees {
  const file = new Members(value, '')
  const version = versionOf(file)
  const learner = file.object('learner')
  const head = readHead(learner, version)
  const booster = learner.object('gradient_booster')
  const name = booster.text('name')
  const objective = learner.object('objective').text('name')
  const about = { framework: 'xgboost', formatVersion: version.join('.'), objective } as const
  if (name === 'gblinear') {
    const features = featuresOf(learner, head.featureCount, new Map(), [])
    const model = booster.object('model')
    // XGBoost adds the base score of the first output to all (src/gbm/gblinear.cc).
    const lineHead = { ...head, baseline: head.baseline.map(() => head.baseline[0] as number) }
    const roundCount = model.has('boosted_rounds') ? model.whole('boosted_rounds', 0, COUNT_MAX) : 0
    return { ...about, features, outputs: outputsOfLine(model, lineHead), treeCount: 0, roundCount, bestRounds: null }
  }
  if (name !== 'gbtree' && name !== 'dart') {
    throw modelFileFault('learner.gradient_booster.name', `the booster ${JSON.stringify(name)} is not supported`)
  }
  const holder = booster.has('model') ? booster : booster.object('gbtree')
  const model = holder.object('model')
  const trees = readTrees(model, head.featureCount)
  const groups = model.integers('tree_info', trees.length, 0, head.outputCount - 1)
  const roundStarts = roundStartsOf(model, trees, head)
  const roundCount = roundStarts.length - 1
  const bestRounds = bestRoundsOf(learner, roundCount)
  const takenRounds = options.rounds === 'best' && bestRounds !== null ? bestRounds : roundCount
  const taken = trees.slice(0, roundStarts[takenRounds])
  const weights = name === 'dart' ? weightsOf([booster, holder, model], trees.length) : undefined
  const categorical = trees.flatMap((tree) => tree.categorical)
  const features = featuresOf(learner, head.featureCount, readCats(model, head.featureCount), categorical)
  const outputs = outputsOfTrees(taken, groups, weights, head)
  return { ...about, features, outputs, treeCount: trees.length, roundCount, bestRounds }
}

type Version = readonly [major: number, minor: number, patch: number]

function versionOf(file: Members): Version {
  const [major, minor, patch] = file.integers('version', 3, 0, COUNT_MAX) as unknown as Version
  if (major === 2 || major === 3) return [major, minor, patch]
  throw modelFileFault(
    'version',
    `expected XGBoost 2 or 3, got ${major}.${minor}.${patch}: save the model with one of these`,
  )
}

function readHead(learner: Members, [major, minor]: Version): Head {
  const parameters = learner.object('learner_model_param')
  const featureCount = parameters.whole('num_feature', 1, FEATURES_MAX)
  const classCount = parameters.whole('num_class', 0, OUTPUTS_MAX)
  const targetCount = parameters.has('num_target') ? parameters.whole('num_target', 0, OUTPUTS_MAX) : 1
  const outputCount = Math.max(classCount, targetCount, 1)
  const name = learner.object('objective').text('name')
  const objective = objectiveOf(name)
  const hasClassOutputs = objective.link === 'softmax'
  if (hasClassOutputs ? classCount < 2 || targetCount > 1 : classCount > 1) {
    throw modelFileFault(parameters.placeOf('num_class'), `${classCount} classes do not fit the objective ${name}`)
  }
  const isClipped = major === 3 && minor >= 1
  const baseline = baseMargins(parameters, outputCount, objective, isClipped)
  // From 3.4 on quantiles do not cross.
  const isSorted = name === 'reg:quantileerror' && outputCount > 1 && major === 3 && minor >= 4
  if (isSorted && outputCount > SORTED_MAX) {
    throw modelFileFault(parameters.placeOf('num_target'), `expected up to ${SORTED_MAX} quantiles, got ${outputCount}`)
  }
  const link = isSorted ? 'sorted' : objective.link
  return { featureCount, outputCount, hasClassOutputs, isJoint: hasClassOutputs || isSorted, objective, link, baseline }
}

function readTrees(model: Members, featureCount: number): XgboostTree[] {
  const list = model.list('trees')
  const count = model.object('gbtree_model_param').whole('num_trees', 0, COUNT_MAX)
  if (list.length !== count) throw modelFileFault(model.placeOf('trees'), `expected ${count} trees, got ${list.length}`)
  const budget = newSetBudget()
  return list.map((value, t) =>
    readTree(new Members(value, `${model.placeOf('trees')}[${t}]`), t, featureCount, budget),
  )
}

/** Where each round of boosting begins, and where the last one ends. */
function roundStartsOf(model: Members, trees: readonly XgboostTree[], { outputCount }: Head): Int32Array {
  if (model.has('iteration_indptr')) {
    const starts = model.integers('iteration_indptr', undefined, 0, trees.length)
    const areStarts = starts[0] === 0 && starts.every((start, i) => i === 0 || start >= (starts[i - 1] as number))
    if (areStarts && starts.at(-1) === trees.length) return starts
    throw modelFileFault(model.placeOf('iteration_indptr'), `expected ascending numbers from 0 to ${trees.length}`)
  }
  const parallel = Math.max(1, model.object('gbtree_model_param').whole('num_parallel_tree', 0, COUNT_MAX))
  const treesOfRound = parallel * ((trees[0]?.leafSize ?? 1) > 1 ? 1 : outputCount)
  return Int32Array.from({ length: Math.floor(trees.length / treesOfRound) + 1 }, (_, i) => i * treesOfRound)
}

/** What early stopping has noted; null where it did not. */
function bestRoundsOf(learner: Members, roundCount: number): number | null {
  if (!learner.has('attributes')) return null
  const attributes = learner.object('attributes')
  return attributes.has('best_iteration') ? attributes.whole('best_iteration', 0, roundCount - 1) + 1 : null
}

/** Of a dart: beside its trees up to 3.2, among what is said of them from 3.4 on. */
function weightsOf(places: readonly Members[], treeCount: number): Float32Array {
  const holder = places.find((members) => members.has('weight_drop'))
  if (holder !== undefined) return holder.floats('weight_drop', treeCount)
  throw modelFileFault('learner.gradient_booster', 'a dart has weight_drop, which is missing')
}

function featuresOf(
  learner: Members,
  featureCount: number,
  cats: ReadonlyMap<number, ImportedFeature['categories'] & object>,
  categorical: readonly number[],
): ImportedFeature[] {
  const names = learner.has('feature_names') ? learner.texts('feature_names') : []
  const types = learner.has('feature_types') ? learner.texts('feature_types') : []
  for (const [key, list] of Object.entries({ feature_names: names, feature_types: types })) {
    if (list.length === 0 || list.length === featureCount) continue
    throw modelFileFault(learner.placeOf(key), `expected ${featureCount} texts, got ${list.length}`)
  }
  const asked = new Set(categorical)
  return Array.from({ length: featureCount }, (_, j): ImportedFeature => {
    const isCategorical = types[j] === 'c' || cats.has(j) || asked.has(j)
    return {
      name: names[j] ?? null,
      kind: isCategorical ? 'categorical' : 'numeric',
      categories: cats.get(j) ?? null,
    }
  })
}

function outputsOfTrees(
  trees: readonly XgboostTree[],
  groups: Int32Array,
  weights: Float32Array | undefined,
  head: Head,
): ImportedOutput[] {
  const { outputCount, isJoint } = head
  const writers = Array.from({ length: isJoint ? 1 : outputCount }, () => new ForestWriter(isJoint ? outputCount : 1))
  trees.forEach((tree, t) => {
    const { leafSize } = tree
    if (leafSize > 1 && leafSize !== outputCount) {
      throw modelFileFault(
        'learner.gradient_booster',
        `tree ${t} has leaves of ${leafSize} values for ${outputCount} outputs`,
      )
    }
    const outputs = leafSize > 1 ? Array.from({ length: leafSize }, (_, k) => k) : [groups[t] as number]
    for (const output of outputs) {
      const read = tree.ofOutput(output, weights?.[t] ?? 1)
      if (isJoint) writers[0]?.add(read, output)
      else writers[output]?.add(read, 0)
    }
  })
  const made = writers.map((writer) => writer.finish())
  const shared = (k: number) => made[isJoint ? 0 : k] as (typeof made)[number]
  return outputsOf(head, (k) => ({ trees: shared(k).forest, line: null, leafNames: shared(k).leafNames }))
}

/** Row-major features × outputs, and the intercepts behind them. */
function outputsOfLine(model: Members, head: Head): ImportedOutput[] {
  const { featureCount, outputCount, isJoint } = head
  const weights = model.floats('weights', (featureCount + 1) * outputCount)
  if (!weights.every(Number.isFinite)) throw modelFileFault(model.placeOf('weights'), 'expected finite numbers')
  const width = isJoint ? outputCount : 1
  const at = (row: number, k: number): number => weights[row * outputCount + k] as number
  return outputsOf(head, (first) => {
    const line: ImportedLine = {
      coefficients: Float64Array.from({ length: featureCount * width }, (_, i) =>
        at(Math.floor(i / width), first + (i % width)),
      ),
      intercepts: Float64Array.from({ length: width }, (_, k) => at(featureCount, first + k)),
    }
    const { forest, leafNames } = new ForestWriter(width).finish()
    return { trees: forest, line, leafNames }
  })
}

type Parts = Pick<ImportedScores, 'trees' | 'line'> & Pick<ImportedOutput, 'leafNames'>

/** One for the classes of a label; else one an output. */
function outputsOf(head: Head, partsOf: (output: number) => Parts): ImportedOutput[] {
  const { featureCount, outputCount, hasClassOutputs, isJoint, link, baseline, objective } = head
  const { kind } = objective
  const labelCount = hasClassOutputs ? 1 : outputCount
  return Array.from({ length: labelCount }, (_, k): ImportedOutput => {
    const { leafNames, ...parts } = partsOf(link === 'sorted' ? 0 : k)
    const scores: ImportedScores = {
      columnCount: featureCount,
      isFloat32: true,
      baseline: isJoint ? baseline : baseline.slice(k, k + 1),
      ...parts,
      link,
      divisor: 1,
      slope: 1,
      picked: link === 'sorted' ? k : 0,
    }
    return {
      kind,
      classCount: kind === 'classifier' ? Math.max(2, hasClassOutputs ? outputCount : 1) : 0,
      scores,
      leafNames,
    }
  })
}
