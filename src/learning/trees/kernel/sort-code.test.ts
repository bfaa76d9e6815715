import t from 'tap'
import { fitContext } from '../../fit-context.ts'
import { numericMatrix } from '../../matrix.ts'
import { StopFlag } from '../../parallel/stop-flag.ts'
import { readParameters } from '../../parameters.ts'
import { Random } from '../../random.ts'
import { codeMatrix } from '../coded-matrix.ts'
import { treeRegressorParameters } from '../tree-parameters.ts'
import { resolveRules } from '../tree-rules.ts'
import { kernelForRanks } from './kernel-for-data.ts'
import { planKernel } from './plan-kernel.ts'
import { startKernel } from './tree-kernel.ts'

t.test('sorts ranks of any spread, keeping equal ones in place', async (t) => {
  const rowCount = 3000
  const matrix = await codeMatrix(numericMatrix([new Float64Array(rowCount)]), fitContext())
  const target = { kind: 'numbers', values: new Float64Array(rowCount), scale: 1, ranks: new Int32Array(0) } as const
  const rules = resolveRules(readParameters(treeRegressorParameters, {}), 'squared_error', 'best', rowCount, 1)
  const kernel = await kernelForRanks(matrix, target, rules, 2, new StopFlag())
  const routines = startKernel(kernel) as ReturnType<typeof startKernel> & {
    sort(base: number, n: number, min: number, max: number): void
  }
  const plan = planKernel(kernel.problem)
  const base = plan.baseOf(1)
  const { nodeRanks: ranks, order } = plan.own.views(kernel.memory.buffer, base)
  const random = new Random(1)
  const spreads: ((n: number) => number)[] = [
    () => random.integer(5),
    (n) => random.integer(n),
    () => random.integer(2 ** 26),
    // One far outlier leaves all others in one bucket.
    () => (random.integer(100) === 0 ? 2 ** 26 - 1 : random.integer(3000)),
  ]
  for (let round = 0; round < 200; round++) {
    const n = 1 + random.integer([10, 40, 300, rowCount - 1][round % 4]!)
    const spread = spreads[random.integer(4)]!
    for (let i = 0; i < n; i++) ranks[i] = spread(n)
    const here = Array.from(ranks.subarray(0, n))
    routines.sort(base, n, Math.min(...here), Math.max(...here))
    const wanted = here.map((_, i) => i).sort((a, b) => here[a]! - here[b]! || a - b)
    t.same(Array.from(order.subarray(0, n)), wanted)
  }
})
