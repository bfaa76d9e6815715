// A model that has learned: checks rows against the columns it was fitted with, encodes them, and predicts.
import type { EstimatorState } from '../learning/estimator.ts'
import { turn } from '../learning/fit-context.ts'
import { type RowBlock, toRowBlock } from '../learning/matrix.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { conform, type FoundMarks, type UnseenLevels } from './conform.ts'
import { type ExplainOptions, ExplanationRows, type LabelExplanation } from './explanation-rows.ts'
import { FaultList, RowsError } from './faults.ts'
import { blockFrame, toFrame } from './frame.ts'
import { type FittedOutput, OutputRows, type Probabilities } from './output-rows.ts'
import type { ReadTable } from './read-column.ts'
import { rowOf } from './row-of.ts'
import type { ColumnSchema } from './schema.ts'
import type { FittedStep, Frame } from './steps/step.ts'
import { type Column, sliceRows, type Table } from './table.ts'
import type { TensorModel } from './tensor-model.ts'

export interface Predictions {
  /** One column per label, in the shape of the training labels. */
  readonly labels: Table
  /** One entry per label column of a classifier, none for other kinds, nor where they were not asked for. */
  readonly probabilities: readonly Probabilities[]
  /** The largest probability of each row, of the first label column that has classes, where it was asked for. */
  readonly confidence?: Float64Array | undefined
  /** Categories that training never saw; they counted as missing. */
  readonly unseen: readonly UnseenLevels[]
  /** Marks of missing values in columns of numbers, and what the caller named as such. */
  readonly marks: readonly FoundMarks[]
  /** Columns that the caller had left out, as the model does not take them. */
  readonly dropped?: readonly string[]
  /** Columns whose numbers may have marks of thousands, and were read with decimals. */
  readonly doubtedThousands?: readonly string[]
  /** A column of keys that the caller had taken off, where rows have no key in it. */
  readonly lackingKeys?: { readonly column: string; readonly rowCount: number } | undefined
  /** One entry per label column, where they were asked for. */
  readonly explanations?: readonly LabelExplanation[]
  /** With explanations, the features that contribute. */
  readonly featureNames?: readonly string[]
}

/** What a prediction may use, and how it is stopped. */
export interface PredictOptions {
  readonly team?: ThreadTeam
  readonly stop?: StopFlag
  /** False leaves the probabilities of classes out, which take more memory than all else. */
  readonly withProbabilities?: boolean
  /** True asks for `confidence`. Absent leaves it out. */
  readonly withConfidence?: boolean
  /** Hears of the rows as they are predicted: in the columns of the schema. */
  readonly onConformed?: ((table: Table) => void) | undefined
  /** Asks for what each feature contributes to each prediction; absent leaves that out. */
  readonly explain?: ExplainOptions | undefined
  /** For metrics: how much each row counts, 0 or more. Absent means 1 for all. A prediction takes no note of it. */
  readonly sampleWeight?: Float64Array
  /** Hears of the rows that are done. On a team the rows then go in several parts. */
  readonly report?: (done: number, of: number, step: string) => void
}

/** Rows that are encoded and predicted at once: small enough for the cache, and for a turn of the event loop between. */
const BLOCK_ROWS = 2048
/** Values of a block, and of a part on a team, at the most: a row may be encoded in 10,000 columns, or have more classes. */
const BLOCK_VALUES_MAX = 2 ** 22
const PART_VALUES_MAX = 2 ** 24
/** The first part of the rows on a team of which somebody hears; those after it take about so long each. */
const FIRST_PART_ROWS = 4_096
const PART_MS = 1000

export class FittedPipeline {
  readonly featureSchema: readonly ColumnSchema[]
  readonly steps: readonly FittedStep[]
  readonly outputs: readonly FittedOutput[]
  /** See rowWidth. Not seen by a subclass, which may have a `width` of its own or be frozen. */
  #width: number | undefined

