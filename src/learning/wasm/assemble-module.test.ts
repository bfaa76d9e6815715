import t from 'tap'
import { assembleModule } from './assemble-module.ts'
import {
  advance,
  type Code,
  constantF64,
  constantI32,
  F64,
  f64,
  get,
  I32,
  i32,
  load,
  set,
  store,
  V128,
  v128,
  whileBelow,
} from './instructions.ts'
import { compile, instantiate, newMemory, newSharedMemory, type WasmMemory } from './web-assembly.ts'

const memory = { name: 'memory', isShared: false }

/** What a function without parameters returns. */
function run(type: number, code: Code): number {
  const routine = { name: 'answer', parameters: [], results: [type], locals: [], code }
  const module = compile(assembleModule({ memory, routines: [routine] }))
  return (instantiate(module, { memory: newMemory(1) }) as { answer(): number }).answer()
}

t.test('integers of every length come through as they are', async (t) => {
  const near = [0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 20, 2 ** 27 - 1, 2 ** 27, 2 ** 30, 2 ** 31 - 1]
  for (const value of near.flatMap((size) => [size, -size, -size - 1])) {
    t.equal(run(I32, constantI32(value)), value | 0)
  }
  // Unsigned on the way in; what JavaScript is given is the int32 of the same bits.
  t.equal(run(I32, constantI32(2 ** 32 - 8)), -8)
})

t.test('float64 come through to the last bit', async (t) => {
  for (const value of [0, -0, 0.1, -1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NaN]) {
    t.ok(Object.is(run(F64, constantF64(value)), value))
  }
})

t.test('places in memory are counted from the base, however far', async (t) => {
  for (const base of [0, 8, 120, 128, 16384, 65528]) {
    const code = [...constantI32(0), ...constantF64(base + 0.5), ...store.f64(base)]
    const buffer = newMemory(1)
    const routine = { name: 'write', parameters: [], results: [], locals: [], code }
    const module = compile(assembleModule({ memory, routines: [routine] }))
    ;(instantiate(module, { memory: buffer }) as { write(): void }).write()
    const values = new Float64Array(buffer.buffer)
    t.equal(values[base / 8], base + 0.5)
    t.equal(values.filter((value) => value !== 0).length, 1)
  }
})

t.test('routines have their own types and locals, and share memory', async (t) => {
  const [FROM, END, SUM] = [0, 1, 2]
  const sum = {
    name: 'sum',
    parameters: [I32, I32],
    results: [F64],
    locals: [
      [1, F64],
      [0, I32],
      [1, V128],
    ] as const,
    code: [
      ...whileBelow(FROM, END, [...get(FROM), ...load.f64(), ...get(SUM), f64.add, ...set(SUM)], advance(FROM, 8)),
      ...[...v128.zero, ...set(SUM + 1), ...get(SUM)],
    ],
  }
  const double = {
    name: 'double',
    parameters: [I32],
    results: [I32],
    locals: [],
    code: [...get(0), ...constantI32(2), i32.mul],
  }
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

t.test('a module can have a memory of its own beside the one it is given', async (t) => {
  const copy = {
    name: 'copy',
    parameters: [],
    results: [],
    locals: [],
    code: [...constantI32(0), ...constantI32(4), ...load.i32(), ...store.i32(8, 1)],
  }
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
