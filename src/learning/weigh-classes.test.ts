import t from 'tap'
import { Random } from './random.ts'
import { weighClasses } from './weigh-classes.ts'

t.test('classes weigh what their rows do', async (t) => {
  const random = new Random(6)
  const classNames = ['a', 'b', 'c', 'none']
  for (const length of [0, 1, 8192, 20_000]) {
    const codes = Int32Array.from({ length }, () => random.integer(3))
    const weights = Float64Array.from({ length }, () => random.integer(8))
    const naive = (weight: (i: number) => number) =>
      classNames.map((_, c) => codes.reduce((sum, code, i) => (code === c ? sum + weight(i) : sum), 0))
    t.same(
      [...weighClasses({ codes, classNames })],
      naive(() => 1),
      `${length} rows`,
    )
    t.same(
      [...weighClasses({ codes, classNames }, weights)],
      naive((i) => weights[i] as number),
      `${length} weights`,
    )
  }
})
