import t from 'tap'
import { type KnownUnit, KnownUnits, type PhaseUnits } from './known-units.ts'

const unitOf = (i: number): KnownUnit => ({ experimentId: 1, phase: 1, unit: String(i), arm: 0, told: 0 })

t.test('what was asked for lately is remembered, and what is remembered has a bound', async (t) => {
  const units = new KnownUnits(10).of({ experimentId: 1, phase: 1 })
  for (let i = 0; i < 100; i++) {
    units.add(`key ${i}`, unitOf(i))
    t.equal(units.find('key 0')?.unit, i < 100 ? '0' : undefined, 'a key that comes again and again stays')
  }
  const remembered = Array.from({ length: 100 }, (_, i) => units.find(`key ${i}`)).filter((unit) => unit !== undefined)
  t.ok(remembered.length <= 20, `${remembered.length} of 100`)
  t.equal(units.find('key 99')?.unit, '99')
})

t.test('phases are apart, and share the bound', async (t) => {
  const all = new KnownUnits(10)
  const [first, second] = [1, 2].map((phase) => all.of({ experimentId: 1, phase })) as [PhaseUnits, PhaseUnits]
  first.add('key', unitOf(1))
  t.equal(second.find('key'), undefined)
  t.equal(all.of({ experimentId: 1, phase: 1 }).find('key')?.unit, '1', 'whoever asks for the phase')
  for (let i = 0; i < 20; i++) second.add(`key ${i}`, unitOf(i))
  t.equal(first.find('key'), undefined, 'others have taken its place')
  t.equal(all.of({ experimentId: 1, phase: 1 }).find('key'), undefined)
})

t.test('a phase that runs no longer is forgotten', async (t) => {
  const all = new KnownUnits(10)
  for (const phase of [1, 2]) all.of({ experimentId: 1, phase }).add('key', unitOf(phase))
  all.keepOnly([{ experimentId: 1, phase: 2 }])
  t.same(
    [1, 2].map((phase) => all.of({ experimentId: 1, phase }).find('key')?.unit),
    [undefined, '2'],
  )
})
