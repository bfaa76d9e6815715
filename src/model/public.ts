// The public entry ml-worker/model: what a file with a model class imports. docs/library.md lists every export; a test
// compares. Nothing inside src/ imports this file.

export * from '../learning/public.ts'
export { AutoClassifierModel, AutoRegressorModel } from './auto/auto-model.ts'
export { BaseModel } from './base-model.ts'
export { evaluate } from './evaluate.ts'
export type { ExplainOptions, LabelExplanation } from './explanation-rows.ts'
export { type Fault, FaultList, RowsError } from './faults.ts'
export { FittedPipeline, type Predictions, type PredictOptions } from './fitted-pipeline.ts'
export type { ColumnNames, Metrics, Model, ModelParameters } from './model.ts'
export type { FittedOutput, Probabilities } from './output-rows.ts'
export { Pipeline, type PipelineContext } from './pipeline.ts'
export type { ReadTable } from './read-column.ts'
export type { ColumnType, ColumnTypes } from './reading-options.ts'
export type { ColumnSchema } from './schema.ts'
export { bin } from './steps/bin.ts'
export { drop } from './steps/drop.ts'
export { impute } from './steps/impute.ts'
export { log1p } from './steps/log1p.ts'
export { oneHot } from './steps/one-hot.ts'
export { ordinal } from './steps/ordinal.ts'
export { polynomial } from './steps/polynomial.ts'
export { selectImportant } from './steps/select-important.ts'
export { selectVarying } from './steps/select-varying.ts'
export { standardize } from './steps/standardize.ts'
export {
  type AnyStep,
  type AsyncEncodingStep,
  appendSparse,
  type ColumnKind,
  type EncodingStep,
  type FittedStep,
  type Frame,
  kindOf,
  type MadeColumn,
  numbersOf,
  replaceColumns,
  type SparseFrame,
  type SparsePart,
  type StepContext,
  type StepOptions,
  selects,
  selectsValues,
  stepContext,
} from './steps/step.ts'
export { targetEncode } from './steps/target-encode.ts'
export { text } from './steps/text.ts'
export { times } from './steps/times.ts'
export {
  asCategorical,
  type CategoricalColumn,
  type Column,
  type Level,
  type NumericColumn,
  sliceRows,
  type Table,
  type TimeColumn,
  takeRows,
  toRows,
  valueAt,
} from './table.ts'
