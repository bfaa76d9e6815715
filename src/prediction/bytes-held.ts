// How much memory a decoded pipeline really holds: all its buffers and strings, each once.

/** Bytes of an object and of a reference to it, roughly: what V8 takes for a small one. */
const OBJECT_BYTES = 48
const REFERENCE_BYTES = 8

/**
 * Bytes of everything that can be reached from the object: buffers exactly, strings by their characters, objects and
 * their members by an estimate. Functions count as nothing. O(objects).
 */
export function bytesHeld(root: object): number {
  const seen = new Set<object>()
  const open: unknown[] = [root]
  let bytes = 0
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') bytes += value.length
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (ArrayBuffer.isView(value)) open.push(value.buffer)
    else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) bytes += value.byteLength
    else {
      const members = membersOf(value)
      for (const member of members) open.push(member)
      bytes += REFERENCE_BYTES * members.length
    }
    bytes += OBJECT_BYTES
  }
  return bytes
}

function membersOf(value: object): unknown[] {
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  return value instanceof Set ? [...value] : Object.values(value)
}
