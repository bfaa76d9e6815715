// How rows become the inputs of an ONNX model, and its outputs become predictions: decided at the import, kept in the artifact.

import type { Level } from '../../model/table.ts'
import { COLUMNS_MAX } from '../../model/table-limits.ts'
import { ModelFileFaults } from '../model-file-error.ts'
import type { OnnxModel, OnnxValue } from './read-onnx.ts'

export interface InputLayout {
  readonly name: string
  readonly type: InputType
  /** Of a row, without the first dimension: their product is the number of columns that it takes. */
  readonly dims: readonly number[]
  readonly width: number
}

export type OutputLayout =
  | {
      readonly kind: 'regressor'
      readonly name: string
      readonly values: string
      readonly column: number
      readonly width: number
    }
  | {
      readonly kind: 'classifier'
      readonly name: string
      readonly classes: readonly Level[]
      /** The output with the label itself; null where the class with the largest probability is taken. */
      readonly label: string | null
      readonly probabilities: string
      /** As many as classes; 1 where it is the probability of the second of two. */
      readonly width: number
    }

export interface OnnxLayout {
  readonly inputs: readonly InputLayout[]
  /** Names of the columns, in the order of the inputs. */
  readonly features: readonly { readonly name: string; readonly kind: 'numeric' | 'text' }[]
  readonly outputs: readonly OutputLayout[]
  /** Rows that go in at once: 1 where the model takes no more, else null. */
  readonly rowsMax: 1 | null
}

export interface OnnxLayoutOptions {
  /** Absent: the names of inputs of one column; of others input_0, input_1, … */
  readonly featureNames?: readonly string[] | undefined
  /** One; of an output with several numbers a row one each. */
  readonly labelNames: readonly string[]
  /** In the order of the probabilities. */
  readonly classes?: readonly Level[] | undefined
  /** Which outputs are what, where the file does not make that clear. */
  readonly outputs?: {
    readonly label?: string | undefined
    readonly probabilities?: string | undefined
    readonly values?: string | undefined
  }
}

export const INPUT_TYPES = ['float32', 'float64', 'int64', 'int32', 'bool', 'string'] as const
export type InputType = (typeof INPUT_TYPES)[number]
const NUMBER_TYPES = new Set(['float32', 'float64'])
const LABEL_TYPES = new Set(['string', 'int64', 'int32', 'bool'])

/** Throws ModelFileError with every input and output that cannot be used, and every option that does not fit. */
export function onnxLayout(model: OnnxModel, options: OnnxLayoutOptions): OnnxLayout {
  const faults = new ModelFileFaults()
  const inputs = model.inputs.flatMap((input) => inputLayout(input, model.inputs.length, options, faults))
  if (model.inputs.length === 0) faults.add('', 'it takes no inputs')
  const columnCount = inputs.reduce((sum, { width }) => sum + width, 0)
  if (columnCount > COLUMNS_MAX)
    faults.add('', `it takes ${columnCount} numbers a row; at most ${COLUMNS_MAX} are taken`)
  faults.throwIfAny()
  const features = featuresOf(inputs, options.featureNames, faults)
  const outputs = outputLayouts(model.outputs, options, faults)
  faults.throwIfAny()
  const isSingle = model.inputs.some(({ shape }) => shape?.[0] === 1)
  return { inputs, features, outputs, rowsMax: isSingle ? 1 : null }
}

/** The columns that are texts, as far as the file tells it before all is decided. */
export function textInputs(model: OnnxModel, featureNames: readonly string[] | undefined): ReadonlySet<string> {
  const faults = new ModelFileFaults()
  const options = { featureNames, labelNames: [] }
  const inputs = model.inputs.flatMap((input) => inputLayout(input, model.inputs.length, options, faults))
  if (inputs.reduce((sum, { width }) => sum + width, 0) > COLUMNS_MAX) return new Set()
  const features = featuresOf(inputs, featureNames, faults)
  return new Set(features.filter(({ kind }) => kind === 'text').map(({ name }) => name))
}

function inputLayout(
  { name, type, shape }: OnnxValue,
  inputCount: number,
  { featureNames }: OnnxLayoutOptions,
  faults: ModelFileFaults,
): InputLayout[] {
  const place = `input ${JSON.stringify(name.slice(0, 100))}`
  if (!isInputType(type)) {
    faults.add(place, `it is ${type ?? 'no tensor'}; taken are tensors of ${INPUT_TYPES.join(', ')}`)
    return []
  }
  if (shape === undefined || shape.length === 0) {
    faults.add(place, 'it says no shape; expected one whose first dimension is the rows')
    return []
  }
  const [rows, ...others] = shape
  if (rows !== null && rows !== 1) faults.add(place, `it takes ${rows} rows at once; expected any number, or 1`)
  // One input whose width the file leaves open takes all columns that are named.
  const dims = others.map(
    (size) => size ?? (inputCount === 1 && others.length === 1 ? featureNames?.length : undefined),
  )
  if (dims.some((size) => size === undefined)) {
    faults.add(place, 'it leaves a dimension beside the rows open: name the columns in feature_names')
    return []
  }
  const known = dims as number[]
  return [{ name, type, dims: known, width: known.reduce((product, size) => product * size, 1) }]
}

