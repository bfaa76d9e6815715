import t from 'tap'
import { assembleModule } from './assemble-module.ts'
import { routine } from './routine.ts'
import { F32, F64, I32, I64, type Local } from './values.ts'
import { F32x4, F64x2, I32x4, I64x2, sumOfLanes } from './vectors.ts'
import { compile, instantiate, newMemory } from './web-assembly.ts'

type Vector = F64x2 | F32x4 | I64x2 | I32x4

/** The 16 bytes that an expression of two vectors leaves, as the bytes at 0 and 16 have them. */
function evaluate(a: ArrayBuffer, b: ArrayBuffer, write: (a: Local<I32>, b: Local<I32>) => Vector): ArrayBuffer {
  const answer = routine('answer', { a: I32, b: I32, out: I32 }, (w, { a, b, out }) => w.store(out, write(a, b)))
  const memory = newMemory(1)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [answer] }))
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(new Uint8Array(a))
  bytes.set(new Uint8Array(b), 16)
  ;(instantiate(module, { memory }) as { answer(a: number, b: number, out: number): void }).answer(0, 16, 32)
  return memory.buffer.slice(32, 48)
}

/** A NaN in q is passed over. */
const lowerOf = (p: number, q: number): number => (Number.isNaN(q) ? p : Math.min(p, q))
const higherOf = (p: number, q: number): number => (Number.isNaN(q) ? p : Math.max(p, q))
const mask = (holds: boolean): bigint => (holds ? -1n : 0n)

t.test('pairs of float64 count as two float64', async (t) => {
  const pairs = [
    [
      [1.5, -2.25],
      [0.1, 0.1],
    ],
    [
      [3, -0.5],
      [Number.NaN, 7],
    ],
  ] as const
  for (const [a, b] of pairs) {
    const run = (write: (a: F64x2, b: F64x2) => Vector) =>
      evaluate(Float64Array.of(...a).buffer, Float64Array.of(...b).buffer, (x, y) =>
        write(F64x2.load(x), F64x2.load(y)),
      )
    const same = (write: (a: F64x2, b: F64x2) => F64x2, wanted: (a: number, b: number) => number) =>
      t.same([...new Float64Array(run(write))], [wanted(a[0], b[0]), wanted(a[1], b[1])])
    const masks = (write: (a: F64x2, b: F64x2) => I64x2, wanted: (a: number, b: number) => boolean) =>
      t.same([...new BigInt64Array(run(write))], [mask(wanted(a[0], b[0])), mask(wanted(a[1], b[1]))])
    same(
      (x, y) => x.plus(y),
      (p, q) => p + q,
    )
    same(
      (x, y) => x.minus(y),
      (p, q) => p - q,
    )
    same(
      (x, y) => x.times(y),
      (p, q) => p * q,
    )
    same(
      (x, y) => x.over(y),
      (p, q) => p / q,
    )
    same((x, y) => x.max(y), Math.max)
    same((x, y) => x.lower(y), lowerOf)
    same((x, y) => x.higher(y), higherOf)
    same((x) => x.abs(), Math.abs)
    same(
      (x) => x.negated(),
      (p) => -p,
    )
    same(
      (x) => x.nearest(),
      (p) => (Math.abs(p % 1) === 0.5 ? 2 * Math.round(p / 2) : Math.round(p)),
    )
    same(
      (x) => x.plus(1),
      (p) => p + 1,
    )
    masks(
      (x, y) => x.differs(y),
      (p, q) => p !== q,
    )
    masks(
      (x, y) => x.isBelow(y),
      (p, q) => p < q,
    )
    masks(
      (x, y) => x.isAbove(y),
      (p, q) => p > q,
    )
    masks(
      (x, y) => x.isAtMost(y),
      (p, q) => p <= q,
    )
    masks(
      (x, y) => x.isAtMost(y).not(),
      (p, q) => !(p <= q),
    )
    masks(
      (x, y) => x.isAtMost(y).or(-1),
      () => true,
    )
    masks(
      (x, y) => x.isAtMost(y).and(0),
      () => false,
    )
    t.same([...new Float64Array(run((x) => x.and(I64x2.of(0, -1))))], [0, a[1]])
    t.same([...new Float64Array(run((x, y) => x.where(I64x2.of(0, -1), y)))], [b[0], a[1]])
    t.same([...new Float64Array(run((x, y) => x.firstLanes(y)))], [a[0], b[0]])
    t.same([...new Float64Array(run((x, y) => x.secondLanes(y)))], [a[1], b[1]])
    t.same([...new Float64Array(run((x) => x.withLane(1, F64.of(9))))], [a[0], 9])
    t.same([...new Float64Array(run((x) => F64x2.splat(x.lane(1))))], [a[1], a[1]])
    t.same([...new Float64Array(run((x) => x.bits().plus(0).asBitsOfF64()))], [...a])
    t.same([...new Float32Array(run((x) => x.demoted()))], [Math.fround(a[0]), Math.fround(a[1]), 0, 0])
  }
})

