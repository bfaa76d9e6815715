// Typed arrays in memory that threads share.

export function sharedFloat64(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length))
}

export function sharedFloat32(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length))
}

export function sharedInt32(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length))
}

export function sharedUint32(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * length))
}

export function sharedUint16(length: number): Uint16Array {
  return new Uint16Array(new SharedArrayBuffer(2 * length))
}

export function sharedUint8(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length))
}

/** The array itself when it lies in shared memory, else a copy that does. O(n). */
export function inSharedMemory(array: Float64Array): Float64Array {
  if (array.buffer instanceof SharedArrayBuffer) return array
  const copy = sharedFloat64(array.length)
  copy.set(array)
  return copy
}

/** The same for integers, which must be int32. */
export function int32InSharedMemory(array: Int32Array | Uint16Array | Uint32Array): Int32Array {
  if (array instanceof Int32Array && array.buffer instanceof SharedArrayBuffer) return array
  const copy = sharedInt32(array.length)
  copy.set(array)
  return copy
}
