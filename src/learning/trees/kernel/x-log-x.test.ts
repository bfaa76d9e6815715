import t from 'tap'
import { Random } from '../../random.ts'
import { assembleModule } from '../../wasm/assemble-module.ts'
import { f64, layout } from '../../wasm/layout.ts'
import { compile, instantiate, newSharedMemory } from '../../wasm/web-assembly.ts'
import { fillLogTable, xLogXRoutine } from './x-log-x.ts'

t.test('x log x is that of the library, for looked-up numbers and for others', async (t) => {
  const rowCount = 10
  const memory = newSharedMemory(1)
  const table = layout({ logTable: f64(42) })
  fillLogTable(table.views(memory.buffer).logTable)
  const routine = xLogXRoutine({ rowCount, shared: table.places })
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines: [routine] }))
  const { xLogX } = instantiate(module, { memory }) as { xLogX(x: number): number }
  const random = new Random(1)
  const drawn = Array.from({ length: 2000 }, () => random.uniform() * 10 ** (random.integer(30) - 15))
  for (const x of [0, 1, 2, 41, 42, 43, 0.5, Math.SQRT2, 1 - 1e-12, 1 + 1e-12, 2 ** 30, 1e300, 1e-300, ...drawn]) {
    const wanted = x === 0 ? 0 : x * Math.log2(x)
    if (!(Math.abs(xLogX(x) - wanted) <= 1e-15 * Math.abs(wanted))) t.fail(`${x}: ${xLogX(x)} is ${wanted}`)
  }
  t.equal(xLogX(-1e-17), 0)
})