  constructor(featureSchema: readonly ColumnSchema[], steps: readonly FittedStep[], outputs: readonly FittedOutput[]) {
    this.featureSchema = featureSchema
    this.steps = steps
    this.outputs = outputs
  }

  /**
   * Predicts every label of every row. Columns are matched by name. Throws RowsError with every missing or unexpected
   * column and every value of a type that training did not see; FitStopped when the stop flag is set; NotExplainable
   * where explanations are asked for that there are none of.
   */
  async predict(features: ReadTable | Table, options: PredictOptions = {}): Promise<Predictions> {
    const faults = new FaultList()
    const { table, unseen, marks } = conform(features, this.featureSchema, faults)
    if (!faults.isEmpty) throw new RowsError(faults)
    const team = options.team ?? new ThreadTeam(1)
    const stop = options.stop ?? new StopFlag()
    options.onConformed?.(table)
    const { withProbabilities, withConfidence } = options
    const results = this.outputs.map(
      (output) => new OutputRows(output, table.rowCount, withProbabilities, withConfidence),
    )
    const explaining = options.explain && this.explanationRows(table.rowCount, options.explain)
    const isTeam = team.threadCount > 1
    const { report } = options
    const partRowsMax = Math.ceil((isTeam ? PART_VALUES_MAX : BLOCK_VALUES_MAX) / this.rowWidth)
    let partRows = !isTeam ? BLOCK_ROWS : report === undefined ? table.rowCount : FIRST_PART_ROWS
    const startedAt = performance.now()
    for (let start = 0; start < table.rowCount; ) {
      stop.throwIfSet()
      if (start > 0) await turn()
      const end = Math.min(start + Math.min(partRows, partRowsMax), table.rowCount)
      const block = toRowBlock(this.encode(toFrame(sliceRows(table, start, end))))
      for (const result of results) {
        if (isTeam) await result.predictOn(team, block, start, stop)
        else result.predict(block, start)
      }
      explaining?.explain(block, start, stop)
      report?.(end, table.rowCount, 'predicting rows')
      if (isTeam) partRows = Math.max(FIRST_PART_ROWS, Math.round((end / (performance.now() - startedAt)) * PART_MS))
      start = end
    }
    const predictions = predictionsOf(results, { rowCount: table.rowCount, unseen, marks })
    if (explaining === undefined) return predictions
    const featureNames = this.featureSchema.map(({ name }) => name)
    return { ...predictions, explanations: explaining.explanations(), featureNames }
  }

  /** True where predictions are those of the steps and estimators: a class with a `predict` of its own adds to them. */
  get predictsAsFitted(): boolean {
    const { predict, encode } = FittedPipeline.prototype
    return this.predict === predict && this.encode === encode
  }

  /** False of a class with a `predict` of its own but not with a `predictNow`: then only `predict` knows what it does. */
  get predictsNow(): boolean {
    const { predict, predictNow } = FittedPipeline.prototype
    return this.predict === predict || this.predictNow !== predictNow
  }

  /** True of a pipeline that waits for another thread: the time of the service's thread says nothing of what it costs. */
  get predictsElsewhere(): boolean {
    return false
  }

  /** What it holds outside itself once it is prepared, such as the memory of a thread: none of its own objects tells of that. */
  get bytesElsewhere(): number {
    return 0
  }

  /** What takes tensors in place of rows: then there are no columns. Undefined of all others. */
  get tensors(): TensorModel | undefined {
    return undefined
  }

  /** Throws where it takes no rows, as `predict` does then. */
  requireRows(): void {}

  /** Brings up what predicts outside itself, so that no prediction waits for it. */
  async prepare(): Promise<void> {}

  /** Lets go of what it holds outside itself, such as a thread: nobody predicts with it any more. */
  release(): void {}

  /** The same predictions for a few rows that a RowReader has read, at once. Asked where `predictsNow` is true. */
  predictNow(block: RowBlock): Predictions {
    const results = this.outputs.map((output) => new OutputRows(output, block.rowCount))
    const encoded = this.encodes ? toRowBlock(this.encode(blockFrame(block, this.featureSchema))) : block
    for (const result of results) result.predict(encoded, 0)
    return predictionsOf(results, { rowCount: block.rowCount, unseen: [], marks: [] })
  }

