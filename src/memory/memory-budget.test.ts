import t from 'tap'
import { holdForTables, MemoryBudget } from './memory-budget.ts'

const MIB = 2 ** 20

t.test('gives what there is, refuses what there never is, and puts off what others hold', async (t) => {
  const budget = MemoryBudget.of(100 * MIB)
  const first = budget.hold('the first')
  const second = budget.hold('the second')
  first.take(60 * MIB)
  t.equal(budget.heldBytes, 60 * MIB)
  t.throws(() => second.take(101 * MIB), { code: 'MEMORY_EXCEEDED', message: /the second: 101 MiB are more than 100/ })
  t.throws(() => second.take(50 * MIB), { code: 'OVERLOADED', retryAfterSeconds: 2, message: /40 of 100 are/ })
  second.take(40 * MIB)
  t.throws(() => first.take(1), { code: 'OVERLOADED' })
  first.release()
  first.release()
  t.equal(budget.heldBytes, 40 * MIB)
  second.give(40 * MIB)
  second.take(40 * MIB)
  t.equal(budget.heldBytes, 40 * MIB, 'what was let go is used again')
})

t.test('counts for all threads, and forgets what a thread that is gone held', async (t) => {
  const service = MemoryBudget.of(100 * MIB)
  const intake = new MemoryBudget(service.shared, 'intake')
  intake.hold('a table').take(70 * MIB)
  t.throws(() => service.hold('another').take(40 * MIB), { code: 'OVERLOADED' })
  service.threadEnded('intake')
  t.equal(service.heldBytes, 0)
})

t.test('a table may be 64 MiB, and 64 times its body', async (t) => {
  const budget = MemoryBudget.of(1024 * MIB)
  holdForTables(budget, MIB).take(128 * MIB)
  t.throws(() => holdForTables(budget, MIB).take(128 * MIB + 1), { code: 'MEMORY_EXCEEDED', message: /128 for a body/ })
  t.throws(() => holdForTables(budget, MIB).check(129 * MIB), { code: 'MEMORY_EXCEEDED' })
})
