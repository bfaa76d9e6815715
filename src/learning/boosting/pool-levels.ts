// Categorical columns with more levels than bins: each level becomes a number, what its rows' targets are on average.
import { DataError } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { Matrix } from '../matrix.ts'
import { sharedFloat64 } from '../parallel/shared-arrays.ts'
import { Random } from '../random.ts'
import { levelEffects } from './level-effects.ts'
import { type Loss, outputCount } from './loss.ts'

/** A number for each level; NaN where no training row has it. */
export interface PooledColumn {
  /** Its place among those of `sources`. */
  readonly column: number
  readonly effects: Float64Array
}

/**
 * matrix   the columns of the fit, pooled ones as numbers; behind them further numbers of the same columns
 * sources  per column, the column of the fit that it comes from: those of the fit, sparse ones last, then the further ones
 */
export interface WidenedMatrix {
  readonly matrix: Matrix
  readonly sources: Int32Array
  readonly pooled: readonly PooledColumn[]
}

/** Classes that have numbers of their own, those with the most weight, while so many numbers are not exceeded. */
const CLASSES_MAX = 32
const NUMBERS_MAX = 2 ** 25
const COLUMNS_MAX = 65_536
const FOLDS = 5
const FOLD_STREAM = 0xf01d

/**
 * Pools the levels of columns of which the training rows have more than `levelsMax`: target encoding, cross-fitted
 * (Micci-Barreca 2001; scikit-learn's TargetEncoder). A training row gets the effect of its level on the other folds'
 * rows, so that it never sees its own target; all other rows get that on all training rows. With more than two classes
 * each of them makes a number. The folds follow from the seed.
 *
 * O(rows × pooled columns × classes); memory 8 bytes of the same, and 1 byte a row.
 */
export async function poolLevels(
  x: Matrix,
  { values, loss }: { readonly values: Float64Array; readonly loss: Loss },
  training: Int32Array,
  weight: Float64Array | undefined,
  levelsMax: number,
  seed: number,
  { stop }: Pick<FitContext, 'stop'>,
): Promise<WidenedMatrix> {
  const columns = [...x.columns]
  const categoryCounts = [...x.categoryCounts]
  const denseCount = columns.length
  const sparseCount = x.sparse?.columnCount ?? 0
  const sources = Array.from({ length: denseCount + sparseCount }, (_, j) => j)
  if (sources.length > COLUMNS_MAX) throw new DataError(`${sources.length} columns are more than ${COLUMNS_MAX}`)
  const pooled: PooledColumn[] = []
  const wide = sources.slice(0, denseCount).filter((j) => countSeen(x, j, training, levelsMax) > levelsMax)
  if (wide.length > 0) {
    const folds = drawFolds(x.rowCount, training, seed)
    const outputs = outputCount(loss)
    const room = Math.min(NUMBERS_MAX / x.rowCount, COLUMNS_MAX - sources.length) / wide.length
    const most = Math.max(1, Math.min(CLASSES_MAX, Math.floor(room)))
    const classes = outputs === 1 ? [undefined] : heaviest(values, training, weight, outputs, most)
    for (const source of wide) {
      for (const [k, one] of classes.entries()) {
        stop.throwIfSet()
        await turn()
        const column = k === 0 ? source : sources.length
        const place = k === 0 ? source : columns.length
        const codes = x.columns[source] as Float64Array
        const target = one === undefined ? values : values.map((value) => (value === one ? 1 : 0))
        const { all, without } = levelEffects(codes, categoryCountOf(x, source), target, training, folds, FOLDS, weight)
        columns[place] = encode(codes, all, without, folds)
        categoryCounts[place] = 0
        sources[column] = source
        pooled.push({ column, effects: all })
      }
    }
  }
  return { matrix: { rowCount: x.rowCount, columns, categoryCounts }, sources: Int32Array.from(sources), pooled }
}

/** Levels of a column that training rows have; 0 where these cannot be more than `most`. */
function countSeen(x: Matrix, j: number, training: Int32Array, most: number): number {
  const count = categoryCountOf(x, j)
  if (count <= most) return 0
  const column = x.columns[j] as Float64Array
  const isSeen = new Uint8Array(count)
  for (const row of training) {
    const code = column[row] as number
    if (code >= 0 && code < count) isSeen[code] = 1
  }
  return isSeen.reduce((sum, seen) => sum + seen, 0)
}

function categoryCountOf({ categoryCounts }: Matrix, j: number): number {
  return categoryCounts[j] as number
}

/** Per row its fold, from 1 on; 0 for rows that are not trained on. */
function drawFolds(rowCount: number, training: Int32Array, seed: number): Uint8Array {
  const random = new Random(seed, FOLD_STREAM)
  const folds = new Uint8Array(rowCount)
  for (const row of training) folds[row] = 1 + random.integer(FOLDS)
  return folds
}

/** Codes of the classes with the most weight, ascending. */
function heaviest(
  codes: Float64Array,
  training: Int32Array,
  weight: Float64Array | undefined,
  classCount: number,
  most: number,
): number[] {
  const totals = new Float64Array(classCount)
  for (const row of training) {
    const code = codes[row] as number
    totals[code] = (totals[code] as number) + (weight?.[row] ?? 1)
  }
  const byWeight = [...totals.keys()].sort((a, b) => (totals[b] as number) - (totals[a] as number) || a - b)
  return byWeight.slice(0, most).sort((a, b) => a - b)
}

/** effects[code] of each row: of the folds but its own for a training row, of all for another. */
function encode(
  codes: Float64Array,
  all: Float64Array,
  without: readonly Float64Array[],
  folds: Uint8Array,
): Float64Array {
  const encoded = sharedFloat64(codes.length)
  for (let i = 0; i < codes.length; i++) {
    const fold = folds[i] as number
    const effects = fold === 0 ? all : (without[fold - 1] as Float64Array)
    encoded[i] = effects[codes[i] as number] ?? Number.NaN
  }
  return encoded
}
