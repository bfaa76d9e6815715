import t from 'tap'
import { isSameStep, secondsLeft } from './seconds-left.ts'

const look = (at: number, done: number) => ({ at, progress: { phase: 'fit', step: 'trees', done, of: 100 } as const })

t.test('what is left at the rate so far', async (t) => {
  t.equal(secondsLeft(look(1000, 10), look(3000, 30), 3000), 7, '20 in 2 s, 70 left')
  t.equal(secondsLeft(look(1000, 10), look(3000, 30), 4500), 5.5, 'less what has gone by since')
  t.equal(secondsLeft(look(1000, 10), look(3000, 30), 60_000), 0)
  t.equal(secondsLeft(look(0, 0), look(5000, 100), 5000), 0)
})

t.test('unknown while there is no rate', async (t) => {
  t.equal(secondsLeft(look(0, 0), look(0, 0), 10_000), null)
  t.equal(secondsLeft(look(0, 0), look(5000, 0), 10_000), null, 'nothing done')
  t.equal(secondsLeft(look(0, 0), look(100, 50), 10_000), null, 'too soon')
})

t.test('a step that begins anew is another step', async (t) => {
  const { progress } = look(0, 50)
  t.ok(isSameStep(progress, { ...progress, done: 60 }))
  t.notOk(isSameStep(progress, { ...progress, done: 40 }))
  t.notOk(isSameStep(progress, { ...progress, of: 200 }))
  t.notOk(isSameStep(progress, { ...progress, step: 'scores' }))
  t.notOk(isSameStep(progress, { ...progress, phase: 'metrics' }))
})