  private explanationRows(rowCount: number, options: ExplainOptions): ExplanationRows {
    const frame = this.encode(toFrame(rowOf(this.featureSchema)))
    return new ExplanationRows(this.outputs, this.featureSchema, frame, rowCount, options)
  }

  /** False where what the estimator sees is the rows as they were read. */
  private get encodes(): boolean {
    if (this.encode !== FittedPipeline.prototype.encode) return true
    for (let s = 0; s < this.steps.length; s++) if (this.steps[s]?.passesAll !== true) return true
    return false
  }

  /** Values of a row where it has most: as it is encoded, without sparse columns, or as probabilities of classes. */
  private get rowWidth(): number {
    if (this.#width === undefined) {
      const { columns } = this.encode(toFrame(rowOf(this.featureSchema)))
      const classCounts = this.outputs.map(({ fitted }) =>
        fitted.kind === 'classifier' ? fitted.classCount : fitted.kind === 'recommender' ? 2 * fitted.listLength : 1,
      )
      this.#width = Math.max(1, columns.length, ...classCounts)
    }
    return this.#width
  }

  /** What predictions consist of: those of no rows. */
  get noPredictions(): Predictions {
    const results = this.outputs.map((output) => new OutputRows(output, 0))
    return predictionsOf(results, { rowCount: 0, unseen: [], marks: [] })
  }

  /** What the steps make of a frame with the columns of the schema: what the estimator sees. */
  encode(frame: Frame): Frame {
    let encoded = frame
    for (const step of this.steps) encoded = step.transform(encoded)
    return encoded
  }

  /**
   * Encodes and predicts one row. Throws when steps and estimators do not fit each other, as those of a state that
   * nobody has written: that must be found before there are rows to answer.
   */
  tryOut(): void {
    const block = toRowBlock(this.encode(toFrame(rowOf(this.featureSchema))))
    for (const output of this.outputs) new OutputRows(output, 1).predict(block, 0)
  }

  /** The same pipeline with the calibration and the threshold of these outputs, which are its own otherwise. */
  withDecisions(outputs: readonly FittedOutput[]): FittedPipeline {
    return new FittedPipeline(this.featureSchema, this.steps, outputs)
  }

  /** Plain data from which `restore` of the same unfitted pipeline makes an equal one. */
  toState(): EstimatorState {
    return {
      features: this.featureSchema.map((column) => ({ ...column }) as unknown as EstimatorState),
      steps: this.steps.map((step) => ({ type: step.type, state: step.toState() })),
      outputs: this.outputs.map((output) => ({
        name: output.name,
        levels: output.levels ?? [],
        state: output.fitted.toState(),
        ...decisionState(output),
      })),
    }
  }
}

/** How an output decides, as it stands in a state. */
export function decisionState({ calibration, threshold }: FittedOutput): EstimatorState {
  return {
    ...(calibration === undefined ? {} : { calibration: calibration.toState() }),
    ...(threshold === undefined ? {} : { threshold: { ...threshold } }),
  }
}

/** By loops, without spreads: this is done for each answer of a row. */
function predictionsOf(
  results: readonly OutputRows[],
  { rowCount, unseen, marks }: Pick<Predictions, 'unseen' | 'marks'> & { readonly rowCount: number },
): Predictions {
  const columns: Column[] = []
  const probabilities: Probabilities[] = []
  let confidence: Float64Array | undefined
  for (let r = 0; r < results.length; r++) {
    const result = results[r] as OutputRows
    const own = result.columns()
    for (let c = 0; c < own.length; c++) columns.push(own[c] as Column)
    const ofClasses = result.probabilities()
    if (ofClasses !== undefined) probabilities.push(ofClasses)
    confidence ??= result.confidence
  }
  return { labels: { rowCount, columns }, probabilities, confidence, unseen, marks }
}
