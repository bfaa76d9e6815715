// Distances of eight rows to four centres at a time in WebAssembly, in float32: most of the time of a k-means.
import type { Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  branchIf,
  type Code,
  constantF32,
  constantI32,
  END,
  F32,
  f32x4,
  get,
  I32,
  IF,
  i32,
  i32x4,
  LOOP,
  load,
  set,
  store,
  tee,
  V128,
  v128,
} from '../wasm/instructions.ts'
import { TILE_ROWS } from './row-routines.ts'

/** Centres of a pack: their squared lengths, then for each column −2 times their values; all float32. */
export const PACK_CENTRES = 4

export interface TileFunctions {
  /**
   * Writes the nearest centre of each row in the tiles from byte `tiles` to `end`, at least one, over its int32 in the
   * run at `labels`; or −1 where two centres' squared distances differ by no more than slope · length + margin, length
   * the row's float32 in the run at `lengths`. The packs of centres lie from `packs` to `packsEnd`; a tile takes
   * tileBytes.
   * Of each row whose label changes it writes the place, 0 for the first row, and the former label from `out` on,
   * two int32; returns the byte behind the last.
   */
  relabel(
    tiles: number,
    end: number,
    lengths: number,
    labels: number,
    out: number,
    packs: number,
    packsEnd: number,
    tileBytes: number,
    slope: number,
    margin: number,
  ): number
  /**
   * Sums weight · min(closest, squared distance to a candidate) over the tiles from byte `tiles` to `end`, at least one,
   * for the candidates of one pack: four partial sums each, as 16 float32 from `out` on. `lengths`, `closest`, `weights`:
   * a float32 a row.
   */
  sumPotentials(
    tiles: number,
    end: number,
    lengths: number,
    closest: number,
    weights: number,
    out: number,
    pack: number,
    tileBytes: number,
  ): void
}

const integers = (count: number): Code => new Array<number>(count).fill(I32)
const zero = (local: number): Code => [...v128.zero, ...set(local)]
/** While two pointers differ. */
const againUntil = (a: number, b: number): Code => [...get(a), ...get(b), i32.differ, ...branchIf(0)]
const CENTRES = [0, 1, 2, 3] as const
const HALVES = [0, 1] as const

/**
 * SUM … SUM + 7 = |c|² − 2 c·x of four centres (in order, for the first half of the rows of the tile from X to X_END,
 * then for the other); moves PACK to the next pack. Eight sums that wait for nothing but each other's columns.
 */
function addPack(
  tile: number,
  x: number,
  xEnd: number,
  pack: number,
  sum: number,
  values: number,
  splat: number,
): Code {
  return [
    ...CENTRES.flatMap((c) => [...get(pack), ...load.splatF32(4 * c), ...tee(sum + c), ...set(sum + 4 + c)]),
    ...[...advance(pack, 16), ...get(tile), ...set(x)],
    ...LOOP, // a column
    ...HALVES.flatMap((half) => [...get(x), ...load.v128(16 * half), ...set(values + half)]),
    ...CENTRES.flatMap((c) => [
      ...[...get(pack), ...load.splatF32(4 * c), ...set(splat)],
      ...HALVES.flatMap((half) => {
        const to = sum + 4 * half + c
        return [...get(splat), ...get(values + half), ...get(to), ...f32x4.relaxedMultiplyAdd, ...set(to)]
      }),
    ]),
    ...[...advance(pack, 16), ...advance(x, 32), ...againUntil(x, xEnd), END],
  ]
}

