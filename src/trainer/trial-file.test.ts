import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { trialFile } from './trial-file.ts'

const evaluation = { scores: [0.5, null, 0.25], mean: 0.375, deviation: 0.125, seconds: 1.5, isEnded: false }

t.test('trials are found again, those of other rows and torn lines are not', async (t) => {
  const path = join(t.testdir(), 'a.run.trials')
  const first = trialFile(path, 'one')
  t.equal(first.recall(0, 0), undefined)
  first.keep(0, 0, evaluation)
  first.keep(1, 3, { ...evaluation, reason: 'it "failed"\n' })
  t.equal(first.recall(0, 0), undefined, 'an attempt does not ask for what it found itself')
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -5))
  const second = trialFile(path, 'one')
  t.same(second.recall(0, 0), evaluation)
  t.equal(second.recall(1, 3), undefined)
  second.keep(1, 3, evaluation)
  t.same(trialFile(path, 'one').recall(1, 3), evaluation)
  t.equal(trialFile(path, 'two').recall(0, 0), undefined)
})

t.test('a disk that takes nothing ends no training', async (t) => {
  const nowhere = trialFile(join(t.testdir(), 'no', 'such', 'folder'), 'one')
  t.doesNotThrow(() => nowhere.keep(0, 0, evaluation))
})
