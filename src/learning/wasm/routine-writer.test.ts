import t from 'tap'
import { assembleModule } from './assemble-module.ts'
import { F64, I32 } from './instructions.ts'
import { RoutineWriter } from './routine-writer.ts'
import type { Value } from './values.ts'
import { callOf, float, int, loadF32, loadF64, loadI32, loadI64, loadU8, loadU16, loadV128 } from './values.ts'
import { compile, instantiate, newMemory, type WasmMemory } from './web-assembly.ts'

const memory = { name: 'memory', isShared: false }

function start(writers: readonly RoutineWriter[], buffer: WasmMemory = newMemory(1)): unknown {
  return instantiate(compile(assembleModule({ memory, routines: writers.map((w) => w.finish()) })), { memory: buffer })
}

/** What an expression of two numbers gives. */
function evaluate(type: number, write: (a: Value, b: Value) => Value, a: number, b: number): number {
  const result = write(int(0), int(0)).type
  const w = new RoutineWriter('answer', [result])
  const [x, y] = [w.parameter(type), w.parameter(type)]
  w.return(write(x, y))
  return (start([w]) as { answer(a: number, b: number): number }).answer(a, b)
}

/** Of expressions whose operands are float64. */
function evaluateFloats(write: (a: Value, b: Value) => Value, isFloat: boolean, a: number, b: number): number {
  const w = new RoutineWriter('answer', [isFloat ? F64 : I32])
  const [x, y] = [w.parameter(F64), w.parameter(F64)]
  w.return(write(x, y))
  return (start([w]) as { answer(a: number, b: number): number }).answer(a, b)
}

