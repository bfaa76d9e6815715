// A model out of its file, as a fitted pipeline, with the golden rows that it is to be held against.
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { ModelParameters } from '../../model/model.ts'
import type { ReadTable } from '../../model/read-column.ts'
import { isOfText } from '../../model/schema.ts'
import type { Level } from '../../model/table.ts'
import { onnxLayout, textInputs } from '../onnx/onnx-layout.ts'
import { OnnxPipeline } from '../onnx/onnx-pipeline.ts'
import { type OnnxModel, readOnnx } from '../onnx/read-onnx.ts'
import { fittedTreesPipeline } from '../trees/fitted-trees-pipeline.ts'
import { readTreeModel } from '../trees/read-trees.ts'
import { levelsIn } from './golden-rows.ts'
import type { ImportWish, ModelFormat } from './import-options.ts'

export interface OpenedModel {
  readonly pipeline: FittedPipeline
  readonly table: ReadTable
  /** What the version says of the file. */
  readonly facts: ModelParameters
}

type ReadGolden = (isText: (column: string) => boolean) => Promise<ReadTable>

/** Throws ModelFileError, and what reading the golden rows throws. */
export async function openModel(
  file: Uint8Array,
  format: ModelFormat,
  wish: ImportWish,
  readGolden: ReadGolden,
): Promise<OpenedModel> {
  return format === 'onnx' ? openOnnx(file, wish, readGolden) : openTrees(file, format, wish, readGolden)
}

async function openOnnx(file: Uint8Array, wish: ImportWish, readGolden: ReadGolden): Promise<OpenedModel> {
  const model = readOnnx(file)
  const texts = textInputs(model, wish.feature_names)
  const table = await readGolden((column) => texts.has(column))
  const [labelName = ''] = wish.labelNames
  const classes = wish.classes ?? classesIn(table, labelName, model.outputs)
  const layout = onnxLayout(model, {
    labelNames: wish.labelNames,
    featureNames: wish.feature_names,
    classes,
    ...(wish.outputs === undefined ? {} : { outputs: wish.outputs }),
  })
  return {
    pipeline: new OnnxPipeline(Uint8Array.from(file), layout),
    table,
    facts: factsOf(model, 'rows'),
  }
}

/** What a version says of an ONNX file, and of how it is fed. */
export function factsOf({ producer, opsets }: OnnxModel, takes: 'rows' | 'tensors'): ModelParameters {
  const named = [...opsets].map(([domain, version]) => `${domain} ${version}`).join(', ')
  return { framework_version: producer || null, objective: null, opsets: named, takes }
}

/** Labels as scikit-learn orders them, where the model gives labels and nobody says its classes. */
function classesIn(
  table: ReadTable,
  labelName: string,
  outputs: readonly { readonly type: string | undefined }[],
): Level[] | undefined {
  if (!outputs.some(({ type }) => type === 'string' || type === 'int64' || type === 'bool')) return undefined
  return levelsIn(table, labelName)
}

async function openTrees(
  file: Uint8Array,
  format: Exclude<ModelFormat, 'onnx'>,
  wish: ImportWish,
  readGolden: ReadGolden,
): Promise<OpenedModel> {
  const trees = readTreeModel(file, format, {
    ...(wish.rounds === undefined ? {} : { rounds: wish.rounds }),
    ...(wish.categorical_features === undefined ? {} : { categoricalFeatures: wish.categorical_features }),
  })
  const { feature_names: featureNames, categories, missing, classes: given, labelNames: labelName } = wish
  const pipelineWith = (classes: readonly Level[] | undefined): FittedPipeline =>
    fittedTreesPipeline(trees, { featureNames, categories, missing, classes, labelName })
  const pipeline = pipelineWith(given)
  const texts = new Set(pipeline.featureSchema.filter(isOfText).map(({ name }) => name))
  const table = await readGolden((column) => texts.has(column))
  const { framework, formatVersion, objective, treeCount } = trees
  const facts = { framework_version: `${framework} ${formatVersion}`, objective, trees: treeCount }
  const [output] = pipeline.outputs
  if (given !== undefined || output?.levels === undefined) return { pipeline, table, facts }
  // These files have no labels: the codes 0, 1, … are those of the labels in order.
  const levels = levelsIn(table, output.name)
  const isNamed = levels?.length === output.levels.length
  return { pipeline: isNamed ? pipelineWith(levels) : pipeline, table, facts }
}
