// The tensors that predictions are: one for each label column, and one for the probabilities of its classes.
import type { Predictions } from '../model/fitted-pipeline.ts'
import { groupLists, placeOf } from '../model/list-columns.ts'
import type { Probabilities } from '../model/output-rows.ts'
import type { CategoricalColumn, Column } from '../model/table.ts'

/** What an output is, without its values. */
export interface OutputTensor {
  readonly name: string
  readonly datatype: 'BOOL' | 'BYTES' | 'FP64' | 'INT64'
  /** Elements of a row; undefined where the shape has no dimension for them. */
  readonly width: number | undefined
  /** JSON of the classes, in the order of the elements of a row. */
  readonly classes: string | undefined
  /** The columns of a list stand for its places, `width` of them. */
  readonly values: Column | readonly Column[] | Float64Array
}

/** Labels first, then probabilities, which are named label.probabilities. */
export function outputTensors({ labels, probabilities }: Predictions): OutputTensor[] {
  return [...groupLists(labels.columns).map(groupTensor), ...probabilities.map(probabilityTensor)]
}

/** True of those that are given only when they are asked for. */
export function isOptional({ classes }: { readonly classes?: string | undefined }): boolean {
  return classes !== undefined
}

function groupTensor(group: readonly Column[]): OutputTensor {
  const [first] = group as readonly [Column]
  const list = placeOf(first)
  const tensor = labelTensor(first)
  if (list === undefined) return tensor
  // Behind the end of a list there is the empty text, which no number can be.
  const datatype = first.kind === 'categorical' ? 'BYTES' : 'FP64'
  return { ...tensor, name: list.name, datatype, width: group.length, values: group }
}

function labelTensor(column: Column): OutputTensor {
  const datatype = column.kind === 'categorical' ? datatypeOfLevels(column) : 'FP64'
  return { name: column.name, datatype, width: undefined, classes: undefined, values: column }
}

function probabilityTensor({ name, levels, values }: Probabilities): OutputTensor {
  const width = levels.length
  return { name: `${name}.probabilities`, datatype: 'FP64', width, classes: JSON.stringify(levels), values }
}

/** Levels of several types are given as text. */
function datatypeOfLevels({ levels }: CategoricalColumn): OutputTensor['datatype'] {
  if (levels.every((level) => typeof level === 'boolean')) return 'BOOL'
  if (levels.every((level) => Number.isSafeInteger(level))) return 'INT64'
  return levels.every((level) => typeof level === 'number') ? 'FP64' : 'BYTES'
}
