// Decimals that binary forms have as an integer and a scale.

/** The double nearest to integer × 10^−scale. */
export function decimalNumber(integer: bigint, scale: number): number {
  if (scale === 0) return Number(integer)
  return Number(`${integer}e${-scale}`)
}

/** The decimal with all its digits, as 12.50. */
export function decimalText(integer: bigint, scale: number): string {
  if (scale <= 0) return String(integer * 10n ** BigInt(-scale))
  const digits = String(integer < 0n ? -integer : integer).padStart(scale + 1, '0')
  return `${integer < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** A signed integer of any length, big-endian, or little-endian when its bytes are reversed. */
export function signedInteger(bigEndian: Uint8Array): bigint {
  if (bigEndian.length === 0) return 0n
  const hex = Buffer.from(bigEndian).toString('hex')
  return BigInt.asIntN(8 * bigEndian.length, BigInt(`0x${hex}`))
}
