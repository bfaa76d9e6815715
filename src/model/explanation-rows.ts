// Explanations of the predictions of one pipeline, gathered block by block: what each feature contributes.
import type { CalibrationMethod } from '../learning/calibration/probability-calibrator.ts'
import { NotExplainable } from '../learning/errors.ts'
import type { Explanation } from '../learning/explanation/explanation.ts'
import type { RowBlock } from '../learning/matrix.ts'
import type { StopFlag } from '../learning/parallel/stop-flag.ts'
import { sliceSparse } from '../learning/sparse.ts'
import { columnOrigins } from './column-origins.ts'
import { FaultList, RowsError } from './faults.ts'
import type { FittedOutput } from './output-rows.ts'
import type { ColumnSchema } from './schema.ts'
import { shown, shownNames } from './shown.ts'
import type { Frame } from './steps/step.ts'
import type { Level } from './table.ts'

/** What of the predictions is to be explained. */
export interface ExplainOptions {
  /** The text of the only class that is explained, of the label columns that have it. Absent: all of them. */
  readonly className?: string | undefined
}

/** Why one label column is predicted as it is. */
export interface LabelExplanation extends Pick<Explanation, 'explainedAs' | 'link' | 'comparedWith'> {
  readonly name: string
  /** Per line, the class that is explained; null for a number. */
  readonly classes: readonly (Level | null)[]
  /** What the probabilities go through after what is explained; undefined for nothing. */
  readonly calibration: CalibrationMethod | undefined
  /** Per line, what all contributions of a row are added to. */
  readonly bases: Float64Array
  /** Row-major rows × lines × features. */
  readonly contributions: Float64Array
}

const NO_RULE = 'its method has no rule for explanations'
/** Classes of one label column that are explained without being named. */
export const EXPLAINED_CLASSES_MAX = 20
/** Values of a whole explanation: 128 MiB. */
const VALUES_MAX = 2 ** 24
/** Contributions of encoded columns that are made at once: 16 MiB. */
const ENCODED_VALUES_MAX = 2 ** 21

/** Numbers of one row of the explanations. Throws RowsError for a class that is none, or for too many of them. */
export function explainedValuesOfRow(
  outputs: readonly FittedOutput[],
  featureCount: number,
  options: ExplainOptions,
): number {
  return choicesOf(outputs, options).reduce((sum, { lineCount }) => sum + lineCount * featureCount, 0)
}

export class ExplanationRows {
  private readonly featureCount: number
  private readonly sources: Int32Array
  private readonly labels: { readonly output: FittedOutput; readonly codes: readonly number[] | undefined }[] = []
  private readonly contributions: Float64Array[] = []
  private readonly heads: (Explanation | undefined)[] = []

  /**
   * frame: a row as the estimator sees it. Throws RowsError as explainedValuesOfRow does, and where the explanations of so many
   * rows have more than 16,777,216 values; NotExplainable where the method has no rule, or a step does not tell of which feature
   * a column comes.
   */
  constructor(
    outputs: readonly FittedOutput[],
    schema: readonly ColumnSchema[],
    frame: Frame,
    rowCount: number,
    options: ExplainOptions,
  ) {
    this.featureCount = schema.length
    const origins = columnOrigins(frame, schema)
    const unknown = origins.find(({ source }) => source < 0)
    if (unknown !== undefined) {
      throw new NotExplainable(`no step tells of which feature column ${shown(unknown.name)} of the method comes`)
    }
    this.sources = Int32Array.from(origins, ({ source }) => source)
    // First of all: whoever cannot have an explanation needs no other question.
    if (outputs.every(({ fitted }) => fitted.explain === undefined)) throw new NotExplainable(NO_RULE)
    const valueCount = rowCount * explainedValuesOfRow(outputs, schema.length, options)
    if (valueCount > VALUES_MAX) {
      throw refused(
        'explain',
        `expected explanations of at most ${VALUES_MAX} values, got ${valueCount}: send fewer rows, or name a class`,
      )
    }
    for (const { output, codes, lineCount } of choicesOf(outputs, options)) {
      if (output.fitted.explain === undefined) throw new NotExplainable(NO_RULE)
      this.labels.push({ output, codes })
      this.contributions.push(new Float64Array(rowCount * lineCount * schema.length))
    }
  }

