// The parameter experiment_key of an inference request, looked for before anything else of the body is read.
import { experimentKeyFault } from '../experiment-key.ts'
import type { ReceivedBody } from '../rows/body-file.ts'

/** JSON beyond this is not read twice: its request is in no experiment. */
const JSON_BYTES_MAX = 2 ** 20
const NAME = '"experiment_key"'

/**
 * The key in the parameters of the request. Undefined where there is none, where it is no usable one, which is told when the request is
 * read, and where the JSON is too large. jsonLength: where binary tensors stand behind it. O(bytes of the JSON), fast where it has no
 * such name.
 */
export function experimentKeyIn(body: ReceivedBody | undefined, jsonLength: number | undefined): string | undefined {
  if (!Buffer.isBuffer(body)) return undefined
  const json = body.subarray(0, jsonLength ?? body.length)
  if (json.length > JSON_BYTES_MAX || !json.includes(NAME)) return undefined
  try {
    const { parameters } = JSON.parse(json.toString()) as {
      readonly parameters?: { readonly experiment_key?: unknown }
    }
    const key = parameters?.experiment_key
    return experimentKeyFault(key) === undefined ? (key as string | undefined) : undefined
  } catch {
    // Whoever reads the body says what is wrong with it.
    return undefined
  }
}
