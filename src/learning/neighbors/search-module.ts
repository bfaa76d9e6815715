// The search of all rows by euclidean distance in WebAssembly: the filter, exact distances of what passes it, and the
// nearest so far. Nothing of a query is left to JavaScript, which is interpreted while the first thousands are answered.
import { assembleModule } from '../wasm/assemble-module.ts'
import { f32, f64, i32, layout, type PlacesOf } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { F64x2, sumOfLanes } from '../wasm/vectors.ts'
import { BLOCK_ROWS, type ScanRoutine, scanRoutine } from './distance-filter-module.ts'

/** Addresses, and sizes in bytes; rows and blocks lie in memory 0, all else in memory 1. */
export interface SearchRoutines {
  /**
   * Makes a record of each row of a row-major block from `values` to `end`: times `scale` in float64, and less the
   * centres, times filterScale, in float32. Nothing is near to it yet. Missing values count as 0 and are noted.
   */
  prepare(
    values: number,
    end: number,
    record: number,
    recordBytes: number,
    centres: number,
    neighborCount: number,
    scale: number,
    filterScale: number,
    part: number,
    vanishing: number,
  ): void
  /**
   * Puts those of blockCount ≥ 1 blocks from `blocks` on, whose first row is row firstRow of rowCount at `rows`, among
   * the
   * nearest of each record up to recordsEnd. Rows must come in ascending order. The filter's limit for a distance t is
   * (t · reach + slack)² · ½ (1 + 2⁻¹⁹) less the record's own part. `found`: where scan may write.
   */
  search(
    blocks: number,
    blockCount: number,
    firstRow: number,
    rows: number,
    rowCount: number,
    record: number,
    recordsEnd: number,
    recordBytes: number,
    neighborCount: number,
    found: number,
    reach: number,
    slack: number,
  ): void
}

const SCRATCH = 1

/** The record of a query. Behind it lie its distances, ascending, then as many rows (int32): a search says how many. */
const recordOf = (columnCount: number) => ({
  /** The record's part of the filter's limit. */
  own: f64(1),
  isMissing: i32(1),
  /** The query, and as the filter has it. */
  exact: f64(columnCount),
  rounded: f32(columnCount),
  distances: f64(0),
})

type RecordPlaces = PlacesOf<ReturnType<typeof recordOf>>

/** Places in the module's own memory. A record begins at a multiple of 16 bytes. */
export function recordPlaces(columnCount: number): RecordPlaces {
  return layout(recordOf(columnCount), new MemoryPlan(16, 0), SCRATCH).places
}

/** The bytes of a module that imports memory env.rows (shared) and exports its own `scratch`, scan and SearchRoutines. */
export function assembleSearch(columnCount: number): Uint8Array<ArrayBuffer> {
  const places = recordPlaces(columnCount)
  const scan = scanRoutine(columnCount, 2)
  return assembleModule({
    memory: { name: 'rows', isShared: true },
    ownMemory: 'scratch',
    routines: [scan, prepareRoutine(columnCount, places), searchRoutine(columnCount, places, scan)],
  })
}

/** The square of a norm from which on single precision says nothing: QUERY_NORM_MAX². */
const SQUARED_NORM_MAX = 1e30

const PREPARE = {
  ...{ values: I32, end: I32, record: I32, recordBytes: I32, centres: I32, neighborCount: I32 },
  ...{ scale: F64, filterScale: F64, part: F64, vanishing: F64 },
} as const

function prepareRoutine(columnCount: number, { own, isMissing, exact, rounded, distances }: RecordPlaces) {
  return routine('prepare', PREPARE, (w, given) => {
    const { values, end, record, recordBytes, centres, neighborCount, scale, filterScale, part, vanishing } = given
    w.while(values.isBelowUnsigned(end), () => {
      const rowEnd = w.keep(values.plus(8 * columnCount))
      const centre = w.keep(centres)
      const toExact = w.keep(record)
      const toRounded = w.keep(record)
      const anyMissing = w.keep(I32.of(0))
      const squares = w.keep(F64.of(0))
      w.each(values, rowEnd, 8, () => {
        const value = w.keep(F64.load(values, 0, SCRATCH).times(scale))
        w.if(value.differs(value), () => {
          w.set(value, 0)
          w.set(anyMissing, 1)
        })
        exact.store(w, toExact, value)
        const centred = w.keep(value.minus(F64.load(centre, 0, SCRATCH)).times(filterScale))
        rounded.store(w, toRounded, centred.demoted())
        w.add(squares, centred.times(centred))
        w.add(centre, 8)
        w.add(toExact, 8)
        w.add(toRounded, 4)
      })
      w.if(
        squares.isBelow(SQUARED_NORM_MAX),
        () => own.store(w, record, squares.times(part).minus(vanishing)),
        () => {
          // So far out every row passes the filter.
          w.fill(record.plus(rounded.offset), 0, 4 * columnCount, SCRATCH)
          own.store(w, record, F64.of(Number.NEGATIVE_INFINITY))
        },
      )
      isMissing.store(w, record, anyMissing)
      const to = w.keep(record)
      const distancesEnd = w.keep(distances.at(neighborCount, record))
      w.each(to, distancesEnd, 8, () => distances.store(w, to, F64.of(Number.POSITIVE_INFINITY)))
      w.add(record, recordBytes)
    })
  })
}

