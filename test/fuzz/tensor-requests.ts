// Requests of imported models that take tensors, changed: right answers or problems, and never the worker's fault.
import type { Random } from '../../src/learning/random.ts'
import {
  casesOf,
  formOf,
  importInto,
  TENSOR_MODELS,
  type TensorCase,
  type TensorJson,
  tensorModel,
} from '../support/imports.ts'
import type { clientOf } from '../support/service.ts'
import { soundAnswer } from './answers.ts'
import { mutate, mutateJson } from './mutate.ts'

type Client = ReturnType<typeof clientOf>

export const TENSOR_MODEL = 'imported_model'
const WORDS = [
  ...['null', '-0', '1e999', '[]', '[[1],[2,3]]', '{}', '""', '"\\ud800"', '-1', '4294967296', '9223372036854775808'],
  ...['"shape":[]', '"shape":[0]', '"shape":[1,-1]', '"datatype":"FP32"', '"datatype":"BF16"', '"datatype":"BYTES"'],
  ...['"data":[]', '"parameters":{"binary_data_size":8}', '"inputs":[]', '"outputs":[{"name":"x"}]'],
]

export interface TensorTarget {
  readonly client: Pick<Client, 'post'>
  readonly models: readonly { readonly path: string; readonly cases: readonly TensorCase[] }[]
}

/** Imports a model of each kind into a project. Throws where the worker does not take it. */
export async function tensorTarget(client: Client): Promise<TensorTarget> {
  const project = await client.post('/api/projects', { name: 'tensors', model_name: TENSOR_MODEL, labels: ['y'] })
  if (project.status !== 201) throw new Error(JSON.stringify(project.body))
  const models = []
  for (const name of TENSOR_MODELS) {
    const model = tensorModel(name)
    const { status, body } = await importInto(client, 'tensors', formOf(model))
    if (status !== 201) throw new Error(`${name}: ${JSON.stringify(body)}`)
    models.push({ path: `/v2/models/${TENSOR_MODEL}/versions/${body.model_run_id}/infer`, cases: casesOf(model) })
  }
  return { client, models }
}

/** One changed request to one of the models. Gives what was answered; throws Finding. */
export async function fuzzTensors({ client, models }: TensorTarget, random: Random): Promise<string> {
  const { path, cases } = models[random.integer(models.length)] as TensorTarget['models'][number]
  const { inputs } = cases[random.integer(cases.length)] as TensorCase
  const outcome = await soundAnswer(client, { path, ...changed(inputs, random) })
  return outcome.replace(/versions\/\d+/, 'versions/N')
}

/** In JSON alone or, where the first tensor has a type that is easily written, with its elements as bytes behind it. */
function changed(inputs: readonly TensorJson[], random: Random) {
  const [first, ...others] = inputs as [TensorJson, ...TensorJson[]]
  const bytes = random.integer(2) === 0 ? bytesOf(first) : undefined
  if (bytes === undefined) {
    const text = JSON.stringify({ id: 'x', inputs })
    const input = random.integer(2) === 0 ? mutate(Buffer.from(text), random, WORDS) : mutateJson(text, random, WORDS)
    return { input }
  }
  const { data: _, ...named } = first
  const sized = { ...named, parameters: { binary_data_size: bytes.length } }
  const json = Buffer.from(JSON.stringify({ inputs: [sized, ...others], parameters: { binary_data_output: true } }))
  const headers = { 'inference-header-content-length': String(json.length) }
  return { input: mutate(Buffer.concat([json, bytes]), random, WORDS), headers }
}

function bytesOf({ datatype, data }: TensorJson): Buffer | undefined {
  if (datatype === 'FP32') return Buffer.from(Float32Array.from(data as number[]).buffer)
  if (datatype === 'INT64') return Buffer.from(BigInt64Array.from(data as number[], BigInt).buffer)
  if (datatype === 'UINT8') return Buffer.from(Uint8Array.from(data as number[]))
  return undefined
}
