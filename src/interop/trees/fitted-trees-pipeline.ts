// Trees of another framework as a fitted pipeline of ours: what the artifact writer takes.
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { Level } from '../../model/table.ts'
import type { ImportedTrees } from './imported-trees.ts'

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

/** Throws ModelFileError where the options do not fit the model. */
export declare function fittedTreesPipeline(trees: ImportedTrees, options: TreesPipelineOptions): FittedPipeline