  /** Explains a block whose first row is row `start` of the whole. Throws NotExplainable, FitStopped. */
  explain(block: RowBlock, start: number, stop: StopFlag): void {
    const width = Math.max(1, this.sources.length)
    this.labels.forEach(({ output, codes }, label) => {
      const lines = codes?.length ?? (output.fitted.kind === 'classifier' ? output.fitted.classCount : 1)
      const rowsMax = Math.max(1, Math.floor(ENCODED_VALUES_MAX / (width * Math.max(1, lines))))
      for (let from = 0; from < block.rowCount; from += rowsMax) {
        stop.throwIfSet()
        const part = rowsOf(block, from, Math.min(from + rowsMax, block.rowCount))
        const found = output.fitted.explain?.(part, { classCodes: codes, stop })
        if (found === undefined) return
        this.heads[label] = found
        this.keep(found, part.rowCount, start + from, this.contributions[label] as Float64Array)
      }
    })
  }

  /** One per label column; none where there was no row. */
  explanations(): LabelExplanation[] {
    return this.labels.flatMap(({ output }, label) => {
      const head = this.heads[label]
      if (head === undefined) return []
      const { explainedAs, link, comparedWith, bases } = head
      const classes = head.classCodes.map((code) => (code === null ? null : (output.levels?.[code] as Level)))
      const contributions = this.contributions[label] as Float64Array
      const name = output.fitted.kind === 'anomaly_detector' ? 'anomaly_score' : output.name
      const calibration = output.calibration?.method
      return [{ name, explainedAs, link, comparedWith, calibration, classes, bases, contributions }]
    })
  }

  /** Adds up what the columns of each feature contribute. */
  private keep({ classCodes, contributions }: Explanation, rowCount: number, start: number, out: Float64Array): void {
    const { sources, featureCount } = this
    let from = 0
    let to = start * classCodes.length * featureCount
    for (let line = 0; line < rowCount * classCodes.length; line++) {
      for (let j = 0; j < sources.length; j++) {
        const at = to + (sources[j] as number)
        out[at] = (out[at] as number) + (contributions[from++] as number)
      }
      to += featureCount
    }
  }
}

interface Choice {
  readonly output: FittedOutput
  /** Undefined for numbers. */
  readonly codes: readonly number[] | undefined
  readonly lineCount: number
}

function choicesOf(outputs: readonly FittedOutput[], { className }: ExplainOptions): Choice[] {
  const choices = outputs.flatMap((output): Choice[] => {
    const { levels } = output
    if (levels === undefined) return className === undefined ? [{ output, codes: undefined, lineCount: 1 }] : []
    const codes = [...levels.keys()].filter((code) => className === undefined || String(levels[code]) === className)
    if (codes.length > EXPLAINED_CLASSES_MAX) {
      const detail = `expected one of the ${codes.length} classes of label ${shown(output.name)}: more than ${EXPLAINED_CLASSES_MAX} are not explained at once`
      throw refused('explain_class', detail)
    }
    return codes.length === 0 ? [] : [{ output, codes, lineCount: codes.length }]
  })
  if (choices.length > 0 || className === undefined) return choices
  const known = outputs.flatMap(({ levels = [] }) => levels.map(String))
  throw refused('explain_class', `expected one of ${shownNames(known)}, got ${shown(className)}`)
}

function refused(parameter: string, detail: string): RowsError {
  const faults = new FaultList()
  faults.add({ in: 'query', parameter, detail })
  return new RowsError(faults)
}

function rowsOf({ columnCount, values, sparse }: RowBlock, start: number, end: number): RowBlock {
  const part = { rowCount: end - start, columnCount, values: values.subarray(start * columnCount, end * columnCount) }
  return sparse === undefined ? part : { ...part, sparse: sliceSparse(sparse, start, end) }
}
