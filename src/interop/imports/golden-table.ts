// Golden tensors as rows of a data set, one a tensor: so they are kept, listed and deleted as golden rows are.
import type { TensorValues } from '../../model/tensor-model.ts'
import { writableValues } from '../../tensors/writable-tensor.ts'
import type { GoldenCase } from './golden-tensors.ts'

/** JSON of a list of rows with the columns case, role, name, datatype, shape and data; the last two are JSON in a text. O(elements). */
export function goldenTable(cases: readonly GoldenCase[]): Uint8Array<ArrayBuffer> {
  const rows = cases.flatMap(({ inputs, outputs }, i) => [
    ...inputs.map((tensor) => rowOf(i, 'input', tensor)),
    ...outputs.map((tensor) => rowOf(i, 'output', tensor)),
  ])
  return new Uint8Array(Buffer.from(`[\n${rows.join(',\n')}\n]\n`))
}

function rowOf(number: number, role: 'input' | 'output', tensor: TensorValues): string {
  const { name, datatype, shape } = tensor
  const { count, textAt } = writableValues(tensor)
  const data = `[${Array.from({ length: count }, (_, at) => textAt(at)).join(',')}]`
  return JSON.stringify({ case: number, role, name, datatype, shape: JSON.stringify(shape), data })
}
