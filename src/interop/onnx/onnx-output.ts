// One label column of an ONNX model: what it is to a pipeline, and its predictions, gathered block by block.

import { ServiceError } from '../../errors.ts'
import type { EstimatorState, FittedClassifier, FittedRegressor } from '../../learning/estimator.ts'
import { firstMaxima } from '../../learning/first-maxima.ts'
import { type FittedOutput, largestOfRows, type Probabilities } from '../../model/output-rows.ts'
import type { Column, Level } from '../../model/table.ts'
import type { OutputLayout } from './onnx-layout.ts'
import type { OnnxTensor } from './onnx-messages.ts'

/** What others ask of an output before there are predictions. The numbers come from the model's thread alone. */
export function fittedOutputOf(output: OutputLayout, columnCount: number): FittedOutput {
  const refuse = (): never => {
    throw new Error('an ONNX model is run by its pipeline as a whole')
  }
  const toState = (): EstimatorState => ({})
  if (output.kind === 'regressor') {
    const fitted: FittedRegressor = { kind: 'regressor', columnCount, predict: refuse, toState }
    return { name: output.name, fitted }
  }
  const { name, classes: levels } = output
  const classCount = levels.length
  const fitted: FittedClassifier = {
    kind: 'classifier',
    columnCount,
    classCount,
    predictProbabilities: refuse,
    toState,
  }
  return { name, levels, fitted }
}

/** The outputs of the model that these label columns are read from. */
export function fetchesOf(outputs: readonly OutputLayout[]): string[] {
  const names = outputs.flatMap((output) => {
    if (output.kind === 'regressor') return [output.values]
    return output.label === null ? [output.probabilities] : [output.label, output.probabilities]
  })
  return [...new Set(names)]
}

export class OnnxOutputRows {
  private readonly output: OutputLayout
  private readonly numbers: Float64Array
  private readonly codes: Int32Array
  private readonly codeOf: ReadonlyMap<string, number>
  /** The largest probability of each row; undefined of numbers. */
  readonly confidence: Float64Array | undefined

  constructor(output: OutputLayout, rowCount: number) {
    const classCount = output.kind === 'classifier' ? output.classes.length : 0
    this.output = output
    this.numbers = new Float64Array(rowCount * Math.max(1, classCount))
    this.codes = new Int32Array(classCount > 0 ? rowCount : 0)
    this.codeOf = new Map(output.kind === 'classifier' ? output.classes.map((level, code) => [keyOf(level), code]) : [])
    this.confidence = classCount > 0 ? new Float64Array(rowCount) : undefined
  }

  /** Takes in a block whose first row is row `start` of the whole. Throws ServiceError IMPORTED_MODEL_FAILED. */
  add(tensors: ReadonlyMap<string, OnnxTensor>, start: number, rowCount: number): void {
    const { output } = this
    if (output.kind === 'regressor') {
      const values = numbersOf(tensors, output.values, rowCount * output.width)
      for (let i = 0; i < rowCount; i++) this.numbers[start + i] = values[i * output.width + output.column] as number
      return
    }
    const classCount = output.classes.length
    const given = numbersOf(tensors, output.probabilities, rowCount * output.width).map(asProbability)
    const probabilities = output.width === 1 ? bothOf(given) : given
    this.numbers.set(probabilities, start * classCount)
    largestOfRows(probabilities, classCount, this.confidence?.subarray(start) as Float64Array)
    const codes = this.codes.subarray(start, start + rowCount)
    if (output.label === null) firstMaxima(probabilities, classCount, codes)
    else this.takeLabels(tensors.get(output.label), codes)
  }

  columns(): Column[] {
    const { output, codes, numbers } = this
    if (output.kind === 'regressor') return [{ kind: 'numeric', name: output.name, values: numbers }]
    return [{ kind: 'categorical', name: output.name, codes, levels: output.classes }]
  }

  probabilities(): Probabilities[] {
    const { output, numbers } = this
    return output.kind === 'regressor' ? [] : [{ name: output.name, levels: output.classes, values: numbers }]
  }

  private takeLabels(tensor: OnnxTensor | undefined, codes: Int32Array): void {
    const labels = tensor?.data ?? []
    if (labels.length !== codes.length) throw notAsSaid(tensor?.name ?? 'label', codes.length, labels.length)
    for (let i = 0; i < codes.length; i++) {
      const code = this.codeOf.get(String(labels[i]))
      if (code === undefined) {
        const detail = `the ONNX model gave a label that is none of its ${this.codeOf.size} classes`
        throw new ServiceError('IMPORTED_MODEL_FAILED', detail)
      }
      codes[i] = code
    }
  }
}

/** As a label tensor has it: classes that are booleans may be 0 and 1 there. */
function keyOf(level: Level): string {
  return typeof level === 'boolean' ? String(Number(level)) : String(level)
}

function numbersOf(tensors: ReadonlyMap<string, OnnxTensor>, name: string, length: number): Float64Array {
  const data = tensors.get(name)?.data
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length !== length) {
    throw notAsSaid(name, length, data?.length ?? 0)
  }
  return Float64Array.from(data)
}

/** Sums in float32 go beyond 1, and differences below 0, by what is rounded there: not so what is told. Others stay as they are. */
function asProbability(value: number): number {
  if (value > 1 && value <= 1 + ROUNDED) return 1
  return value < 0 && value >= -ROUNDED ? 0 : value
}
const ROUNDED = 1e-5

/** Of the second class alone to those of both. */
function bothOf(seconds: Float64Array): Float64Array {
  const both = new Float64Array(2 * seconds.length)
  for (let i = 0; i < seconds.length; i++) {
    const second = seconds[i] as number
    both[2 * i] = 1 - second
    both[2 * i + 1] = second
  }
  return both
}

function notAsSaid(name: string, expected: number, got: number): ServiceError {
  const detail = `the output ${JSON.stringify(name)} of the ONNX model has ${got} values for the rows, expected ${expected}`
  return new ServiceError('IMPORTED_MODEL_FAILED', detail)
}
