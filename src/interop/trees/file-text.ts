// The text of a file of trees.
import { modelFileFault } from '../model-file-error.ts'

/** Throws ModelFileError where the bytes are no UTF-8. O(bytes). */
export function fileText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw modelFileFault('', 'the file is no text in UTF-8', { cause })
  }
}
