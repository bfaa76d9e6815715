import t from 'tap'
import { weightRows } from './class-weight.ts'
import { DataError } from './errors.ts'
import type { Classifier } from './estimator.ts'
import { estimators } from './estimators.ts'
import { fitContext } from './fit-context.ts'
import { numericMatrix } from './matrix.ts'

const y = { codes: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1), classNames: ['n', 'p'] }
const x = numericMatrix([Float64Array.from({ length: 8 }, (_, i) => i)])

t.test('"balanced" is rows ÷ (classes × rows of the class)', async (t) => {
  const uneven = { codes: Int32Array.of(0, 0, 0, 1), classNames: ['a', 'b'] }
  t.same(weightRows('balanced', uneven), Float64Array.of(2 / 3, 2 / 3, 2 / 3, 2))
})

for (const [name, Estimator] of Object.entries(estimators)) {
  if (!('class_weight' in Estimator.parameters)) continue
  for (const [class_weight, got] of [
    [{ p: 0, n: 0 }, 0],
    [{ p: 1e308, n: 1e308 }, 'Infinity'],
  ] as const) {
    t.test(`${name} refuses class weights whose sum is ${got}`, async (t) => {
      const estimator = new Estimator({ class_weight }) as Classifier
      const message = `the weights of the rows must have a finite sum above 0, got ${got}: see class_weight`
      await t.rejects(estimator.fit(x, y, fitContext()), new DataError(message))
    })
  }
}
