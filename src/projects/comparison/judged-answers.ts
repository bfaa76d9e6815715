// The truth of the rows and what each version answered to them, until all are compared.
import { ServiceError } from '../../errors.ts'
import type { ClassAnswers } from '../../learning/comparison/class-scorer.ts'
import type { Comparison } from '../../learning/comparison/compare.ts'
import { compareClasses } from '../../learning/comparison/compare-classes.ts'
import { compareNumbers } from '../../learning/comparison/compare-numbers.ts'
import type { Predictions } from '../../model/fitted-pipeline.ts'
import { asCategorical, type CategoricalColumn, type Column, type Table } from '../../model/table.ts'
import type { ComparedLabel } from './comparison-messages.ts'

/** What one version was given, and what it answered. */
export interface Judged {
  readonly version: number
  /** Indices of the rows in the data set, ascending or not, the same for all versions. */
  readonly rows: Int32Array
  /** Of those rows. */
  readonly labels: Table
  /** Of those rows, where they belong to groups. */
  readonly groups: CategoricalColumn | undefined
  readonly kinds: ReadonlyMap<string, string>
  readonly predictions: Predictions
}

/** Codes that refer to names of classes, over all versions. */
interface ClassCells {
  readonly codes: Int32Array
  readonly names: readonly string[]
}

interface LabelAnswers {
  readonly label: string
  readonly kind: 'classifier' | 'regressor'
  readonly truth: ClassCells | Float64Array
  readonly answers: (ClassesAnswered | Float64Array)[]
}

interface ClassesAnswered extends ClassCells {
  /** Row-major rows × names. */
  readonly probabilities: Float64Array | undefined
}

export class JudgedAnswers {
  private first: Judged | undefined
  private labels: LabelAnswers[] = []

  /** Throws ServiceError VERSIONS_NOT_COMPARABLE where it was judged on other rows, labels or kinds of labels. */
  add(judged: Judged): void {
    const { version, kinds, labels } = judged
    if (this.first === undefined) {
      this.labels = [...kinds].map(([label, kind]) => begun(version, label, kind, labels))
      this.first = judged
    }
    const refuse = (detail: string): never => {
      throw notComparable(`versions ${this.first?.version} and ${version} ${detail}`)
    }
    if (!sameCells(this.first.rows, judged.rows)) refuse('held out other rows')
    if (kinds.size !== this.labels.length) refuse('predict other labels')
    for (const { label, kind, truth, answers } of this.labels) {
      if (kinds.get(label) !== kind) refuse(`do not both predict ${JSON.stringify(label)} as a ${kind}`)
      const column = columnOf(labels, label, version)
      if (!sameTruth(truth, column)) refuse(`read the values of ${JSON.stringify(label)} otherwise`)
      answers.push(answered(judged, label))
    }
  }

  compare(): ComparedLabel[] {
    const groups = this.first?.groups && compactCodes(this.first.groups.codes)
    return this.labels.map(({ label, kind, truth, answers }) => ({
      label,
      kind,
      ...(groups === undefined ? {} : { groupCount: groups.count }),
      comparison: compareLabel(truth, answers, groups),
    }))
  }
}

export function notComparable(detail: string): ServiceError {
  return new ServiceError('VERSIONS_NOT_COMPARABLE', detail)
}

function begun(version: number, label: string, kind: string, labels: Table): LabelAnswers {
  if (kind !== 'classifier' && kind !== 'regressor') {
    throw notComparable(`version ${version} is a ${kind.replaceAll('_', ' ')}: there is no truth to judge it by`)
  }
  const truth = columnOf(labels, label, version)
  return { label, kind, truth: kind === 'classifier' ? classesOf(truth) : numbersOf(truth), answers: [] }
}

/** Only numbers are labels of a regressor. */
function numbersOf(column: Column): Float64Array {
  if (column.kind === 'categorical') throw new TypeError('the label of a regressor is no column of numbers')
  return column.values
}

function answered({ version, predictions }: Judged, label: string): ClassesAnswered | Float64Array {
  const column = columnOf(predictions.labels, label, version)
  if (column.kind !== 'categorical') return numbersOf(column)
  const { codes, levels } = column
  const probabilities = predictions.probabilities.find(({ name }) => name === label)?.values
  return { codes, names: levels.map(String), probabilities }
}

function columnOf({ columns }: Table, name: string, version: number): Column {
  const found = columns.find((column) => column.name === name)
  if (found === undefined) throw notComparable(`version ${version} has no label ${JSON.stringify(name)}`)
  return found
}

/** Only with the classes that the rows have. */
function classesOf(column: Column): ClassCells {
  const { codes, levels } = asCategorical(column)
  const { codes: compact, kept } = compactCodes(codes)
  return { codes: compact, names: kept.map((code) => String(levels[code])) }
}

/** Codes without those that no row has; `kept` are the old ones, ascending. O(rows + codes). */
function compactCodes(codes: Int32Array): { codes: Int32Array; kept: number[]; count: number } {
  const kept = [...new Set(codes)].sort((a, b) => a - b)
  const newOf = new Map(kept.map((code, i) => [code, i]))
  return { codes: codes.map((code) => newOf.get(code) as number), kept, count: kept.length }
}

function sameTruth(truth: ClassCells | Float64Array, column: Column): boolean {
  if (truth instanceof Float64Array) return column.kind === 'numeric' && sameCells(truth, column.values)
  const { codes, names } = classesOf(column)
  return truth.codes.every((code, row) => truth.names[code] === names[codes[row] as number])
}

function sameCells(a: Float64Array | Int32Array, b: Float64Array | Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}

function compareLabel(
  truth: LabelAnswers['truth'],
  answers: LabelAnswers['answers'],
  groups: { readonly codes: Int32Array; readonly count: number } | undefined,
): Comparison {
  if (truth instanceof Float64Array) {
    try {
      return compareNumbers(truth, answers as Float64Array[], groups)
    } catch (error) {
      if (error instanceof RangeError) throw notComparable(error.message)
      throw error
    }
  }
  const given = answers as ClassesAnswered[]
  // The classes of the pipelines first, in their order: it is the order of a training's own metrics.
  const codeOf = new Map<string, number>()
  for (const { names } of [...given, truth]) for (const name of names) codeOf.set(name, codeOf.get(name) ?? codeOf.size)
  const codesIn = ({ codes, names }: ClassCells): Int32Array => codes.map((code) => codeOf.get(names[code] as string)!)
  const classCount = codeOf.size
  const versions = given.map((answer): ClassAnswers => {
    const codes = codesIn(answer)
    // A class that the version never saw has no probability that could be judged.
    const isKnown = truth.names.every((name) => answer.names.includes(name))
    if (answer.probabilities === undefined || !isKnown) return { codes }
    return { codes, probabilities: spread(answer.probabilities, answer.names, codeOf, codes.length) }
  })
  return compareClasses({ codes: codesIn(truth), classCount }, versions, groups)
}

/** Probabilities over the classes of all versions: 0 for those that one does not know. */
function spread(
  values: Float64Array,
  names: readonly string[],
  codeOf: ReadonlyMap<string, number>,
  rowCount: number,
): Float64Array {
  const places = names.map((name) => codeOf.get(name) as number)
  const wide = new Float64Array(rowCount * codeOf.size)
  for (let row = 0; row < rowCount; row++) {
    places.forEach((place, c) => {
      wide[row * codeOf.size + place] = values[row * names.length + c] as number
    })
  }
  return wide
}
