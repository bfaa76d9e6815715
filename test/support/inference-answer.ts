// An answer of the Open Inference Protocol, read as a client reads it: outputs by name, from JSON or bytes.

export interface InferenceAnswer {
  readonly status: number
  readonly contentType: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any
  readonly outputs: Readonly<Record<string, unknown[]>>
}

export async function readInferenceAnswer(response: Response): Promise<InferenceAnswer> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const length = response.headers.get('inference-header-content-length')
  const jsonLength = length === null ? bytes.length : Number(length)
  const body = JSON.parse(bytes.toString('utf8', 0, jsonLength))
  let at = jsonLength
  const outputs: Record<string, unknown[]> = {}
  for (const { name, datatype, shape, data, parameters } of body.outputs ?? []) {
    const count = shape.reduce((product: number, size: number) => product * size, 1)
    const size = parameters?.binary_data_size
    const elements = size === undefined ? data : elementsOf(bytes.subarray(at, at + size), datatype, count)
    if (elements.length !== count) throw new Error(`${name} has ${elements.length} elements, not ${count}`)
    outputs[name] = elements
    at += size ?? 0
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes are left over`)
  return { status: response.status, contentType: response.headers.get('content-type'), body, outputs }
}

function elementsOf(bytes: Buffer, datatype: string, count: number): unknown[] {
  if (datatype === 'FP32') return Array.from({ length: count }, (_, i) => bytes.readFloatLE(4 * i))
  if (datatype === 'FP64') return Array.from({ length: count }, (_, i) => bytes.readDoubleLE(8 * i))
  if (datatype === 'INT64') return Array.from({ length: count }, (_, i) => Number(bytes.readBigInt64LE(8 * i)))
  if (datatype === 'BOOL') return Array.from(bytes, (byte) => byte === 1)
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at)
    texts.push(bytes.toString('utf8', at + 4, end))
    at = end
  }
  return texts
}