export function relabel(): Routine {
  const [TILE, LAST, LENGTHS, LABELS, OUT, PACKS, PACKS_END, TILE_BYTES, SLOPE, MARGIN] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  const [X, X_END, PACK, PLACE, CHANGED] = [10, 11, 12, 13, 14]
  const [SUM, VALUES, SPLAT, BEST, SECOND, LABEL, CENTRE] = [15, 23, 25, 26, 28, 30, 32]
  const infinity = [...constantF32(Number.POSITIVE_INFINITY), ...f32x4.splat]
  return {
    name: 'relabel',
    parameters: [...integers(8), F32, F32],
    results: [I32],
    locals: [
      [5, I32],
      [18, V128],
    ],
    code: [
      ...LOOP, // a tile
      ...HALVES.flatMap((half) => [
        ...[...infinity, ...set(BEST + half), ...infinity, ...set(SECOND + half), ...zero(LABEL + half)],
      ]),
      ...[...zero(CENTRE), ...get(PACKS), ...set(PACK), ...get(TILE), ...get(TILE_BYTES), i32.add, ...set(X_END)],
      ...LOOP, // a pack
      ...addPack(TILE, X, X_END, PACK, SUM, VALUES, SPLAT),
      ...CENTRES.flatMap((c) => [
        ...HALVES.flatMap((half) => {
          const [distance, best, second, label] = [SUM + 4 * half + c, BEST + half, SECOND + half, LABEL + half]
          return [
            ...[...get(second), ...get(best), ...get(distance), ...f32x4.max, ...f32x4.min, ...set(second)],
            ...[...get(CENTRE), ...get(label), ...get(distance), ...get(best), ...f32x4.less, ...i32x4.choose],
            ...[...set(label), ...get(best), ...get(distance), ...f32x4.min, ...set(best)],
          ]
        }),
        ...[...get(CENTRE), ...constantI32(1), ...i32x4.splat, ...i32x4.add, ...set(CENTRE)],
      ]),
      ...[...againUntil(PACK, PACKS_END), END],
      ...HALVES.flatMap((half) => [
        ...[...get(SECOND + half), ...get(BEST + half), ...f32x4.sub],
        ...[...get(LENGTHS), ...load.v128(16 * half), ...get(SLOPE), ...f32x4.splat, ...f32x4.mul],
        ...[...get(MARGIN), ...f32x4.splat, ...f32x4.add, ...f32x4.atMost],
        // True is −1, and −1 or anything is −1.
        ...[...get(LABEL + half), ...v128.or, ...tee(LABEL + half)],
        ...[...get(LABELS), ...load.v128(16 * half), ...i32x4.differ, ...v128.bitmask],
      ]),
      ...[...constantI32(4), i32.shiftLeft, i32.or, ...tee(CHANGED)],
      ...[...IF, ...LOOP], // a row that changes
      ...[...get(OUT), ...get(CHANGED), i32.trailingZeros, ...tee(X), ...get(PLACE), i32.add, ...store.i32()],
      ...[...get(OUT), ...get(LABELS), ...get(X), ...constantI32(2), i32.shiftLeft, i32.add, ...load.i32()],
      ...[...store.i32(4), ...advance(OUT, 8)],
      ...[...get(CHANGED), ...get(CHANGED), ...constantI32(1), i32.sub, i32.and, ...tee(CHANGED), ...branchIf(0), END],
      ...HALVES.flatMap((half) => [...get(LABELS), ...get(LABEL + half), ...store.v128(16 * half)]),
      END,
      ...[...advance(LABELS, 32), ...advance(LENGTHS, 32), ...advance(PLACE, TILE_ROWS)],
      ...[...get(X_END), ...set(TILE), ...againUntil(TILE, LAST), END],
      ...get(OUT),
    ],
  }
}

export function sumPotentials(): Routine {
  const [TILE, LAST, LENGTHS, CLOSEST, WEIGHTS, OUT, PACKS, TILE_BYTES] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [X, X_END, PACK] = [8, 9, 10]
  const [SUM, VALUES, SPLAT, LENGTH, TOTAL] = [11, 19, 21, 22, 23]
  return {
    name: 'sumPotentials',
    parameters: integers(8),
    results: [],
    locals: [
      [3, I32],
      [16, V128],
    ],
    code: [
      ...LOOP, // a tile
      ...[...get(PACKS), ...set(PACK), ...get(TILE), ...get(TILE_BYTES), i32.add, ...set(X_END)],
      ...addPack(TILE, X, X_END, PACK, SUM, VALUES, SPLAT),
      ...HALVES.flatMap((half) => [
        ...[...get(LENGTHS), ...load.v128(16 * half), ...tee(LENGTH), ...get(LENGTH), ...f32x4.mul, ...set(LENGTH)],
        ...CENTRES.flatMap((c) => [
          ...[...get(SUM + 4 * half + c), ...get(LENGTH), ...f32x4.add, ...v128.zero, ...f32x4.max],
          ...[...get(CLOSEST), ...load.v128(16 * half), ...f32x4.min],
          ...[
            ...get(WEIGHTS),
            ...load.v128(16 * half),
            ...f32x4.mul,
            ...get(TOTAL + c),
            ...f32x4.add,
            ...set(TOTAL + c),
          ],
        ]),
      ]),
      ...[...advance(LENGTHS, 32), ...advance(CLOSEST, 32), ...advance(WEIGHTS, 32)],
      ...[...get(X_END), ...set(TILE), ...againUntil(TILE, LAST), END],
      ...CENTRES.flatMap((c) => [...get(OUT), ...get(TOTAL + c), ...store.v128(16 * c)]),
    ],
  }
}
