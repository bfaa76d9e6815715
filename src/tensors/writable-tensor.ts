// A tensor of an answer whose elements are written one by one, as text or as bytes.
import type { Column, Level } from '../model/table.ts'
import type { TensorElements, TensorValues } from '../model/tensor-model.ts'
import { NUMBER_TYPES } from './datatypes.ts'
import type { OutputTensor } from './output-tensors.ts'

interface ElementWriter {
  readonly textAt: (at: number) => string
  readonly byteLengthAt: (at: number) => number
  readonly write: (view: DataView, offset: number, at: number) => void
}

export interface WritableTensor extends ElementWriter {
  readonly name: string
  readonly datatype: string
  /** JSON of the classes, in the order of the elements of a row; undefined where there are none. */
  readonly classes: string | undefined
  readonly count: number
  readonly shape: readonly number[]
  readonly byteLength: () => number
}

/** An output of predictions of so many rows. */
export function writableOutput(output: OutputTensor, rowCount: number): WritableTensor {
  const { name, datatype, classes, width, values } = output
  const count = rowCount * (width ?? 1)
  const shape = width === undefined ? [rowCount] : [rowCount, width]
  return whole({ name, datatype, classes, shape, count }, writerOf(values, datatype))
}

/** A tensor as a model gives it. */
export function writableValues({ name, datatype, shape, data }: TensorValues): WritableTensor {
  return whole({ name, datatype, classes: undefined, shape, count: data.length }, elementWriter(data, datatype))
}

function whole(head: Omit<WritableTensor, keyof ElementWriter | 'byteLength'>, writer: ElementWriter): WritableTensor {
  const byteLength = (): number => {
    let sum = 0
    for (let at = 0; at < head.count; at++) sum += writer.byteLengthAt(at)
    return sum
  }
  return { ...head, ...writer, byteLength }
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

function elementWriter(data: TensorElements, datatype: string): ElementWriter {
  if (!ArrayBuffer.isView(data)) return textsWriter(data)
  const byteLength = NUMBER_TYPES.get(datatype)?.byteLength ?? 1
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return {
    textAt: textOfElement(data, datatype),
    byteLengthAt: () => byteLength,
    // The host is little-endian, as WebAssembly is.
    write: (view, offset, at) => {
      for (let i = 0; i < byteLength; i++) view.setUint8(offset + i, bytes[at * byteLength + i] as number)
    },
  }
}

function textOfElement(data: Exclude<TensorElements, readonly string[]>, datatype: string): (at: number) => string {
  if (datatype === 'BOOL') return (at) => (data[at] === 0 ? 'false' : 'true')
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return (at) => String(data[at])
  return (at) => numberText(data[at] as number)
}

function textsWriter(texts: readonly string[]): ElementWriter {
  const encoder = new TextEncoder()
  const textAt = (at: number): string => texts[at] as string
  return {
    textAt: (at) => JSON.stringify(textAt(at)),
    byteLengthAt: (at) => 4 + Buffer.byteLength(textAt(at)),
    write: (view, offset, at) => {
      const bytes = encoder.encode(textAt(at))
      view.setUint32(offset, bytes.length, true)
      new Uint8Array(view.buffer).set(bytes, offset + 4)
    },
  }
}
