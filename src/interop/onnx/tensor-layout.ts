// The tensors that an ONNX model takes and gives, as its callers name them: decided at the import, kept in the artifact.
import { shown } from '../../model/shown.ts'
import { CELLS_MAX } from '../../model/table-limits.ts'
import type { TensorSpec } from '../../model/tensor-model.ts'
import { RANK_MAX } from '../../tensors/limits.ts'
import { ModelFileFaults } from '../model-file-error.ts'
import { DATATYPE_OF_TYPE } from './protocol-datatypes.ts'
import type { OnnxModel, OnnxValue } from './read-onnx.ts'

export interface TensorLayout {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** Inputs, and outputs, at the most. */
const TENSORS_MAX = 1000
const NAME_LENGTH_MAX = 1000

/**
 * outputRanks: by name, of outputs whose shape the file may not say; their dimensions are free then. Throws ModelFileError with every
 * input and output that cannot be used.
 */
export function tensorLayout(model: OnnxModel, outputRanks: ReadonlyMap<string, number>): TensorLayout {
  const faults = new ModelFileFaults()
  const inputs = specsOf(model.inputs, 'input', new Map(), faults)
  const outputs = specsOf(model.outputs, 'output', outputRanks, faults)
  faults.throwIfAny()
  return { inputs, outputs }
}

function specsOf(
  values: readonly OnnxValue[],
  kind: 'input' | 'output',
  ranks: ReadonlyMap<string, number>,
  faults: ModelFileFaults,
): TensorSpec[] {
  if (values.length === 0) faults.add('', kind === 'input' ? 'it takes no inputs' : 'it gives no outputs')
  if (values.length > TENSORS_MAX) {
    faults.add('', `it has ${values.length} ${kind}s; expected ${TENSORS_MAX} at the most`)
    return []
  }
  const seen = new Set<string>()
  return values.flatMap((value): TensorSpec[] => {
    const { name, type } = value
    const place = `${kind} ${shown(name)}`
    if (name === '' || name.length > NAME_LENGTH_MAX) {
      faults.add(place, `its name has ${name.length} characters; expected 1 to ${NAME_LENGTH_MAX}`)
    }
    if (seen.has(name)) faults.add(place, 'there is another of this name')
    seen.add(name)
    const datatype = type === undefined ? undefined : DATATYPE_OF_TYPE.get(type)
    if (datatype === undefined) {
      faults.add(place, `it is ${type ?? 'no tensor'}; taken are tensors of ${[...DATATYPE_OF_TYPE.keys()].join(', ')}`)
    }
    const shape = shapeOf(value, place, ranks.get(name), faults)
    if (datatype === undefined || shape === undefined) return []
    // Converters name dimensions of outputs as they like: nothing is held to these names.
    const names = kind === 'input' ? value.dimensionNames : []
    return [{ name, datatype, shape, dimensionNames: shape.map((_, i) => names[i] ?? null) }]
  })
}

function shapeOf(
  { shape: said }: OnnxValue,
  place: string,
  rank: number | undefined,
  faults: ModelFileFaults,
): TensorSpec['shape'] | undefined {
  const shape = said ?? (rank === undefined ? undefined : new Array<null>(rank).fill(null))
  if (shape === undefined)
    faults.add(place, 'it says no shape; expected one, with a free dimension where any length is taken')
  else if (shape.length > RANK_MAX)
    faults.add(place, `it has ${shape.length} dimensions; expected ${RANK_MAX} at the most`)
  else {
    const elements = shape.reduce<number>((product, size) => product * (size ?? 1), 1)
    if (elements <= CELLS_MAX) return shape
    faults.add(place, `it has ${elements} elements; expected ${CELLS_MAX} at the most`)
  }
  return undefined
}
