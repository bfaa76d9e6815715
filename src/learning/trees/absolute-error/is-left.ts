// The side of a row, without a branch: sides are as good as random, and a branch that is guessed wrong costs ten times more.

/** 1 where code <= low or code = missingCode (−1 for none), else 0. Codes are from 0 to 2^26, low below that. */
export function isLeft(code: number, low: number, missingCode: number): number {
  return ((code - low - 1) >>> 31) | ((((code ^ missingCode) - 1) >>> 31) & (~missingCode >>> 31))
}
