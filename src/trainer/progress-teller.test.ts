import t from 'tap'
import type { Progress } from './messages.ts'
import { ProgressTeller } from './progress-teller.ts'

t.test('tells of each phase at once, and within one ten times a second at the most', async (t) => {
  let now = 0
  const sent: Progress[] = []
  const { tell } = new ProgressTeller(
    (progress) => sent.push(progress),
    () => now,
  )
  tell('read', 0, 1, 'reading')
  tell('fit', 0, 1, 'fitting')
  for (let i = 1; i <= 10_000; i++) {
    now = i / 10
    tell('fit', i, 10_000, 'trees')
  }
  tell('metrics', 0, 5, 'predicting rows')
  t.same(sent.slice(0, 3), [
    { phase: 'read', step: 'reading', done: 0, of: 1 },
    { phase: 'fit', step: 'fitting', done: 0, of: 1 },
    { phase: 'fit', step: 'trees', done: 1000, of: 10_000 },
  ])
  t.same(sent.at(-1), { phase: 'metrics', step: 'predicting rows', done: 0, of: 5 })
  t.equal(sent.length, 2 + 10 + 1)
})

t.test('cuts the name of a step', async (t) => {
  const sent: Progress[] = []
  new ProgressTeller((progress) => sent.push(progress)).tell('fit', 0, 1, 'x'.repeat(1000))
  t.equal(sent[0]?.step.length, 100)
})
