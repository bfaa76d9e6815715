import t from 'tap'
import { type KnownUnit, KnownUnits } from './known-units.ts'

const unitOf = (i: number): KnownUnit => ({ experimentId: 1, phase: 1, unit: String(i), arm: 0, told: 0 })

t.test('what was asked for lately is remembered, and what is remembered has a bound', async (t) => {
  const units = new KnownUnits(10)
  for (let i = 0; i < 100; i++) {
    units.add(`key ${i}`, unitOf(i))
    t.equal(units.find('key 0')?.unit, i < 100 ? '0' : undefined, 'a key that comes again and again stays')
  }
  const remembered = Array.from({ length: 100 }, (_, i) => units.find(`key ${i}`)).filter((unit) => unit !== undefined)
  t.ok(remembered.length <= 20, `${remembered.length} of 100`)
  t.equal(units.find('key 99')?.unit, '99')
})
