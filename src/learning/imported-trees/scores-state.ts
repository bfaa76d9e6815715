// Imported trees as plain data, and back, trusting nothing.
import { StateError } from '../errors.ts'
import type { EstimatorState, StateValue } from '../estimator.ts'
import { checkForest } from './check-forest.ts'
import {
  type ImportedForest,
  type ImportedLine,
  type ImportedScores,
  LINKS,
  type LinearLeaves,
} from './imported-scores.ts'

const COLUMNS_MAX = 10_000_000
const OUTPUTS_MAX = 1_000_000

/** kind: of the estimator. */
export function scoresState(kind: string, scores: ImportedScores): EstimatorState {
  const { trees, line, ...rest } = scores
  const { lines, ...forest } = trees
  return {
    kind,
    ...rest,
    trees: { ...forest, lines: lines === null ? null : { ...lines } },
    line: line === null ? null : { ...line },
  }
}

/** Throws StateError for anything that cannot be walked safely. O(state). */
export function restoreScores(kind: string, state: EstimatorState): ImportedScores {
  claim(state['kind'] === kind, 'kind')
  const columnCount = whole(state['columnCount'], 1, COLUMNS_MAX, 'columnCount')
  const baseline = doubles(state['baseline'], 'baseline')
  const { isFloat32, link, divisor, slope } = state
  claim(baseline.length >= 1 && baseline.length <= OUTPUTS_MAX && baseline.every(Number.isFinite), 'baseline')
  claim(typeof isFloat32 === 'boolean', 'isFloat32')
  const known = LINKS.find((name) => name === link)
  claim(known !== undefined, 'link')
  claim(typeof divisor === 'number' && Number.isFinite(divisor) && divisor > 0, 'divisor')
  claim(typeof slope === 'number' && Number.isFinite(slope), 'slope')
  const trees = forestOf(state['trees'], columnCount)
  const line = lineOf(state['line'], columnCount, baseline.length)
  claim(trees.outputs === baseline.length, 'outputs')
  const picked = whole(state['picked'], 0, baseline.length - 1, 'picked')
  return { columnCount, isFloat32, baseline, trees, line, link: known, divisor, slope, picked }
}

function forestOf(value: StateValue | undefined, columnCount: number): ImportedForest {
  const state = record(value, 'trees')
  const linesState = state['lines']
  const forest: ImportedForest = {
    outputs: whole(state['outputs'], 1, OUTPUTS_MAX, 'outputs'),
    sources: integers(state['sources'], 'sources'),
    views: bytes(state['views'], 'views'),
    treeOutputs: integers(state['treeOutputs'], 'treeOutputs'),
    splitCounts: integers(state['splitCounts'], 'splitCounts'),
    columns: integers(state['columns'], 'columns'),
    thresholds: doubles(state['thresholds'], 'thresholds'),
    flags: bytes(state['flags'], 'flags'),
    children: integers(state['children'], 'children'),
    setStarts: integers(state['setStarts'], 'setStarts'),
    setWords: words(state['setWords'], 'setWords'),
    values: doubles(state['values'], 'values'),
    // Earlier versions did not keep them.
    covers: (state['covers'] ?? null) === null ? null : doubles(state['covers'], 'covers'),
    lines: linesState === null ? null : linesOf(record(linesState, 'lines')),
  }
  const fault = checkForest(forest, columnCount)
  claim(fault === undefined, fault ?? '')
  return forest
}

function linesOf(state: EstimatorState): LinearLeaves {
  return {
    constants: doubles(state['constants'], 'constants'),
    starts: integers(state['starts'], 'starts'),
    columns: integers(state['columns'], 'lines'),
    coefficients: doubles(state['coefficients'], 'coefficients'),
  }
}

function lineOf(value: StateValue | undefined, columnCount: number, outputs: number): ImportedLine | null {
  if (value === null) return null
  const state = record(value, 'line')
  const coefficients = doubles(state['coefficients'], 'coefficients')
  const intercepts = doubles(state['intercepts'], 'intercepts')
  claim(coefficients.length === columnCount * outputs && coefficients.every(Number.isFinite), 'coefficients')
  claim(intercepts.length === outputs && intercepts.every(Number.isFinite), 'intercepts')
  return { coefficients, intercepts }
}

function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new StateError(`not a state of imported trees: ${what}`)
}

function whole(value: StateValue | undefined, min: number, max: number, what: string): number {
  claim(typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max, what)
  return value
}

function record(value: StateValue | undefined, what: string): EstimatorState {
  claim(typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value), what)
  return value as EstimatorState
}

function doubles(value: StateValue | undefined, what: string): Float64Array {
  claim(value instanceof Float64Array, what)
  return value
}

function integers(value: StateValue | undefined, what: string): Int32Array {
  claim(value instanceof Int32Array, what)
  return value
}

function words(value: StateValue | undefined, what: string): Uint32Array {
  claim(value instanceof Uint32Array, what)
  return value
}

function bytes(value: StateValue | undefined, what: string): Uint8Array {
  claim(value instanceof Uint8Array, what)
  return value
}
