// Trees of another framework as a fitted pipeline of ours: what the artifact writer takes.
import { FittedImportedClassifier } from '../../learning/imported-trees/imported-trees-classifier.ts'
import { FittedImportedRegressor } from '../../learning/imported-trees/imported-trees-regressor.ts'
import { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { FittedOutput } from '../../model/output-rows.ts'
import type { ColumnSchema } from '../../model/schema.ts'
import type { Level } from '../../model/table.ts'
import { ModelFileFaults } from '../model-file-error.ts'
import { repeatedIn } from '../repeated.ts'
import type { ImportedFeature, ImportedOutput, ImportedTrees } from './imported-trees.ts'

export interface TreesPipelineOptions {
  /** Names of all columns in the order of the file; absent: those of the file, else f0, f1, … */
  readonly featureNames?: readonly string[] | undefined
  /** Categories by column, where the file lacks them: the values that the codes 0, 1, … stand for. */
  readonly categories?: Readonly<Record<string, readonly Level[]>> | undefined
  /** Numbers that stand for a missing value, such as −999: XGBoost's `missing`, which its files do not hold. */
  readonly missing?: readonly number[] | undefined
  /** The label column; of a model of several targets, they are name_0, name_1, … unless there is one name each. */
  readonly labelName: string | readonly string[]
  /** The labels of classes 0, 1, …; absent: these numbers. */
  readonly classes?: readonly Level[] | undefined
}

/**
 * A pipeline without steps. Columns whose categories are known take their values, others the numbers, or codes, of the file.
 * A value that is none of the categories counts as missing, and is told. Throws ModelFileError where the options do not
 * fit the model, with all that does not. O(columns).
 */
export function fittedTreesPipeline(trees: ImportedTrees, options: TreesPipelineOptions): FittedPipeline {
  const faults = new ModelFileFaults()
  const names = featureNamesOf(trees, options.featureNames, faults)
  const labelNames = labelNamesOf(trees.outputs.length, options.labelName, faults)
  const { categories = {} } = options
  const known = new Set(names)
  for (const name of Object.keys(categories)) {
    if (!known.has(name)) faults.add('options.categories', `there is no column ${JSON.stringify(name)}`)
  }
  const missing = (options.missing ?? []).map(String)
  const schema = trees.features.map((feature, j): ColumnSchema => {
    const name = names[j] as string
    const given = Object.hasOwn(categories, name) ? categories[name] : undefined
    return columnOf(feature, name, { given, missing }, faults)
  })
  const outputs = trees.outputs.map((output, k) => outputOf(output, labelNames[k] as string, options.classes, faults))
  faults.throwIfAny()
  return new FittedPipeline(schema, [], outputs)
}

function featureNamesOf(
  { features }: ImportedTrees,
  given: readonly string[] | undefined,
  faults: ModelFileFaults,
): readonly string[] {
  const names = given ?? features.map(({ name }, j) => name ?? `f${j}`)
  if (names.length !== features.length) {
    faults.add('options.feature_names', `the file has ${features.length} columns, got ${names.length} names`)
  }
  addRepeated('options.feature_names', names, faults)
  return features.map((_, j) => names[j] ?? `f${j}`)
}

function labelNamesOf(count: number, given: string | readonly string[], faults: ModelFileFaults): readonly string[] {
  const single = typeof given === 'string' ? given : given.length === 1 ? (given[0] as string) : undefined
  if (single !== undefined) return count === 1 ? [single] : Array.from({ length: count }, (_, k) => `${single}_${k}`)
  if (given.length !== count)
    faults.add('options.label_name', `expected ${count}, as many as the model has targets, got ${given.length} names`)
  addRepeated('options.label_name', given as readonly string[], faults)
  return Array.from({ length: count }, (_, k) => given[k] ?? `label_${k}`)
}

function columnOf(
  feature: ImportedFeature,
  name: string,
  { given, missing }: { readonly given: readonly Level[] | undefined; readonly missing: readonly string[] },
  faults: ModelFileFaults,
): ColumnSchema {
  const reading = missing.length === 0 ? {} : { reading: { missing } }
  if (given !== undefined && feature.kind === 'numeric')
    faults.add('options.categories', `column ${name} holds numbers`)
  if (given !== undefined && feature.categories !== null) {
    faults.add('options.categories', `the file has the categories of column ${name}`)
  }
  const levels = feature.categories ?? given
  if (levels === undefined) return { kind: 'numeric', name, ...reading }
  if (new Set(levels).size !== levels.length) faults.add('options.categories', `column ${name} has a category twice`)
  return { kind: 'categorical', name, levels, ...reading }
}

function outputOf(
  { kind, classCount, scores }: ImportedOutput,
  name: string,
  classes: readonly Level[] | undefined,
  faults: ModelFileFaults,
): FittedOutput {
  if (kind === 'regressor') {
    if (classes !== undefined) faults.add('options.classes', `the model tells numbers of ${name}, not classes`)
    return { name, fitted: new FittedImportedRegressor(scores) }
  }
  const levels = classes ?? Array.from({ length: classCount }, (_, code) => code)
  if (levels.length !== classCount)
    faults.add('options.classes', `${name} has ${classCount} classes, got ${levels.length}`)
  if (new Set(levels).size !== levels.length) faults.add('options.classes', 'a class stands there twice')
  return { name, levels, fitted: new FittedImportedClassifier(scores) }
}

function addRepeated(place: string, names: readonly string[], faults: ModelFileFaults): void {
  for (const name of repeatedIn(names)) faults.add(place, `${JSON.stringify(name)} is there twice`)
}
