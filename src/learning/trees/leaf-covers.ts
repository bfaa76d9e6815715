// How much weight of training rows each leaf of a tree has, in few bytes: what explanations need besides the tree.

/**
 * bytes  per leaf its weight, where that is an integer from 1 to 255, else 0
 * wide   the weights of the leaves with 0, one after another
 */
export interface LeafCovers {
  readonly bytes: Uint8Array
  readonly wide: Float32Array | Float64Array
}

const BYTE_MAX = 255
/** Weights that float32 holds with all its digits. */
const [NORMAL_MIN, NORMAL_MAX] = [2 ** -126, 2 ** 127]

/** weights: positive. Float32 is exact enough: a cover counts as a share of others. O(leaves). */
export function packCovers(weights: Float64Array): LeafCovers {
  // By loops: the `from` and `filter` of typed arrays take a tenth of a second for a million leaves.
  const bytes = new Uint8Array(weights.length)
  let wideCount = 0
  let areNormal = true
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number
    if (isByte(weight)) bytes[i] = weight
    else {
      wideCount++
      areNormal &&= weight >= NORMAL_MIN && weight <= NORMAL_MAX
    }
  }
  const wide = new (areNormal ? Float32Array : Float64Array)(wideCount)
  for (let i = 0, at = 0; at < wideCount; i++) if (bytes[i] === 0) wide[at++] = weights[i] as number
  return { bytes, wide }
}

function isByte(weight: number): boolean {
  return Number.isInteger(weight) && weight >= 1 && weight <= BYTE_MAX
}

/** The covers of trees one after another. O(leaves). */
export function joinCovers(parts: readonly LeafCovers[]): LeafCovers {
  const isDouble = parts.some(({ wide }) => wide instanceof Float64Array)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0))
  const wide = new (isDouble ? Float64Array : Float32Array)(parts.reduce((sum, part) => sum + part.wide.length, 0))
  let [byteAt, wideAt] = [0, 0]
  for (const part of parts) {
    bytes.set(part.bytes, byteAt)
    wide.set(part.wide, wideAt)
    byteAt += part.bytes.length
    wideAt += part.wide.length
  }
  return { bytes, wide }
}

/** The weight of each leaf; undefined where the parts do not fit together. O(leaves). */
export function unpackCovers({ bytes, wide }: LeafCovers): Float64Array | undefined {
  const weights = new Float64Array(bytes.length)
  let at = 0
  for (let leaf = 0; leaf < bytes.length; leaf++) {
    const weight = bytes[leaf] === 0 ? wide[at++] : bytes[leaf]
    if (weight === undefined || !(weight > 0 && weight < Number.POSITIVE_INFINITY)) return undefined
    weights[leaf] = weight
  }
  return at === wide.length ? weights : undefined
}
