// Options that are not for what is brought: of another format than the file has, or of rows where there are golden tensors.
import type { FaultList } from '../../model/faults.ts'
import { type BodyBytes, chunksOf } from '../../rows/byte-window.ts'
import type { GoldenBody } from './checked-import.ts'
import { holdsTensors } from './golden-tensors.ts'
import { formatOf, type ImportOptions, MODEL_FORMATS, type ModelFormat } from './import-options.ts'

const TREES: readonly ModelFormat[] = ['lightgbm', 'xgboost_json', 'xgboost_ubjson']

/** Options that are not for every format. */
const FORMATS_OF_OPTION: Readonly<Partial<Record<keyof ImportOptions, readonly ModelFormat[]>>> = {
  categories: TREES,
  categorical_features: ['lightgbm'],
  missing: TREES,
  rounds: TREES,
  outputs: ['onnx'],
}

/** Options that say something of columns. */
const OPTIONS_OF_ROWS: readonly (keyof ImportOptions)[] = ['label_name', 'feature_names', 'classes', 'outputs']

/** What tells the format of a file. */
const FORMAT_BYTES = 16
/** Of golden tensors, which are told by their first byte that is no white space. */
const GOLDEN_HEAD_BYTES = 4096

/** What is brought, as its options are held against it. */
export interface BroughtForms {
  readonly format: ModelFormat
  readonly isOfTensors: boolean
}

/** Adds a fault for each option that would be passed over in silence, and for golden tensors of what is no ONNX. */
export function addOptionFaults(
  options: ImportOptions,
  { format, isOfTensors }: BroughtForms,
  faults: FaultList,
): void {
  const refuse = (parameter: string, detail: string): void => faults.add({ in: 'options', parameter, detail })
  if (isOfTensors && format !== 'onnx') {
    const detail = `golden tensors are for onnx; the file is ${format}: expected a list of rows`
    faults.add({ in: 'golden', detail })
  }
  for (const [option, formats] of Object.entries(FORMATS_OF_OPTION)) {
    if (options[option as keyof ImportOptions] === undefined || formats.includes(format)) continue
    refuse(option, `it is for ${formats.join(', ')}; the file is ${format}`)
  }
  for (const option of OPTIONS_OF_ROWS) {
    // An option that is not for the format is told already.
    const isTold = FORMATS_OF_OPTION[option]?.includes(format) === false
    if (!isOfTensors || options[option] === undefined || isTold) continue
    refuse(option, 'it is for golden rows; tensors have the names that the file has for them')
  }
}

/** The format that is said, or else that of the file; undefined, and a fault, where its beginning tells none. Reads 16 bytes. */
export function readFormat(said: ModelFormat | undefined, file: BodyBytes, faults: FaultList): ModelFormat | undefined {
  const format = said ?? formatOf(headOf(file, FORMAT_BYTES))
  if (format === undefined) {
    const detail = `the beginning of the file is that of no format; taken are ${MODEL_FORMATS.join(', ')}`
    faults.add({ in: 'options', parameter: 'format', detail })
  }
  return format
}

/** As holdsTensors; but no more than 4 KiB of white space is passed over. */
export function beginsWithTensors({ body, form }: Pick<GoldenBody, 'body' | 'form'>): boolean {
  return form === 'json' && holdsTensors({ body: headOf(body, GOLDEN_HEAD_BYTES), form })
}

function headOf(body: BodyBytes, byteLength: number): Uint8Array {
  return Buffer.concat([...chunksOf(body, 0, byteLength)])
}
