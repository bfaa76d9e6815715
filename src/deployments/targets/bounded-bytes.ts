// An answer of another server, as far as it is not too long.

/** All bytes of the answer; undefined where it has more than `bytesMax`: then it is left. */
export async function boundedBytes(answer: Response, bytesMax: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body ?? []) {
    length += part.byteLength
    if (length > bytesMax) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}
