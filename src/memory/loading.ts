// What a stored pipeline takes to be loaded.

/** For each byte of its artifact: those bytes, and what they become. Measured on forests. */
export const LOADING_BYTES_PER_BYTE = 4

/** The largest artifact that can be loaded to predict with such a budget. */
export function loadableBytes(budgetBytes: number): number {
  return Math.floor(budgetBytes / LOADING_BYTES_PER_BYTE)
}