t.test('integers count as in JavaScript', async (t) => {
  for (const [a, b] of [
    [7, 3],
    [-7, 3],
    [2 ** 31 - 1, 2],
    [-1, 31],
    [0, 0],
    [5, 5],
  ] as const) {
    const same = (write: (a: Value, b: Value) => Value, wanted: number) => t.equal(evaluate(I32, write, a, b), wanted)
    same((x, y) => x.plus(y), (a + b) | 0)
    same((x, y) => x.minus(y), (a - b) | 0)
    same((x, y) => x.times(y), Math.imul(a, b))
    same((x, y) => x.and(y), a & b)
    same((x, y) => x.or(y), a | b)
    same((x, y) => x.xor(y), a ^ b)
    same((x, y) => x.shiftLeft(y), a << b)
    same((x, y) => x.shiftRight(y), (a >>> b) | 0)
    same((x, y) => x.isBelow(y), Number(a < b))
    same((x, y) => x.isAbove(y), Number(a > b))
    same((x, y) => x.isAtMost(y), Number(a <= b))
    same((x, y) => x.isAtLeast(y), Number(a >= b))
    same((x, y) => x.equals(y), Number(a === b))
    same((x, y) => x.differs(y), Number(a !== b))
    same((x) => x.isZero(), Number(a === 0))
    same((x, y) => x.where(y.isAbove(2), 100), b > 2 ? a : 100)
    // Through 64 bits and back.
    same(
      (x, y) => x.asI64().times(y.asI64()).shiftRight(32).asI32(),
      Number((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n) | 0,
    )
  }
  t.equal(
    evaluate(I32, (x, y) => x.over(y), 7, 2),
    3,
  )
  t.equal(
    evaluate(I32, (x) => x.rotateLeft(8), 0x12345678, 0),
    0x34567812,
  )
  t.equal(
    evaluate(I32, (x) => x.trailingZeros(), 40, 0),
    3,
  )
  t.equal(
    evaluate(I32, (x) => x.asI64().shiftLeft(40).trailingZeros().asI32(), 1, 0),
    40,
  )
})

t.test('floats, alone and in pairs, count as in JavaScript', async (t) => {
  for (const [a, b] of [
    [1.5, -2.25],
    [0.1, 0.1],
    [3, 7],
    [-0.1, Number.NaN],
  ] as const) {
    const same = (write: (a: Value, b: Value) => Value, wanted: number, isFloat = true) =>
      t.ok(Object.is(evaluateFloats(write, isFloat, a, b), wanted))
    same((x, y) => x.plus(y), a + b)
    same((x, y) => x.minus(y), a - b)
    same((x, y) => x.times(y), a * b)
    same((x, y) => x.over(y), a / b)
    same((x, y) => x.splat().plus(y.splat()).lane(1), a + b)
    same((x, y) => x.splat().minus(y.splat()).lane(1), a - b)
    same((x, y) => x.splat().times(y.splat()).lane(1), a * b)
    same((x, y) => x.splat().over(y.splat()).lane(1), a / b)
    same((x, y) => x.isBelow(y), Number(a < b), false)
    same((x, y) => x.isAtMost(y), Number(a <= b), false)
    same((x, y) => x.isAbove(y), Number(a > b), false)
    same((x, y) => x.isAtLeast(y), Number(a >= b), false)
    same((x, y) => x.equals(y), Number(a === b), false)
    // A mask keeps the value or leaves 0.
    same((x, y) => x.splat().and(x.splat().isBelow(y.splat())).lane(0), a < b ? a : 0)
    same((x, y) => x.splat().and(x.splat().isAtMost(y.splat()).not()).lane(0), a <= b ? 0 : a)
    same((x, y) => x.splat().lower(y.splat()).lane(0), Number.isNaN(b) ? a : Math.min(a, b))
    same((x, y) => x.splat().higher(y.splat()).lane(0), Number.isNaN(b) ? a : Math.max(a, b))
    same((x) => x.rounded(), Math.fround(a))
    same((x) => x.truncated(), Math.trunc(a) + 0, false)
    same((x) => x.bits().asBitsOfF64(), a)
  }
  t.equal(
    evaluate(I32, (x) => x.asF64().times(0.5), -3, 0),
    -1.5,
  )
  t.equal(
    evaluate(I32, (x) => x.asUnsignedF64(), -1, 0),
    2 ** 32 - 1,
  )
})

t.test('statements do what they say', async (t) => {
  const w = new RoutineWriter('sumOfOdd', [I32])
  const end = w.parameter(I32)
  const sum = w.local(int(0))
  const i = w.local(int(0))
  w.count(i, 1, end, (out) => {
    w.if(
      i.and(1),
      () => w.add(sum, i),
      () => w.branch(out, i.isAbove(100)),
    )
  })
  w.block((out) => {
    w.branch(out, sum.isBelow(10))
    w.while(sum.isAbove(1000), (_, again) => {
      w.set(sum, sum.minus(1000))
      w.branch(again)
    })
  })
  w.return(sum)
  const twice = new RoutineWriter('twice', [I32])
  const n = twice.parameter(I32)
  twice.return(callOf(I32, 0, n).plus(callOf(I32, 0, n)))
  const { sumOfOdd, twice: doubled } = start([w, twice]) as Record<'sumOfOdd' | 'twice', (end: number) => number>
  t.equal(sumOfOdd(6), 9)
  t.equal(sumOfOdd(20), 100)
  t.equal(sumOfOdd(5000), 2601 - 2000)
  t.equal(doubled(6), 18)
})

t.test('memory holds what was stored, at its offset', async (t) => {
  const w = new RoutineWriter('write')
  const at = w.parameter(I32)
  w.store(at, int(-5))
  w.store(at, float(0.1), 8)
  w.store(at, int(7).asI64().shiftLeft(33), 16)
  w.storeByte(at, int(259), 24)
  w.store(at, float(2.5).splat(), 32)
  w.fill(at.plus(48), 9, int(3))
  const r = new RoutineWriter('sum', [F64])
  const from = r.parameter(I32)
  const parts = [loadI32(from).asF64(), loadF64(from, 8), loadI64(from, 16).shiftRight(33).asI32().asF64()]
  parts.push(loadU8(from, 24).asF64(), loadU16(from, 48).asF64(), loadV128(from, 32).lane(1))
  parts.push(loadF32(from, 56).promoted())
  r.return(parts.reduce((sum, part) => sum.plus(part)))
  const buffer = newMemory(1)
  new Float32Array(buffer.buffer)[(64 + 56) / 4] = 0.25
  const { write, sum } = start([w, r], buffer) as { write(at: number): void; sum(from: number): number }
  write(64)
  const bytes = new DataView(buffer.buffer, 64)
  t.equal(bytes.getInt32(0, true), -5)
  t.equal(bytes.getFloat64(8, true), 0.1)
  t.equal(bytes.getUint8(24), 3)
  t.same(
    [48, 49, 50, 51].map((place) => bytes.getUint8(place)),
    [9, 9, 9, 0],
  )
  t.equal(sum(64), -5 + 0.1 + 7 + 3 + (9 * 256 + 9) + 2.5 + 0.25)
})

t.test('types that do not fit are refused', async (t) => {
  t.throws(() => int(1).plus(float(1)), TypeError)
  t.throws(() => float(1).shiftLeft(1), TypeError)
})
