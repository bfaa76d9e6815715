// What the service and the thread that writes models say to each other.
import type { ExportFacts } from './export-onnx.ts'

export interface ExportQuestion {
  readonly runId: number
  readonly modelName: string
  /** URL of the module of its model class. */
  readonly module: string
  readonly artifact: Uint8Array<ArrayBuffer>
  readonly workerVersion: ExportFacts['workerVersion']
}

export interface ExportedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Of the bytes, hexadecimal. */
  readonly sha256: string
}

export type ExportCalls = {
  onnx(question: ExportQuestion): ExportedFile
}
