// Distances of eight rows to four centres at a time in WebAssembly, in float32: most of the time of a k-means.
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F32, I32, type Local } from '../wasm/values.ts'
import { F32x4, I32x4 } from '../wasm/vectors.ts'
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

const CENTRES = [0, 1, 2, 3] as const
const HALVES = [0, 1] as const
type OfHalves<T> = readonly [T, T]
const ofHalves = <T>(make: (half: 0 | 1) => T): OfHalves<T> => [make(0), make(1)]

/** |c|² − 2 c·x of four centres, for each half of the rows of a tile. */
type PackSums = OfHalves<readonly Local<F32x4>[]>

/**
 * Sets the sums for the tile up to tileEnd and the pack at `pack`, which moves to the next pack. Eight sums that wait for
 * nothing but each other's columns.
 */
function measurePack(w: RoutineWriter, tile: Local<I32>, tileEnd: Local<I32>, pack: Local<I32>, sums: PackSums): void {
  for (const c of CENTRES) {
    const squaredLengths = w.keep(F32x4.loadSplat(pack, 4 * c))
    for (const half of HALVES) w.set(sums[half][c] as Local<F32x4>, squaredLengths)
  }
  w.add(pack, 16)
  const x = w.keep(tile)
  w.repeat(() => {
    const values = ofHalves((half) => w.keep(F32x4.load(x, 16 * half)))
    for (const c of CENTRES) {
      const factors = w.keep(F32x4.loadSplat(pack, 4 * c))
      for (const half of HALVES) {
        const sum = sums[half][c] as Local<F32x4>
        w.set(sum, factors.timesPlusRelaxed(values[half], sum))
      }
    }
    w.add(pack, 16)
    w.add(x, 32)
    return x.differs(tileEnd)
  })
}

const declareSums = (w: RoutineWriter): PackSums => ofHalves(() => CENTRES.map(() => w.declare(F32x4)))

const RELABEL = {
  ...{ tiles: I32, end: I32, lengths: I32, labels: I32, out: I32, packs: I32, packsEnd: I32, tileBytes: I32 },
  ...{ slope: F32, margin: F32 },
} as const

export const relabel = routine('relabel', RELABEL, I32, (w, given) => {
  const { tiles, end, lengths, labels, out, packs, packsEnd, tileBytes, slope, margin } = given
  const [pack, tileEnd, firstRow, centre] = [w.declare(I32), w.declare(I32), w.declare(I32), w.declare(I32x4)]
  const sums = declareSums(w)
  const bests = ofHalves(() => w.declare(F32x4))
  const seconds = ofHalves(() => w.declare(F32x4))
  const nearest = ofHalves(() => w.declare(I32x4))
  /** Of the rows of a half: the first and second least distance, and the centre of the first. */
  const compare = (half: 0 | 1, distance: Local<F32x4>): void => {
    const [best, second, label] = [bests[half], seconds[half], nearest[half]]
    w.set(second, second.lower(best.higher(distance)))
    w.set(label, centre.whereLanes(distance.isBelow(best), label))
    w.set(best, best.lower(distance))
  }
  /** The bits of rows whose label changes. */
  const judge = (half: 0 | 1): I32 => {
    const gap = seconds[half].minus(bests[half])
    const doubt = F32x4.load(lengths, 16 * half)
      .times(F32x4.splat(slope))
      .plus(F32x4.splat(margin))
    // True is −1, and −1 or anything is −1.
    w.set(nearest[half], gap.isAtMost(doubt).or(nearest[half]))
    return nearest[half].differs(I32x4.load(labels, 16 * half)).signBits()
  }
  w.repeat(() => {
    for (const half of HALVES) {
      w.set(bests[half], Number.POSITIVE_INFINITY)
      w.set(seconds[half], Number.POSITIVE_INFINITY)
      w.set(nearest[half], 0)
    }
    w.set(centre, 0)
    w.set(pack, packs)
    w.set(tileEnd, tiles.plus(tileBytes))
    w.repeat(() => {
      measurePack(w, tiles, tileEnd, pack, sums)
      for (const c of CENTRES) {
        for (const half of HALVES) compare(half, sums[half][c] as Local<F32x4>)
        w.add(centre, 1)
      }
      return pack.differs(packsEnd)
    })
    const changed = w.keep(judge(0))
    w.set(changed, changed.or(judge(1).shiftLeft(4)))
    w.if(changed, () => {
      w.repeat(() => {
        const row = w.keep(changed.trailingZeros())
        w.store(out, row.plus(firstRow))
        w.store(out, I32.load(labels.plus(row.shiftLeft(2))), 4)
        w.add(out, 8)
        w.set(changed, changed.and(changed.minus(1)))
        return changed
      })
      for (const half of HALVES) w.store(labels, nearest[half], 16 * half)
    })
    w.add(labels, 32)
    w.add(lengths, 32)
    w.add(firstRow, TILE_ROWS)
    w.set(tiles, tileEnd)
    return tiles.differs(end)
  })
  return out
})

const SUM_POTENTIALS = {
  ...{ tiles: I32, end: I32, lengths: I32, closest: I32, weights: I32, out: I32, pack: I32, tileBytes: I32 },
} as const

export const sumPotentials = routine('sumPotentials', SUM_POTENTIALS, (w, given) => {
  const { tiles, end, lengths, closest, weights, out, pack, tileBytes } = given
  const [packAt, tileEnd] = [w.declare(I32), w.declare(I32)]
  const sums = declareSums(w)
  const totals = CENTRES.map(() => w.declare(F32x4))
  w.repeat(() => {
    w.set(packAt, pack)
    w.set(tileEnd, tiles.plus(tileBytes))
    measurePack(w, tiles, tileEnd, packAt, sums)
    for (const half of HALVES) {
      const length = w.keep(F32x4.load(lengths, 16 * half))
      const squared = w.keep(length.times(length))
      totals.forEach((total, c) => {
        const distance = (sums[half][c] as Local<F32x4>).plus(squared).higher(0)
        const closer = distance.lower(F32x4.load(closest, 16 * half))
        w.set(total, closer.times(F32x4.load(weights, 16 * half)).plus(total))
      })
    }
    w.add(lengths, 32)
    w.add(closest, 32)
    w.add(weights, 32)
    w.set(tiles, tileEnd)
    return tiles.differs(end)
  })
  totals.forEach((total, c) => {
    w.store(out, total, 16 * c)
  })
})
