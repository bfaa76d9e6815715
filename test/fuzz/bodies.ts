// Bodies of train, create and predict over HTTP: a right answer or a problem that says why, and never the worker's fault.
import type { Random } from '../../src/learning/random.ts'
import type { clientOf } from '../support/service.ts'
import { soundAnswer } from './answers.ts'
import { mutate, mutateJson } from './mutate.ts'

export interface BodyTargets {
  readonly client: ReturnType<typeof clientOf>
  readonly modelName: string
  /** A run that is SUCCESS; its columns are a, b and c. */
  readonly trained: number
  /** Makes a run that waits to be trained. */
  readonly insertRun: () => Promise<number>
}

const WORDS = [
  'null',
  'true',
  '-0',
  '1e999',
  '1e-999',
  'NaN',
  '""',
  '[]',
  '{}',
  '[[',
  '}}',
  '"\\ud800"',
  '"\\u0000"',
  '\ufeff',
  '/**/',
  '"__proto__":1',
  '"constructor":{}',
  '"features"',
  '"labels":[]',
  '"parameters":{}',
  '"validation_split":0.5',
  '"a":1,"a":"x"',
  '99999999999999999999',
  '{"a":1}',
  ',',
  '\u2028',
  '\ud83d\ude00',
]

interface Letter {
  readonly path: string
  readonly body: object
  /** Behind the JSON. */
  readonly tail?: Buffer
  readonly headers?: Record<string, string>
}

/** The rows as tensors of JSON or, every other time, of bytes. */
function tensorsOf(rows: readonly { a: number; b: number; c: string | undefined }[], random: Random) {
  const shape = [rows.length]
  const b = { name: 'b', datatype: 'FP64', shape }
  const c = { name: 'c', datatype: 'BYTES', shape }
  const a = { name: 'a', datatype: 'INT32', shape, data: rows.map((row) => row.a) }
  if (random.integer(2) === 0) {
    const inputs = [a, { ...b, data: rows.map((row) => row.b) }, { ...c, data: rows.map((row) => row.c) }]
    return { body: { id: 'x', inputs, outputs: [{ name: 'y' }] } }
  }
  const numbers = Buffer.from(Float64Array.from(rows, (row) => row.b).buffer)
  const texts = Buffer.concat(rows.map((row) => Buffer.from(`\u0001\0\0\0${row.c}`)))
  const sized = (tail: Buffer) => ({ parameters: { binary_data_size: tail.length } })
  const inputs = [a, { ...b, ...sized(numbers) }, { ...c, ...sized(texts) }]
  const body = { inputs, parameters: { binary_data_output: true, probabilities: true } }
  const headers = { 'inference-header-content-length': String(JSON.stringify(body).length) }
  return { body, tail: Buffer.concat([numbers, texts]), headers }
}

/** One changed body to one of the routes. Gives what was answered; throws Finding. */
export async function fuzzBody(targets: BodyTargets, random: Random): Promise<string> {
  const features = Array.from({ length: 1 + random.integer(6) }, (_, i) => ({
    a: i,
    b: random.normal(),
    c: 'xyz'[i % 3],
  }))
  const labels = features.map((_, i) => ({ y: i % 2 === 0 ? 'p' : 'q' }))
  const {
    path,
    body,
    tail,
    headers: added = {},
  }: Letter = await [
    async () => ({ path: `/api/predict?model_run_id=${targets.trained}`, body: { features } }),
    async () => ({
      path: `/api/train?model_name=${targets.modelName}&model_run_id=${await targets.insertRun()}`,
      body: { features, labels, parameters: {}, validation_split: null },
    }),
    async () => ({ path: '/api/runs', body: { model_name: targets.modelName, features, labels } }),
    async () => ({ path: `/v2/models/${targets.modelName}/infer`, ...tensorsOf(features, random) }),
  ][random.integer(4)]!()
  const text = JSON.stringify(body)
  const isBytes = tail !== undefined || random.integer(2) === 0
  const input = isBytes
    ? mutate(Buffer.concat([Buffer.from(text), tail ?? Buffer.alloc(0)]), random, WORDS)
    : mutateJson(text, random, WORDS)
  return soundAnswer(targets.client, { path, input, headers: added })
}