t.test('four float32 count as four float32', async (t) => {
  const a = [1.5, -2, 3, 0.25]
  const b = [1, 4, 3, Number.NaN]
  const run = (write: (a: F32x4, b: F32x4) => Vector) =>
    evaluate(Float32Array.from(a).buffer, Float32Array.from(b).buffer, (x, y) => write(F32x4.load(x), F32x4.load(y)))
  const same = (write: (a: F32x4, b: F32x4) => F32x4, wanted: (a: number, b: number) => number) =>
    t.same(
      [...new Float32Array(run(write))],
      a.map((p, i) => wanted(p, b[i] as number)),
    )
  const masks = (write: (a: F32x4, b: F32x4) => I32x4, wanted: (a: number, b: number) => boolean) =>
    t.same(
      [...new Int32Array(run(write))],
      a.map((p, i) => (wanted(p, b[i] as number) ? -1 : 0)),
    )
  same(
    (x, y) => x.plus(y),
    (p, q) => p + q,
  )
  same(
    (x, y) => x.minus(y),
    (p, q) => p - q,
  )
  same(
    (x, y) => x.times(y),
    (p, q) => p * q,
  )
  same((x, y) => x.lower(y), lowerOf)
  same((x, y) => x.higher(y), higherOf)
  same((x) => x.abs(), Math.abs)
  same(
    (x, y) => x.timesPlusRelaxed(y, F32x4.of(2)),
    (p, q) => p * q + 2,
  )
  same(
    (x, y) => x.negatedTimesPlusRelaxed(y, F32x4.of(2)),
    (p, q) => 2 - p * q,
  )
  same(
    (x) => x.plus(F32x4.splat(F32.of(0.5))),
    (p) => p + 0.5,
  )
  masks(
    (x, y) => x.isBelow(y),
    (p, q) => p < q,
  )
  masks(
    (x, y) => x.isAtMost(y),
    (p, q) => p <= q,
  )
  t.same([...new Float64Array(run((x) => x.firstTwoPromoted()))], [1.5, -2])
  t.same([...new Float32Array(run((x) => F32x4.splat(x.lane(1))))], [-2, -2, -2, -2])
  t.same([...new Float32Array(run((x, y) => x.where(I32x4.of(0), y)))], b)
})

t.test('integers in vectors count as integers', async (t) => {
  const ints = (write: (a: I32x4, b: I32x4) => Vector) =>
    evaluate(Int32Array.of(1, 2, -3, 4).buffer, Int32Array.of(1, -2, 3, 4).buffer, (x, y) =>
      write(I32x4.load(x), I32x4.load(y)),
    )
  t.same([...new Int32Array(ints((x, y) => x.plus(y)))], [2, 0, 0, 8])
  t.same([...new Int32Array(ints((x, y) => x.minus(y)))], [0, 4, -6, 0])
  t.same([...new Int32Array(ints((x, y) => x.times(y)))], [1, -4, -9, 16])
  t.same([...new Int32Array(ints((x, y) => x.differs(y)))], [0, -1, -1, 0])
  t.same([...new Int32Array(ints((x, y) => x.whereLanes(I32x4.of(-1), y)))], [1, 2, -3, 4])
  t.same([...new Int32Array(ints((x) => I32x4.splat(x.signBits())))], [4, 4, 4, 4])
  t.same([...new Int32Array(ints((x, y) => I32x4.splat(x.differs(y).isAnySet())))], [1, 1, 1, 1])
  t.same([...new Float64Array(ints((_, y) => y.firstTwoAsF64()))], [1, -2])
  const wide = (write: (a: I64x2, b: I64x2) => I64x2) => {
    const [a, b] = [BigInt64Array.of(5n, -6n), BigInt64Array.of(2n ** 40n, 3n)]
    return [...new BigInt64Array(evaluate(a.buffer, b.buffer, (x, y) => write(I64x2.load(x), I64x2.load(y))))]
  }
  t.same(
    wide((x, y) => x.plus(y)),
    [2n ** 40n + 5n, -3n],
  )
  t.same(
    wide((x, y) => x.minus(y)),
    [5n - 2n ** 40n, -9n],
  )
  t.same(
    wide((x) => x.shiftLeft(3)),
    [40n, -48n],
  )
  t.same(
    wide((x) => x.plus(I64x2.splat(I64.of(1)))),
    [6n, -5n],
  )
})

t.test('parts of vectors are loaded and stored', async (t) => {
  const answer = routine('answer', { at: I32 }, F64, (w, { at }) => {
    const first = w.keep(F64x2.loadHalf(at, 8))
    const both = w.keep(F64x2.loadSplat(at, 8))
    w.storeHalf(at, both.demoted(), 64)
    w.store(at, F32x4.loadSplat(at, 64), 80)
    w.store(at, I32x4.loadHalf(at, 32), 96)
    w.store(at, F32x4.loadHalf(at, 64), 112)
    w.store(at, F64x2.of(3).withLoadedLane(1, at, 8), 128)
    w.store(at, I64x2.of(-5, 6).lane(1), 144)
    w.store(at, I64x2.of(-5, 6).lane(0), 152)
    return sumOfLanes(first).plus(sumOfLanes(both).times(10))
  })
  const memory = newMemory(1)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [answer] }))
  new Float64Array(memory.buffer)[2] = 2.5
  new Int32Array(memory.buffer, 40).set([7, 8, 9])
  t.equal((instantiate(module, { memory }) as { answer(at: number): number }).answer(8), 2.5 + 50)
  t.same([...new Float32Array(memory.buffer, 72, 4)], [2.5, 2.5, 0, 0])
  t.same([...new Float32Array(memory.buffer, 88, 4)], [2.5, 2.5, 2.5, 2.5])
  t.same([...new Int32Array(memory.buffer, 104, 4)], [7, 8, 0, 0])
  t.same([...new Float32Array(memory.buffer, 120, 4)], [2.5, 2.5, 0, 0])
  t.same([...new Float64Array(memory.buffer, 136, 2)], [3, 2.5])
  t.same([...new BigInt64Array(memory.buffer, 152, 2)], [6n, -5n])
})
