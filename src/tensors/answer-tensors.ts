// The answer of an inference: JSON, and behind it the outputs that are wanted as bytes.
import type { Column, Level } from '../model/table.ts'
import type { OutputTensor } from './output-tensors.ts'
import type { OutputWish } from './output-wishes.ts'

/** Elements that are written at once. */
const ELEMENTS_AT_ONCE = 8192

export interface InferenceAnswer {
  readonly modelName: string
  readonly modelVersion: string
  readonly id: string | undefined
  readonly rowCount: number
  readonly outputs: readonly OutputTensor[]
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
    if (!byName.has(output.name)) byName.set(output.name, writable(output, answer.rowCount))
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
    const { output, count, shape } = tensor
    const parameters = {
      ...(output.classes === undefined ? {} : { classes: output.classes }),
      ...(isBinary ? { binary_data_size: tensor.byteLength() } : {}),
    }
    text = `${i > 0 ? ',' : ''}{"name":${JSON.stringify(output.name)},"datatype":"${output.datatype}"`
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

interface ElementWriter {
  readonly textAt: (at: number) => string
  readonly byteLengthAt: (at: number) => number
  readonly write: (view: DataView, offset: number, at: number) => void
}

interface WritableTensor extends ElementWriter {
  readonly output: OutputTensor
  readonly count: number
  readonly shape: readonly number[]
  readonly byteLength: () => number
}

function writable(output: OutputTensor, rowCount: number): WritableTensor {
  const { width, values } = output
  const count = rowCount * (width ?? 1)
  const shape = width === undefined ? [rowCount] : [rowCount, width]
  const writer = writerOf(values, output.datatype)
  const byteLength = (): number => {
    let sum = 0
    for (let at = 0; at < count; at++) sum += writer.byteLengthAt(at)
    return sum
  }
  return { ...writer, output, count, shape, byteLength }
}

function writerOf(values: OutputTensor['values'], datatype: OutputTensor['datatype']): ElementWriter {
  if (ArrayBuffer.isView(values)) return numberWriter(values)
  return 'kind' in values ? columnWriter(values, datatype) : listWriter(values, datatype)
}

/** Row-major rows × places of a list. */
function listWriter(places: readonly Column[], datatype: OutputTensor['datatype']): ElementWriter {
  const writers = places.map((column) => columnWriter(column, datatype))
  const width = places.length
  const writerAt = (at: number): ElementWriter => writers[at % width] as ElementWriter
  return {
    textAt: (at) => writerAt(at).textAt(Math.floor(at / width)),
    byteLengthAt: (at) => writerAt(at).byteLengthAt(Math.floor(at / width)),
    write: (view, offset, at) => writerAt(at).write(view, offset, Math.floor(at / width)),
  }
}

function columnWriter(column: Column, datatype: OutputTensor['datatype']): ElementWriter {
  if (column.kind !== 'categorical') return numberWriter(column.values)
  const { codes } = column
  const levels = column.levels.map((level) => levelWriter(level, datatype))
  // Behind the end of a list.
  const none = datatype === 'BYTES' ? levelWriter('', datatype) : undefined
  const levelAt = (at: number): LevelWriter => (levels[codes[at] as number] ?? none) as LevelWriter
  return {
    textAt: (at) => levelAt(at).text,
    byteLengthAt: (at) => levelAt(at).byteLength,
    write: (view, offset, at) => levelAt(at).write(view, offset),
  }
}

function numberWriter(values: Float64Array): ElementWriter {
  return {
    textAt: (at) => numberText(values[at] as number),
    byteLengthAt: () => 8,
    write: (view, offset, at) => view.setFloat64(offset, values[at] as number, true),
  }
}

/** As JSON.stringify writes it: null where it is no number. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null'
}

interface LevelWriter {
  readonly text: string
  readonly byteLength: number
  readonly write: (view: DataView, offset: number) => void
}

function levelWriter(level: Level, datatype: OutputTensor['datatype']): LevelWriter {
  if (datatype === 'BOOL') {
    return {
      text: String(level),
      byteLength: 1,
      write: (view, offset) => view.setUint8(offset, level === true ? 1 : 0),
    }
  }
  if (datatype === 'INT64') {
    const integer = BigInt(level)
    return { text: String(level), byteLength: 8, write: (view, offset) => view.setBigInt64(offset, integer, true) }
  }
  if (datatype === 'FP64') {
    const number = Number(level)
    return { text: numberText(number), byteLength: 8, write: (view, offset) => view.setFloat64(offset, number, true) }
  }
  const bytes = new TextEncoder().encode(String(level))
  const write = (view: DataView, offset: number): void => {
    view.setUint32(offset, bytes.length, true)
    new Uint8Array(view.buffer).set(bytes, offset + 4)
  }
  return { text: JSON.stringify(String(level)), byteLength: 4 + bytes.length, write }
}
