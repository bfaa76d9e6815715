import t from 'tap'
import { Random } from '../random.ts'
import { newSharedMemory } from '../wasm/web-assembly.ts'
import { binaryGradients } from './classification-losses.ts'
import { LogisticGradients } from './logistic-kernel.ts'
import type { LossSpace } from './loss-space.ts'

t.test('two rows at a time give what one gives, for outputs of any size', async (t) => {
  const memory = newSharedMemory(4)
  const kernel = new LogisticGradients(memory, 0)
  const random = new Random(1)
  for (const rowCount of [1, 2, 7, 3000]) {
    const { buffer } = memory
    const space: LossSpace = {
      rowCount,
      target: new Float64Array(buffer, 1024, rowCount),
      weight: undefined,
      raw: new Float64Array(buffer, 40_000, rowCount),
      gradients: new Float32Array(buffer, 80_000, rowCount),
      hessians: new Float32Array(buffer, 120_000, rowCount),
    }
    const extremes = [0, 1e-300, -1e-300, 700, -700, 709, -746, 1e300, -1e300]
    for (let i = 0; i < rowCount; i++) {
      space.target[i] = random.integer(2)
      space.raw[i] = i < extremes.length ? (extremes[i] as number) : random.normal() * 8
    }
    const sums = new Float64Array(5)
    kernel.compute(space, 0, rowCount, sums, 1)
    const twin = { ...space, gradients: new Float32Array(rowCount), hessians: new Float32Array(rowCount) }
    const loss = binaryGradients(twin, 0, rowCount)
    t.same([sums[0], sums[4]], [0, 0], 'nothing beside the sums is written')
    t.ok(Math.abs((sums[1] as number) - loss) <= 1e-12 * Math.abs(loss))
    t.ok(space.gradients.every((g, i) => Math.abs(g - (twin.gradients[i] as number)) <= 6e-8 * Math.abs(g)))
    t.ok(space.hessians?.every((h, i) => Math.abs(h - (twin.hessians[i] as number)) <= 1.2e-7 * h + 1e-300))
    const sumOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0)
    t.ok(Math.abs((sums[2] as number) - sumOf(space.gradients)) < 1e-9, 'sums are of what was stored')
    t.ok(Math.abs((sums[3] as number) - sumOf(space.hessians as Float32Array)) < 1e-9)
  }
})
