// What a training request says of the rows that are held out: how many, and which ones.
import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import { isSplitSeed, SPLIT_SEED_DEFAULT, SPLIT_SEED_MAX } from '../model/split-seed.ts'

/** Null holds out nothing. */
export function readValidationSplit(given: unknown, faults: FaultList): number | null {
  if (given === undefined || given === null || given === 0) return null
  if (typeof given === 'number' && given > 0 && given < 1) return given
  faults.add({
    in: 'validation_split',
    detail: `expected a number above 0 and below 1, or 0 for none, got ${shownNumber(given)}`,
  })
  return null
}

export function readSplitSeed(given: unknown, faults: FaultList): number {
  if (given === undefined || given === null) return SPLIT_SEED_DEFAULT
  if (isSplitSeed(given)) return given
  faults.add({ in: 'split_seed', detail: `expected an integer from 0 to ${SPLIT_SEED_MAX}, got ${shownNumber(given)}` })
  return SPLIT_SEED_DEFAULT
}

function shownNumber(given: unknown): string {
  return typeof given === 'object' ? 'no number' : shown(given)
}
