// Models that were trained elsewhere, brought to a worker as a form.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, TestClient } from './service.ts'

const GOLDEN = join(import.meta.dirname, '../golden/models/imports')

export interface BroughtModel {
  readonly file: Uint8Array
  /** JSON. */
  readonly golden: string
}

/** A model of skl2onnx with its golden rows, by name. */
export function onnxModel(name: string): BroughtModel {
  return brought(name, 'onnx')
}

/** A model of any framework with its golden rows. ending: of its file. */
export function brought(name: string, ending: string): BroughtModel {
  return {
    file: readFileSync(join(GOLDEN, `${name}.${ending}`)),
    golden: readFileSync(join(GOLDEN, `${name}.json`), 'utf8'),
  }
}

export interface Rows {
  readonly [column: string]: string | number | null
}

/** The rows of a model, without what is expected of them. */
export function rowsOf({ golden }: Pick<BroughtModel, 'golden'>, label = 'y'): Rows[] {
  const rows = JSON.parse(golden) as Rows[]
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name !== label && !name.startsWith(`${label}.`))),
  )
}

/** Parts that are left out are undefined. */
export function formOf(
  { file, golden }: { readonly file?: Uint8Array | undefined; readonly golden?: string | undefined },
  options?: unknown,
): FormData {
  const form = new FormData()
  if (options !== undefined) form.append('options', typeof options === 'string' ? options : JSON.stringify(options))
  if (file !== undefined) form.append('model', new Blob([Buffer.from(file)]), 'model')
  if (golden !== undefined) form.append('golden', new Blob([golden]), 'golden.json')
  return form
}

/** Sends a form as a browser does. */
export async function importInto(
  { request }: Pick<TestClient, 'request'>,
  project: string,
  form: FormData,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = new Response(form)
  const bytes = new Uint8Array(await sent.arrayBuffer())
  const type = sent.headers.get('content-type') as string
  const path = `/api/projects/${project}/versions/imports`
  return request('POST', path, bytes, { ...headers, 'content-type': type })
}

const TENSORS = join(import.meta.dirname, '../golden/models/tensors')

/** Images, token ids with their mask, sequences of any length, texts, and numbers of half the width. */
export const TENSOR_MODELS = ['image', 'photo', 'text', 'sequence', 'words', 'half'] as const

/** A model that takes tensors, with its golden tensors, by name. */
export function tensorModel(name: string): BroughtModel {
  return {
    file: readFileSync(join(TENSORS, `${name}.onnx`)),
    golden: readFileSync(join(TENSORS, `${name}.json`), 'utf8'),
  }
}

/** A tensor as JSON has it. */
export interface TensorJson {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: readonly (number | string | boolean)[]
}

export interface TensorCase {
  readonly inputs: readonly TensorJson[]
  readonly outputs: readonly TensorJson[]
}

export function casesOf({ golden }: Pick<BroughtModel, 'golden'>): readonly TensorCase[] {
  const json = JSON.parse(golden) as TensorCase & { readonly cases?: readonly TensorCase[] }
  return json.cases ?? [json]
}
