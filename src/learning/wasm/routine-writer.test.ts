import t from 'tap'
import { assembleModule } from './assemble-module.ts'
import { type Routine, routine } from './routine.ts'
import { F32, F64, I32, I64 } from './values.ts'
import { compile, instantiate, newMemory, type WasmMemory } from './web-assembly.ts'

const memory = { name: 'memory', isShared: false }

function start(routines: readonly Routine[], buffer: WasmMemory = newMemory(1)): unknown {
  return instantiate(compile(assembleModule({ memory, routines })), { memory: buffer })
}

/** What an expression of two int32 gives. */
function ofInts(write: (a: I32, b: I32) => I32, a: number, b: number): number {
  const answer = routine('answer', { x: I32, y: I32 }, I32, (w, { x, y }) => write(w.keep(x), w.keep(y)))
  return (start([answer]) as { answer(a: number, b: number): number }).answer(a, b)
}

t.test('int32 count as in JavaScript', async (t) => {
  for (const [a, b] of [
    [7, 3],
    [-7, 3],
    [2 ** 31 - 1, 2],
    [-1, 31],
    [0, 0],
    [5, 5],
  ] as const) {
    const same = (write: (a: I32, b: I32) => I32, wanted: number) => t.equal(ofInts(write, a, b), wanted)
    same((x, y) => x.plus(y), (a + b) | 0)
    same((x, y) => x.minus(y), (a - b) | 0)
    same((x, y) => x.times(y), Math.imul(a, b))
    same((x, y) => x.and(y), a & b)
    same((x, y) => x.or(y), a | b)
    same((x, y) => x.xor(y), a ^ b)
    same((x, y) => x.shiftLeft(y), a << b)
    same((x, y) => x.shiftRight(y), (a >>> b) | 0)
    for (const [holds, isZero] of [
      [true, false],
      [false, true],
    ]) {
      const compared = (write: (a: I32, b: I32) => I32, wanted: boolean) =>
        same((x, y) => (isZero ? write(x, y).isZero() : write(x, y)), Number(wanted === holds))
      compared((x, y) => x.isBelow(y), a < b)
      compared((x, y) => x.isAbove(y), a > b)
      compared((x, y) => x.isAtMost(y), a <= b)
      compared((x, y) => x.isAtLeast(y), a >= b)
      compared((x, y) => x.equals(y), a === b)
      compared((x, y) => x.differs(y), a !== b)
      compared((x, y) => x.isBelowUnsigned(y), a >>> 0 < b >>> 0)
      compared((x, y) => x.isAtLeastUnsigned(y), a >>> 0 >= b >>> 0)
    }
    same((x) => x.isZero(), Number(a === 0))
    same((x) => x.isZero().isZero(), Number(a !== 0))
    same((x, y) => x.where(y.isAbove(2), 100), b > 2 ? a : 100)
    // Through 64 bits and back.
    const wide = (BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n
    same((x, y) => x.asI64().times(y.asI64()).shiftRight(32).asI32(), Number(wide) | 0)
  }
  t.equal(
    ofInts((x, y) => x.overUnsigned(y), -8, 16),
    2 ** 28 - 1,
  )
  t.equal(
    ofInts((x) => x.rotateLeft(8), 0x12345678, 0),
    0x34567812,
  )
  t.equal(
    ofInts((x) => x.trailingZeros(), 40, 0),
    3,
  )
  t.equal(
    ofInts((x) => x.asI64().shiftLeft(40).trailingZeros().asI32(), 1, 0),
    40,
  )
})

t.test('float64 count as in JavaScript', async (t) => {
  for (const [a, b] of [
    [1.5, -2.25],
    [0.1, 0.1],
    [3, 7],
    [-0.1, Number.NaN],
  ] as const) {
    const same = (write: (a: F64, b: F64) => F64, wanted: number) => {
      const answer = routine('answer', { x: F64, y: F64 }, F64, (w, { x, y }) => write(w.keep(x), w.keep(y)))
      t.ok(Object.is((start([answer]) as { answer(a: number, b: number): number }).answer(a, b), wanted))
    }
    const holds = (write: (a: F64, b: F64) => I32, wanted: boolean | number) =>
      same((x, y) => write(x, y).asF64(), Number(wanted))
    same((x, y) => x.plus(y), a + b)
    same((x, y) => x.minus(y), a - b)
    same((x, y) => x.times(y), a * b)
    same((x, y) => x.over(y), a / b)
    same((x, y) => x.min(y), Math.min(a, b))
    same((x, y) => x.max(y), Math.max(a, b))
    same((x) => x.abs(), Math.abs(a))
    same((x) => x.squareRoot(), Math.sqrt(a))
    same((x) => x.rounded(), Math.fround(a))
    same((x) => x.demoted().promoted(), Math.fround(a))
    same((x) => x.bits().asBitsOfF64(), a)
    holds((x, y) => x.isBelow(y), a < b)
    holds((x, y) => x.isAtMost(y), a <= b)
    holds((x, y) => x.isAbove(y), a > b)
    holds((x, y) => x.isAtLeast(y), a >= b)
    holds((x, y) => x.equals(y), a === b)
    holds((x, y) => x.differs(y), a !== b)
    // The negation holds for NaN.
    holds((x, y) => x.isBelow(y).isZero(), !(a < b))
    holds((x) => x.truncated(), Math.trunc(a) + 0)
    holds((x) => x.truncatedInRange(), Math.trunc(a) + 0)
  }
  const halved = routine('halved', { n: I32 }, F64, (_, { n }) => n.asF64().times(0.5))
  const unsigned = routine('unsigned', { n: I32 }, F64, (_, { n }) => n.asUnsignedF64())
  const routines = start([halved, unsigned]) as Record<'halved' | 'unsigned', (n: number) => number>
  t.equal(routines.halved(-3), -1.5)
  t.equal(routines.unsigned(-1), 2 ** 32 - 1)
})

t.test('statements do what they say', async (t) => {
  const sumOfOdd = routine('sumOfOdd', { end: I32 }, I32, (w, { end }) => {
    const sum = w.declare(I32)
    const i = w.declare(I32)
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
    w.if(sum.equals(1), () => w.return(-1))
    return sum
  })
  const twice = routine('twice', { n: I32 }, I32, (_, { n }) => sumOfOdd.of({ end: n }).plus(sumOfOdd.of({ end: n })))
  const routines = start([sumOfOdd, twice]) as Record<'sumOfOdd' | 'twice', (end: number) => number>
  t.equal(routines.sumOfOdd(6), 9)
  t.equal(routines.sumOfOdd(20), 100)
  t.equal(routines.sumOfOdd(5000), 2601 - 2000)
  t.equal(routines.sumOfOdd(2), -1)
  t.equal(routines.twice(6), 18)
})

t.test('each goes over addresses above 2^31, and repeat runs at least once', async (t) => {
  const rounds = routine('rounds', { from: I32, end: I32, step: I32 }, I32, (w, { from, end, step }) => {
    const count = w.declare(I32)
    w.each(from, end, step, (out) => {
      w.add(count, 1)
      w.branch(out, count.equals(100))
    })
    return count
  })
  const halvings = routine('halvings', { n: I32 }, I32, (w, { n }) => {
    const count = w.declare(I32)
    w.repeat(() => {
      w.add(count, 1)
      w.set(n, n.shiftRight(1))
      return n
    })
    return count
  })
  const routines = start([rounds, halvings]) as {
    rounds(from: number, end: number, step: number): number
    halvings(n: number): number
  }
  t.equal(routines.rounds(2 ** 31 - 16, 2 ** 31 + 16, 8), 4)
  t.equal(routines.rounds(16, 16, 8), 0)
  t.equal(routines.rounds(0, 2 ** 32 - 8, 8), 100)
  t.same([routines.halvings(0), routines.halvings(1), routines.halvings(8)], [1, 1, 4])
})

t.test('what is set and read at once keeps its meaning', async (t) => {
  const answer = routine('answer', { x: I32, y: I32 }, I32, (w, { x, y }) => {
    const sum = w.keep(x.plus(y))
    const product = w.keep(sum.times(y))
    // Not the local that was set last.
    w.if(x, () => w.add(product, 1))
    w.set(y, product)
    w.block(() => w.set(x, y.plus(sum)))
    return x
  })
  const { answer: run } = start([answer]) as { answer(x: number, y: number): number }
  t.equal(run(2, 3), 5 * 3 + 1 + 5)
  t.equal(run(0, 3), 3 * 3 + 3)
  const { locals, code } = answer
  t.same(locals, [I32.byte, I32.byte])
  t.ok(code.length > 0)
})

t.test('memory holds what was stored, at its offset', async (t) => {
  const write = routine('write', { at: I32 }, (w, { at }) => {
    w.store(at, I32.of(-5))
    w.store(at, F64.of(0.1), 8)
    w.store(at, I64.of(7).shiftLeft(33), 16)
    w.storeByte(at, I32.of(259), 24)
    w.store(at, F32.of(0.25), 28)
    w.fill(at.plus(48), 9, 3)
    w.copy(at.plus(56), at.plus(8), I32.of(8))
  })
  const sum = routine('sum', { from: I32 }, F64, (_, { from }) => {
    const parts = [I32.load(from).asF64(), F64.load(from, 8), I64.load(from, 16).shiftRight(33).asI32().asF64()]
    parts.push(I32.loadU8(from, 24).asF64(), I32.loadU16(from, 48).asF64(), F32.load(from, 28).promoted())
    return parts.reduce((total, part) => total.plus(part))
  })
  const buffer = newMemory(1)
  const routines = start([write, sum], buffer) as { write(at: number): void; sum(from: number): number }
  routines.write(64)
  const bytes = new DataView(buffer.buffer, 64)
  t.equal(bytes.getInt32(0, true), -5)
  t.equal(bytes.getFloat64(8, true), 0.1)
  t.equal(bytes.getUint8(24), 3)
  t.equal(bytes.getFloat64(56, true), 0.1)
  t.same(
    [48, 49, 50, 51].map((place) => bytes.getUint8(place)),
    [9, 9, 9, 0],
  )
  t.equal(routines.sum(64), -5 + 0.1 + 7 + 3 + (9 * 256 + 9) + 0.25)
})

t.test('a computed value is used once; locals and constants again and again', async (t) => {
  const write = (form: (x: I32) => I32) => routine('answer', { x: I32 }, I32, (_, { x }) => form(x))
  const twice = (value: I32): I32 => value.plus(value)
  t.throws(() => write((x) => twice(x.plus(1))), /a computed I32 is used twice: keep it in a local/)
  const { answer } = start([write((x) => twice(x).plus(twice(I32.of(3))))]) as { answer(x: number): number }
  t.equal(answer(5), 16)
})

t.test('types that do not fit are refused when the code is checked', async (t) => {
  const call = routine('call', { at: I32, by: F64 }, (w, { at, by }) => {
    const count = w.declare(I32)
    // @ts-expect-error an int32 and a float64
    count.plus(F64.of(1))
    // @ts-expect-error floats are not shifted
    F64.of(1).shiftLeft
    // @ts-expect-error the local is an int32
    const wrong = (): void => w.set(count, by)
    // @ts-expect-error addresses are int32
    const nowhere = (): F64 => F64.load(by)
    // @ts-expect-error an argument is missing
    const missing = (): void => w.call(call, { at })
    for (const bad of [wrong, nowhere, missing]) t.type(bad, 'function')
    w.store(at, by)
  })
  const returnsFloat = () =>
    routine('f', {}, I32, (w) => {
      w.return(F64.of(1))
      return I32.of(1)
    })
  t.throws(returnsFloat, /a routine returns a value of its result type/)
  t.throws(() => (call as unknown as Routine<Record<string, never>, I32>).of({}), /call returns nothing/)
})
