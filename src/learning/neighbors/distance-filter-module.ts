// The routine in WebAssembly that throws out most rows of a brute-force search: single precision, four rows an
// instruction. distance-filter.ts holds its data and says why what remains is exact.
import type { Routine } from '../wasm/assemble-module.ts'
import {
  BLOCK,
  branchIf,
  type Code,
  constantI32,
  END,
  F32,
  f32x4,
  get,
  I32,
  i32,
  LOOP,
  load,
  set,
  store,
  tee,
  V128,
  v128,
} from '../wasm/instructions.ts'

/** Rows of one block. Inside a block values stand column by column. */
export const BLOCK_ROWS = 16
/** Columns between two looks whether any row of the block is still near enough. */
const SEGMENT_COLUMNS = 16
const COLUMN_BYTES = 4 * BLOCK_ROWS
const VECTORS = BLOCK_ROWS / 4

/**
 * `scan(rows, blockCount, query, limit, found)`, for rows of `columnCount` columns in memory 0, looks at blockCount ≥ 1
 * blocks from byte `rows` on. Of each block that has rows whose measure is at most `limit`, it writes the block's index,
 * counted from 0 at `rows`, and the bits of those rows, two int32, into memory 1 from byte `found` on, and returns the
 * number of blocks written. `query` is the byte in memory 1 of columnCount float32.
 *
 * A block begins with one number for each of its rows, from which the measure starts: with norm 1 the measure is
 * that number plus Σ |row − query|, with norm 2 it is that number minus Σ row · query, at half the cost.
 */
export function scanRoutine(columnCount: number, norm: 1 | 2): Routine {
  return {
    name: 'scan',
    parameters: [I32, I32, I32, F32, I32],
    results: [I32],
    locals: [
      [6, I32],
      [2 + VECTORS, V128],
    ],
    code: scan(columnCount, norm),
  }
}

/** The memory of what is not shared. */
const SCRATCH = 1
// Parameters, then locals.
const [ROWS, BLOCKS, QUERY, LIMIT, FOUND] = [0, 1, 2, 3, 4]
const [FIRST_FOUND, BLOCK_INDEX, SEGMENTS, COLUMN, VALUE, MASK] = [5, 6, 7, 8, 9, 10]
const [LIMITS, SPLAT, SUM] = [11, 12, 13]

function scan(columnCount: number, norm: 1 | 2): Code {
  const segments = Math.floor((columnCount - 1) / SEGMENT_COLUMNS)
  const rest = columnCount - segments * SEGMENT_COLUMNS
  const vectors = [...Array(VECTORS).keys()]
  const isNear = (v: number): Code => [...get(SUM + v), ...get(LIMITS), ...f32x4.atMost]
  const leaveUnlessAnyIsNear = [
    ...vectors.flatMap((v) => [...isNear(v), ...(v > 0 ? v128.or : [])]),
    ...[...v128.isAnySet, i32.isZero, ...branchIf(1)], // to the end of the block
  ]
  return [
    ...[...get(FOUND), ...set(FIRST_FOUND), ...get(LIMIT), ...f32x4.splat, ...set(LIMITS)],
    ...LOOP, // over blocks
    ...BLOCK, // to leave when no row is near
    ...vectors.flatMap((v) => [...get(ROWS), ...load.v128(16 * v), ...set(SUM + v)]),
    ...[...get(ROWS), ...constantI32(COLUMN_BYTES), i32.add, ...set(COLUMN), ...get(QUERY), ...set(VALUE)],
    ...(segments === 0
      ? []
      : [
          ...[...constantI32(segments), ...set(SEGMENTS)],
          ...LOOP, // over segments
          ...addColumns(SEGMENT_COLUMNS, norm),
          // Only what grows can be too far already.
          ...(norm === 1 ? leaveUnlessAnyIsNear : []),
          ...[...get(COLUMN), ...constantI32(SEGMENT_COLUMNS * COLUMN_BYTES), i32.add, ...set(COLUMN)],
          ...[...get(VALUE), ...constantI32(SEGMENT_COLUMNS * 4), i32.add, ...set(VALUE)],
          ...[...get(SEGMENTS), ...constantI32(1), i32.sub, ...tee(SEGMENTS), ...branchIf(0), END],
        ]),
    ...addColumns(rest, norm),
    ...vectors.flatMap((v) => [
      ...isNear(v),
      ...v128.bitmask,
      ...(v > 0 ? [...constantI32(4 * v), i32.shiftLeft, i32.or] : []),
    ]),
    ...[...tee(MASK), i32.isZero, ...branchIf(0)],
    ...[...get(FOUND), ...get(BLOCK_INDEX), ...store.i32(0, SCRATCH)],
    ...[...get(FOUND), ...get(MASK), ...store.i32(4, SCRATCH)],
    ...[...get(FOUND), ...constantI32(8), i32.add, ...set(FOUND)],
    END,
    ...[...get(ROWS), ...constantI32((columnCount + 1) * COLUMN_BYTES), i32.add, ...set(ROWS)],
    ...[
      ...get(BLOCK_INDEX),
      ...constantI32(1),
      i32.add,
      ...tee(BLOCK_INDEX),
      ...get(BLOCKS),
      i32.less,
      ...branchIf(0),
      END,
    ],
    ...[...get(FOUND), ...get(FIRST_FOUND), i32.sub, ...constantI32(3), i32.shiftRight],
  ]
}

/** Adds columns to the measures of 16 rows, unrolled. */
function addColumns(count: number, norm: 1 | 2): Code {
  const code: number[] = []
  for (let j = 0; j < count; j++) {
    code.push(...get(VALUE), ...load.splatF32(4 * j, SCRATCH), ...set(SPLAT))
    for (let v = 0; v < VECTORS; v++) {
      code.push(...get(COLUMN), ...load.v128(COLUMN_BYTES * j + 16 * v))
      code.push(...get(SPLAT))
      // sum − row · query: fused or not, it is within the error that distance-filter.ts allows for.
      if (norm === 2) code.push(...get(SUM + v), ...f32x4.relaxedNegatedMultiplyAdd)
      else code.push(...f32x4.sub, ...f32x4.abs, ...get(SUM + v), ...f32x4.add)
      code.push(...set(SUM + v))
    }
  }
  return code
}