const SEARCH = {
  ...{ blocks: I32, blockCount: I32, firstRow: I32, rows: I32, rowCount: I32, record: I32, recordsEnd: I32 },
  ...{ recordBytes: I32, neighborCount: I32, found: I32, reach: F64, slack: F64 },
} as const

function searchRoutine(columnCount: number, places: RecordPlaces, scan: ScanRoutine) {
  const { own, rounded, distances } = places
  return routine('search', SEARCH, (w, given) => {
    const { blocks, blockCount, firstRow, rows, rowCount, record, recordsEnd, recordBytes, neighborCount } = given
    const { found, reach, slack } = given
    w.each(record, recordsEnd, recordBytes, () => {
      /** The place of the farthest that is kept. */
      const last = w.keep(distances.at(neighborCount.minus(1), record))
      const reached = w.keep(distances.load(last).squareRoot().times(reach).plus(slack))
      const limit = reached
        .times(reached)
        .times((1 + 2 ** -19) / 2)
        .minus(own.load(record))
        .demoted()
      const query = record.plus(rounded.offset)
      const foundCount = scan.of({ rows: blocks, blockCount, query, limit, found })
      const foundEnd = w.keep(foundCount.shiftLeft(3).plus(found))
      const block = w.keep(found)
      w.each(block, foundEnd, 8, () => {
        const bits = w.keep(I32.load(block, 4, SCRATCH))
        const blockStart = w.keep(firstRow.plus(I32.load(block, 0, SCRATCH).times(BLOCK_ROWS)))
        w.block((blockEnd) => {
          w.repeat(() => {
            const row = w.keep(blockStart.plus(bits.trailingZeros()))
            w.branch(blockEnd, row.isAtLeastUnsigned(rowCount))
            const rowAt = w.keep(rows.plus(row.times(8 * columnCount)))
            const distance = measure(w, columnCount, places, record, rowAt)
            w.if(distance.isBelow(distances.load(last)), () => {
              insert(w, places, record, neighborCount, last, distance, row)
            })
            w.set(bits, bits.and(bits.minus(1)))
            return bits
          })
        })
      })
    })
  })
}

/** The squared distance, added in the order of squaredDistance in minkowski.ts: equal to the last bit. Moves `row`. */
function measure(
  w: RoutineWriter,
  columnCount: number,
  { exact }: RecordPlaces,
  record: Local<I32>,
  row: Local<I32>,
): Local<F64> {
  const eights = columnCount - (columnCount % 8)
  const query = w.keep(record)
  const [sum01, sum23] = [w.keep(F64x2.of(0)), w.keep(F64x2.of(0))]
  const addSquares = (sum: Local<F64x2>, offset: number): void => {
    const gaps = w.keep(F64x2.load(query, exact.offset + offset, SCRATCH).minus(F64x2.load(row, offset)))
    w.add(sum, gaps.times(gaps))
  }
  const queryEnd = w.keep(query.plus(8 * eights))
  w.each(query, queryEnd, 64, () => {
    for (const offset of [0, 32]) {
      addSquares(sum01, offset)
      addSquares(sum23, offset + 16)
    }
    w.add(row, 64)
  })
  const distance = w.keep(sum01.lane(0))
  for (let j = 0; j < columnCount - eights; j++) {
    const gap = w.keep(F64x2.loadHalf(query, exact.offset + 8 * j, SCRATCH).minus(F64x2.loadHalf(row, 8 * j)))
    w.add(distance, gap.times(gap).lane(0))
  }
  w.set(distance, distance.plus(sum01.lane(1)).plus(sumOfLanes(sum23)))
  return distance
}

/** Puts a row among the nearest of a record, behind those that are as near: they came before. */
function insert(
  w: RoutineWriter,
  { distances }: RecordPlaces,
  record: Local<I32>,
  neighborCount: Local<I32>,
  last: Local<I32>,
  distance: Local<F64>,
  row: Local<I32>,
): void {
  const at = w.keep(last)
  // Rows lie behind the distances.
  const rowAt = w.keep(distances.at(neighborCount, record).plus(neighborCount.minus(1).shiftLeft(2)))
  w.while(at.differs(record), (out) => {
    w.branch(out, distances.load(at, -8).isAbove(distance).isZero())
    distances.store(w, at, distances.load(at, -8))
    w.store(rowAt, I32.load(rowAt, distances.offset - 4, SCRATCH), distances.offset, SCRATCH)
    w.add(at, -8)
    w.add(rowAt, -4)
  })
  distances.store(w, at, distance)
  w.store(rowAt, row, distances.offset, SCRATCH)
}
