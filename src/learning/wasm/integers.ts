// LEB128, in which WebAssembly writes its integers: seven bits a byte, the lowest first.

/** An integer from 0 to 2^32 − 1. */
export function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

/** An int32. */
export function signed(value: number): number[] {
  const isLast = value >= -64 && value < 64
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
}
