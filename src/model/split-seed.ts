// The seed of the split into rows to train on and rows held out.

/** Where the caller gives none. Fixed, so that runs on the same rows are judged on the same ones. */
export const SPLIT_SEED_DEFAULT = 0
export const SPLIT_SEED_MAX = 2 ** 32 - 1

export function isSplitSeed(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= SPLIT_SEED_MAX
}
