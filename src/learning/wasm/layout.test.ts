import t from 'tap'
import { assembleModule } from './assemble-module.ts'
import { f32, f64, i32, i64, layout, u8, u32 } from './layout.ts'
import { MemoryPlan } from './memory-plan.ts'
import { routine } from './routine.ts'
import { F64, I32 } from './values.ts'
import { compile, instantiate, newMemory, type WasmMemory } from './web-assembly.ts'

t.test('TypeScript and kernels see the same arrays', async (t) => {
  const rows = layout({ flags: u8(3), ranks: u32(5), counts: i32(7), sets: i64(2), halves: f32(4), sums: f64(4) })
  const { flags, ranks, counts, sets, halves, sums } = rows.places
  // sums[i] = all that stands at i; flags[i] = i; counts[i] = −i
  const gather = routine('gather', { base: I32, i: I32 }, (w, { base, i }) => {
    const ints = flags.get(i, base).plus(ranks.get(i, base)).plus(counts.get(i, base)).plus(sets.get(i, base).asI32())
    sums.set(w, i, ints.asF64().plus(halves.get(i, base).promoted()), base)
    flags.set(w, i, i, base)
    const at = w.keep(counts.at(i, base))
    counts.store(w, at, counts.load(at, 4))
  })
  const memory = newMemory(1)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [gather] }))
  const views = rows.views(memory.buffer, 256)
  views.flags[1] = 200
  views.ranks[1] = 60_000
  views.counts.set([5, 6, 7])
  views.sets[1] = 9n
  views.halves[1] = 0.5
  ;(instantiate(module, { memory }) as { gather(base: number, i: number): void }).gather(256, 1)
  t.same([...views.sums], [0, 200 + 60_000 + 6 + 9 + 0.5, 0, 0])
  t.same([...views.flags], [0, 1, 0])
  t.same([...views.counts], [5, 7, 7, 0, 0, 0, 0])
  t.ok(
    Object.values(views).every(
      (view, i, all) =>
        i === 0 || (view.byteOffset % 64 === 0 && view.byteOffset > (all[i - 1] as Uint8Array).byteOffset),
    ),
  )
})

t.test('arrays can lie in the memory of the module', async (t) => {
  const { places } = layout({ bytes: u8(2), ints: i32(2) }, new MemoryPlan(8, 0), 1)
  const write = routine('write', {}, (w) => {
    places.bytes.set(w, I32.of(1), I32.of(7))
    places.ints.set(w, I32.of(1), places.bytes.get(I32.of(1)))
  })
  const parts = { memory: { name: 'memory', isShared: false }, ownMemory: 'own', routines: [write] }
  const given = newMemory(1)
  const exports = instantiate(compile(assembleModule(parts)), { memory: given }) as { own: WasmMemory; write(): void }
  exports.write()
  t.same([...new Uint8Array(exports.own.buffer, 0, 16)], [0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0])
  t.ok(new Uint8Array(given.buffer).every((byte) => byte === 0))
})

t.test('layouts of one plan lie behind each other, aligned as the plan says', async (t) => {
  const plan = new MemoryPlan(8)
  const first = layout({ a: u8(3), b: f64(2) }, plan)
  const second = layout({ c: i32(1) }, plan)
  t.same([first.places.a.offset, first.places.b.offset, second.places.c.offset, plan.byteCount], [8, 16, 32, 40])
})

t.test('an access of another type than the array holds does not compile', async (t) => {
  const { places } = layout({ weight: f64(1), count: i32(1) })
  const bad = (): void => {
    routine('bad', { i: I32 }, (w, { i }) => {
      // @ts-expect-error a float64 is no int32
      const count: I32 = places.weight.get(i)
      // @ts-expect-error an int32 array takes no float64
      places.count.set(w, i, F64.of(1))
      w.store(i, count)
    })
  }
  t.type(bad, 'function')
})
