// The answer of an inference: JSON, and behind it the outputs that are wanted as bytes.
import type { OutputWish } from './output-wishes.ts'
import type { WritableTensor } from './writable-tensor.ts'

/** Elements that are written at once. */
const ELEMENTS_AT_ONCE = 8192

export interface InferenceAnswer {
  readonly modelName: string
  readonly modelVersion: string
  readonly id: string | undefined
  readonly outputs: readonly WritableTensor[]
  readonly wishes: readonly OutputWish[]
  /** JSON; undefined where there are none. */
  readonly warnings: string | undefined
  /** What a deployment says of itself, and the ids of its predictions. Absent of an answer that none gives. */
  readonly served?: {
    readonly parameters: Readonly<Record<string, string | number>>
    /** Parts of a list of texts in JSON, for a text of JSON: `\"a\",\"b\"`. */
    readonly ids: () => Iterable<string>
  }
}

export interface AnswerParts {
  /** Bytes of the JSON; undefined where nothing stands behind it. */
  readonly jsonLength: number | undefined
  /** Each made when it is asked for; texts are UTF-8. */
  readonly parts: Iterable<string | Uint8Array>
}

/** O(elements). */
export function answerTensors(answer: InferenceAnswer): AnswerParts {
  const byName = new Map<string, WritableTensor>()
  for (const output of answer.outputs) {
    // A label column may have the name that the probabilities of another would have; it was there first.
    if (!byName.has(output.name)) byName.set(output.name, output)
  }
  const wished = answer.wishes.map(({ name, isBinary }) => ({ tensor: byName.get(name) as WritableTensor, isBinary }))
  const binary = wished.filter(({ isBinary }) => isBinary).map(({ tensor }) => tensor)
  if (binary.length === 0) return { jsonLength: undefined, parts: jsonParts(answer, wished) }
  // Its length is told before it comes.
  const json = Array.from(jsonParts(answer, wished), (part) => new TextEncoder().encode(part))
  const jsonLength = json.reduce((sum, part) => sum + part.length, 0)
  return { jsonLength, parts: inOrder(json, byteParts(binary)) }
}

function* inOrder(first: Iterable<Uint8Array>, second: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield* first
  yield* second
}

interface Wished {
  readonly tensor: WritableTensor
  readonly isBinary: boolean
}

function* jsonParts(answer: InferenceAnswer, wished: readonly Wished[]): Generator<string> {
  const { modelName, modelVersion, id, warnings, served } = answer
  let text = `{"model_name":${JSON.stringify(modelName)},"model_version":${JSON.stringify(modelVersion)}`
  if (id !== undefined) text += `,"id":${JSON.stringify(id)}`
  // Parameters of the protocol are strings, numbers and booleans.
  const said = { ...(warnings === undefined ? {} : { warnings }), ...served?.parameters }
  if (Object.keys(said).length > 0) text += `,"parameters":${JSON.stringify(said)}`
  if (served !== undefined) {
    yield `${text.slice(0, -1)},"prediction_ids":"[`
    yield* served.ids()
    text = ']"}'
  }
  yield `${text},"outputs":[`
  for (const [i, { tensor, isBinary }] of wished.entries()) {
    const { name, datatype, classes, count, shape } = tensor
    const parameters = {
      ...(classes === undefined ? {} : { classes }),
      ...(isBinary ? { binary_data_size: tensor.byteLength() } : {}),
    }
    text = `${i > 0 ? ',' : ''}{"name":${JSON.stringify(name)},"datatype":"${datatype}"`
    text += `,"shape":${JSON.stringify(shape)}`
    if (Object.keys(parameters).length > 0) text += `,"parameters":${JSON.stringify(parameters)}`
    if (!isBinary) {
      text += ',"data":['
      for (let start = 0; start < count; start += ELEMENTS_AT_ONCE) {
        const end = Math.min(start + ELEMENTS_AT_ONCE, count)
        for (let at = start; at < end; at++) text += (at > 0 ? ',' : '') + tensor.textAt(at)
        yield text
        text = ''
      }
      text += ']'
    }
    yield `${text}}`
  }
  yield ']}'
}

function* byteParts(tensors: readonly WritableTensor[]): Generator<Uint8Array> {
  for (const { count, write, byteLengthAt } of tensors) {
    for (let start = 0; start < count; start += ELEMENTS_AT_ONCE) {
      const end = Math.min(start + ELEMENTS_AT_ONCE, count)
      let byteLength = 0
      for (let at = start; at < end; at++) byteLength += byteLengthAt(at)
      const bytes = new Uint8Array(byteLength)
      const view = new DataView(bytes.buffer)
      let offset = 0
      for (let at = start; at < end; at++) {
        write(view, offset, at)
        offset += byteLengthAt(at)
      }
      yield bytes
    }
  }
}