function isInputType(type: string | undefined): type is InputType {
  return INPUT_TYPES.some((each) => each === type)
}

function featuresOf(
  inputs: readonly InputLayout[],
  featureNames: readonly string[] | undefined,
  faults: ModelFileFaults,
): OnnxLayout['features'] {
  const own = inputs.flatMap(({ name, width, type }) => {
    const kind = type === 'string' ? ('text' as const) : ('numeric' as const)
    return Array.from({ length: width }, (_, i) => ({ name: width === 1 ? name : `${name}_${i}`, kind }))
  })
  if (featureNames === undefined) return own
  if (featureNames.length !== own.length) {
    faults.add(
      'options.feature_names',
      `expected ${own.length}, as many as the model takes, got ${featureNames.length}`,
    )
  }
  return own.map((feature, i) => ({ ...feature, name: featureNames[i] ?? feature.name }))
}

function outputLayouts(
  outputs: readonly OnnxValue[],
  options: OnnxLayoutOptions,
  faults: ModelFileFaults,
): OutputLayout[] {
  const { classes, labelNames, outputs: said = {} } = options
  const find = (role: 'label' | 'probabilities' | 'values', types: ReadonlySet<string>): OnnxValue | undefined => {
    const name = said[role]
    if (name === undefined) return undefined
    const found = outputs.find((output) => output.name === name && types.has(output.type ?? ''))
    if (found === undefined)
      faults.add(
        `options.outputs.${role}`,
        `there is no such output of ${[...types].join(' or ')}: ${shownOutputs(outputs)}`,
      )
    return found
  }
  const label = find('label', LABEL_TYPES) ?? only(outputs, LABEL_TYPES)
  const numbers = only(outputs, NUMBER_TYPES)
  const values = find('values', NUMBER_TYPES)
  const probabilities = find('probabilities', NUMBER_TYPES)
  const isClassifier =
    values === undefined && (probabilities !== undefined || label !== undefined || classes !== undefined)
  const from = isClassifier ? (probabilities ?? numbers) : (values ?? numbers)
  if (from === undefined) {
    const which = isClassifier ? 'options.outputs.probabilities' : 'options.outputs.values'
    faults.add(which, `expected the name of an output of float32 or float64: ${shownOutputs(outputs)}`)
    return []
  }
  return isClassifier ? classifierOf(from, label, options, faults) : regressorsOf(from, labelNames, faults)
}

function classifierOf(
  { name: probabilities, shape }: OnnxValue,
  label: OnnxValue | undefined,
  { classes, labelNames }: OnnxLayoutOptions,
  faults: ModelFileFaults,
): OutputLayout[] {
  const [name = 'label'] = labelNames
  if (labelNames.length > 1)
    faults.add('options.label_name', `expected one name of a classifier, got ${labelNames.length}`)
  const width = widthOf(shape) ?? classes?.length
  if (classes === undefined) {
    faults.add(
      'options.classes',
      `expected the classes in the order of the ${width ?? ''} probabilities`.replace('  ', ' '),
    )
    return []
  }
  const isOfSecond = width === 1 && classes.length === 2
  if (width !== classes.length && !isOfSecond) {
    faults.add('options.classes', `expected ${width}, as many as the model has probabilities, got ${classes.length}`)
  }
  if (classes.length < 2) faults.add('options.classes', `expected two or more, got ${classes.length}`)
  return [
    { kind: 'classifier', name, classes, label: label?.name ?? null, probabilities, width: width ?? classes.length },
  ]
}

function regressorsOf({ name: values, shape }: OnnxValue, labelNames: readonly string[], faults: ModelFileFaults) {
  const width = widthOf(shape) ?? labelNames.length
  if (width !== labelNames.length) {
    faults.add(
      'options.label_name',
      `expected ${width}, as many as the model gives numbers a row, got ${labelNames.length}`,
    )
  }
  return labelNames.map((name, column): OutputLayout => ({ kind: 'regressor', name, values, column, width }))
}

/** Numbers of a row; undefined where the file does not say it. */
function widthOf(shape: OnnxValue['shape']): number | undefined {
  if (shape === undefined || shape.some((size, i) => i > 0 && size === null)) return undefined
  return shape.slice(1).reduce((product: number, size) => product * (size as number), 1)
}

function only(outputs: readonly OnnxValue[], types: ReadonlySet<string>): OnnxValue | undefined {
  const found = outputs.filter(({ type }) => types.has(type ?? ''))
  return found.length === 1 ? found[0] : undefined
}

function shownOutputs(outputs: readonly OnnxValue[]): string {
  const shown = outputs
    .slice(0, 20)
    .map(({ name, type }) => `${JSON.stringify(name.slice(0, 60))} of ${type ?? 'no tensor'}`)
  return `the model has ${shown.join(', ')}`
}
