// What a fitted estimator must be as plain data, and what may come of plain data that it did not write.
import { StateError } from '../learning/errors.ts'
import type { Estimator, EstimatorState, FittedEstimator, StateValue } from '../learning/estimator.ts'
import { type RowBlock, toRowBlock } from '../learning/matrix.ts'
import { claimAgreement, claimSameState, outputWidth, predictWith } from './compare.ts'
import { hostileStates } from './hostile-states.ts'
import { fitOn, sampleFor } from './samples.ts'
import { type Check, ContractError, claim, makeQuick } from './subject.ts'

/** How long a restore and a prediction of a few rows may take before they count as endless. */
const HOSTILE_MS_MAX = 2000
/** After so many without an answer the rest are not tried. */
const ENDLESS_MAX = 3
/** A model with more columns refuses all rows that anybody has, so it is not asked. */
const COLUMNS_MAX = 100_000
/** Breaches that a message lists; the rest are counted. */
const LISTED_MAX = 12

export const stateChecks: readonly Check[] = [
  {
    name: 'a state is plain data',
    async run(subject) {
      const fitted = await fitOn(makeQuick(subject), sampleFor(subject))
      claimPlain(fitted.toState(), 'state')
      return undefined
    },
  },
  {
    name: 'a restored state predicts the same and writes the same',
    async run(subject) {
      const sample = sampleFor(subject)
      const fitted = await fitOn(makeQuick(subject), sample)
      const block = toRowBlock(sample.x)
      const expected = predictWith(fitted, block)
      const roundTrip = subject.aids?.roundTrip ?? copied
      for (const state of [fitted.toState(), copied(fitted.toState()), roundTrip(fitted.toState())]) {
        const restored = makeQuick(subject).restore(state)
        claim(restored.kind === fitted.kind, `a ${fitted.kind} comes back as a ${restored.kind}`)
        claim(restored.columnCount === fitted.columnCount, 'columnCount comes back as another')
        claimAgreement(predictWith(restored, block), expected, 'exact', 'predictions before and after')
        claimSameState(fitted, restored, 'the restored one writes another state')
        const [before, after] = [fitted.featureImportances, restored.featureImportances]
        claim((before === undefined) === (after === undefined), 'importances are lost or gained')
        if (before && after) claimAgreement(before, after, 'exact', 'importances before and after')
      }
      return undefined
    },
  },
  {
    name: 'a restored model does not depend on the parameters of the estimator that restores it',
    async run(subject) {
      const sample = sampleFor(subject)
      const fitted = await fitOn(makeQuick(subject), sample)
      const block = toRowBlock(sample.x)
      const restored = subject.make().restore(fitted.toState())
      claimAgreement(predictWith(restored, block), predictWith(fitted, block), 'exact', 'predictions before and after')
      return undefined
    },
  },
  {
    name: 'a state of another kind of estimator is refused',
    async run(subject) {
      for (const state of [{}, { kind: 'other' }, { columnCount: 5 }, { constructor: 1, length: 3 }]) {
        try {
          makeQuick(subject).restore(state)
        } catch (error) {
          if (error instanceof StateError) continue
          throw new ContractError(`${JSON.stringify(state)} is not refused with StateError`, { cause: error })
        }
        throw new ContractError(`${JSON.stringify(state)} is restored`)
      }
      return undefined
    },
  },
  {
    name: 'a hostile state is refused with StateError, or predicts in the right shape',
    async run(subject) {
      const fitted = await fitOn(makeQuick(subject), sampleFor(subject, { rows: 60 }))
      const within = subject.aids?.within ?? ((_: number, work: () => string | undefined) => work())
      const breaches: string[] = []
      let count = 0
      let endlessCount = 0
      for (const { change, state } of hostileStates(fitted.toState())) {
        count++
        let breach: string | undefined
        try {
          breach = within(HOSTILE_MS_MAX, () => breachBy(makeQuick(subject), state))
        } catch (error) {
          breach = `no answer: ${error}`
          endlessCount++
        }
        if (breach !== undefined) breaches.push(`state${change} → ${breach}`)
        if (endlessCount === ENDLESS_MAX) break
      }
      const listed = breaches.slice(0, LISTED_MAX).join('\n  ')
      claim(breaches.length === 0, () => `${breaches.length} of ${count} hostile states do harm:\n  ${listed}`)
      return `${count} states`
    },
  },
]

/** What goes wrong when a state is restored and asked, or undefined. */
function breachBy(estimator: Estimator, state: EstimatorState): string | undefined {
  let fitted: FittedEstimator
  try {
    fitted = estimator.restore(state)
  } catch (error) {
    return error instanceof StateError ? undefined : `restore throws ${error}`
  }
  try {
    const { columnCount } = fitted
    if (!Number.isSafeInteger(columnCount) || columnCount < 0) return `restored with columnCount ${columnCount}`
    if (columnCount > COLUMNS_MAX) return undefined
    const output = predictWith(fitted, oddRows(columnCount))
    const expected = 3 * outputWidth(fitted)
    return output.length === expected ? undefined : `${output.length} values predicted where ${expected} are due`
  } catch (error) {
    return `restored, but predict throws ${error}`
  }
}

/** Three rows: numbers, missing values, numbers far out. */
function oddRows(columnCount: number): RowBlock {
  const values = Float64Array.from({ length: 3 * columnCount }, (_, k) =>
    k < columnCount ? (k % 5) / 2 : k < 2 * columnCount ? Number.NaN : 1e9 * (k % 2 === 0 ? 1 : -1),
  )
  return { rowCount: 3, columnCount, values }
}

const ARRAY_TYPES = [Float64Array, Float32Array, Int32Array, Uint32Array, Uint16Array, Int16Array, Uint8Array]

/** Claims that a value is one that StateValue can be. Given as unknown: it is the estimator's word that is checked. */
function claimPlain(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return
  claim(typeof value === 'object', () => `${path} is ${typeof value}`)
  if (ArrayBuffer.isView(value)) {
    claim(
      ARRAY_TYPES.some((Type) => Object.getPrototypeOf(value) === Type.prototype),
      () => `${path} is a ${value.constructor.name}`,
    )
    return
  }
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  claim(isPlain, () => `${path} is an instance of ${value.constructor?.name}`)
  for (const [key, inner] of Object.entries(value)) {
    claim(key !== '__proto__', () => `${path} has a key __proto__`)
    claimPlain(inner, `${path}.${key}`)
  }
}

/** A deep copy that shares nothing and keeps the types of arrays, none of which stand where others did in memory. */
function copied(state: EstimatorState): EstimatorState {
  return copiedValue(structuredClone(state)) as EstimatorState
}

function copiedValue(value: StateValue): StateValue {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) {
    const shift = value.BYTES_PER_ELEMENT
    const Type = value.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => Float64Array
    const copy = new Type(new ArrayBuffer(value.byteLength + 2 * shift), shift, value.length)
    copy.set(value)
    return copy
  }
  if (Array.isArray(value)) return value.map(copiedValue)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copiedValue(inner)]))
}
