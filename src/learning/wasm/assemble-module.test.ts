import t from 'tap'
import { assembleModule } from './assemble-module.ts'
import { routine } from './routine.ts'
import { F64, I32, type Type } from './values.ts'
import { compile, instantiate, newMemory, newSharedMemory, type WasmMemory } from './web-assembly.ts'

const memory = { name: 'memory', isShared: false }

/** What comes back of a constant. */
function run<V extends I32 | F64>(type: Type<V>, value: number): number {
  const answer = routine('answer', {}, type, () => type.of(value))
  const module = compile(assembleModule({ memory, routines: [answer] }))
  return (instantiate(module, { memory: newMemory(1) }) as { answer(): number }).answer()
}

t.test('integers of every length come through as they are', async (t) => {
  const near = [0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 20, 2 ** 27 - 1, 2 ** 27, 2 ** 30, 2 ** 31 - 1]
  for (const value of near.flatMap((size) => [size, -size, -size - 1])) {
    t.equal(run(I32, value), value | 0)
  }
  // Unsigned on the way in; what JavaScript is given is the int32 of the same bits.
  t.equal(run(I32, 2 ** 32 - 8), -8)
})

t.test('float64 come through to the last bit', async (t) => {
  for (const value of [0, -0, 0.1, -1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NaN]) {
    t.ok(Object.is(run(F64, value), value))
  }
})

t.test('places in memory are counted from the base, however far', async (t) => {
  for (const base of [0, 8, 120, 128, 16384, 65528]) {
    const write = routine('write', {}, (w) => w.store(I32.of(0), F64.of(base + 0.5), base))
    const buffer = newMemory(1)
    const module = compile(assembleModule({ memory, routines: [write] }))
    ;(instantiate(module, { memory: buffer }) as { write(): void }).write()
    const values = new Float64Array(buffer.buffer)
    t.equal(values[base / 8], base + 0.5)
    t.equal(values.filter((value) => value !== 0).length, 1)
  }
})

t.test('routines have their own types and locals, and share memory', async (t) => {
  const sum = routine('sum', { from: I32, end: I32 }, F64, (w, { from, end }) => {
    const total = w.declare(F64)
    w.each(from, end, 8, () => w.add(total, F64.load(from)))
    return total
  })
  const double = routine('double', { value: I32 }, I32, (_, { value }) => value.times(2))
  const shared = newSharedMemory(1)
  new Float64Array(shared.buffer).set([1, 2, 3.5, 100])
  const parts = { memory: { name: 'memory', isShared: true }, routines: [sum, double] }
  const exports = instantiate(compile(assembleModule(parts)), { memory: shared })
  const routines = exports as { sum(from: number, end: number): number; double(value: number): number }
  t.equal(routines.sum(0, 24), 6.5)
  t.equal(routines.sum(8, 8), 0)
  t.equal(routines.double(21), 42)
  t.ok(shared.buffer instanceof SharedArrayBuffer)
})

t.test('routines that are called come with those that call them, and are not exported', async (t) => {
  const increment = routine('increment', { n: I32 }, I32, (_, { n }) => n.plus(1))
  const store = routine('store', { at: I32, n: I32 }, (w, { at, n }) => w.store(at, increment.of({ n })))
  const write = routine('write', { n: I32 }, (w, { n }) => w.call(store, { at: 8, n: increment.of({ n }) }))
  const buffer = newMemory(1)
  const module = compile(assembleModule({ memory, routines: [write] }))
  const exports = instantiate(module, { memory: buffer }) as { write(n: number): void }
  exports.write(5)
  t.equal(new Int32Array(buffer.buffer)[2], 7)
  t.same(Object.keys(exports), ['write'])
})

t.test('routines have their names in stack traces', async (t) => {
  const load = routine('readBeyond', { at: I32 }, F64, (_, { at }) => F64.load(at))
  const call = routine('callsIt', {}, F64, () => load.of({ at: 65536 }))
  const module = compile(assembleModule({ memory, routines: [call] }))
  const { callsIt } = instantiate(module, { memory: newMemory(1) }) as { callsIt(): number }
  t.throws(callsIt, { message: /out of bounds/, stack: /readBeyond[\s\S]*callsIt/ })
})

t.test('a module can have a memory of its own beside the one it is given', async (t) => {
  const copy = routine('copy', {}, (w) => w.store(I32.of(0), I32.load(I32.of(4)), 8, 1))
  const parts = { memory: { name: 'rows', isShared: true }, ownMemory: 'scratch', routines: [copy] }
  const rows = newSharedMemory(1)
  new Int32Array(rows.buffer)[1] = 77
  const exports = instantiate(compile(assembleModule(parts)), { rows }) as { scratch: WasmMemory; copy(): void }
  exports.copy()
  t.same([...new Int32Array(exports.scratch.buffer, 0, 4)], [0, 0, 77, 0])
  t.equal(new Int32Array(rows.buffer)[2], 0)
  exports.scratch.grow(1)
  t.equal(exports.scratch.buffer.byteLength, 2 * 65536)
})
