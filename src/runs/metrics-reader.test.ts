import t from 'tap'
import type { Queryable } from '../database/pool.ts'
import { MetricsReader } from './metrics-reader.ts'

/** A database that answers when it is told to, with one metric for each run. */
function slowDatabase() {
  const asked: number[][] = []
  const answers: ((isThere: boolean) => void)[] = []
  const query = (_: unknown, [runIds]: [number[], string]) => {
    asked.push(runIds)
    return new Promise((resolve, reject) => {
      answers.push((isThere) =>
        isThere
          ? resolve({
              rows: runIds.map((runId) => ({ runId, name: 'rows', value: String(runId) })),
              rowCount: runIds.length,
            })
          : reject(new Error('away')),
      )
    })
  }
  return { client: { query } as unknown as Queryable, asked, answers }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('who asks while a query is under way shares the next one', async (t) => {
  const { client, asked, answers } = slowDatabase()
  const reader = new MetricsReader(client)
  const first = reader.read([1])
  await turn()
  const others = Array.from({ length: 20 }, (_, i) => reader.read([2 + i, 1]))
  await turn()
  t.same(asked, [[1]])
  answers[0]?.(true)
  t.equal((await first)?.get(1)?.get('rows'), '1')
  await turn()
  answers[1]?.(true)
  const read = await Promise.all(others)
  for (const [i, metrics] of read.entries()) t.equal(metrics?.get(2 + i)?.get('rows'), String(2 + i))
  t.equal(asked.length, 2)
  t.equal(asked[1]?.length, 21)
})

t.test('a query that fails does so for those who asked, and not for the next', async (t) => {
  const { client, asked, answers } = slowDatabase()
  const reader = new MetricsReader(client)
  const first = reader.read([1])
  await turn()
  const next = reader.read([2])
  answers[0]?.(false)
  await t.rejects(first, { message: 'away' })
  await turn()
  answers[1]?.(true)
  t.equal((await next)?.get(2)?.get('rows'), '2')
  t.same(asked, [[1], [2]])
})

t.test('nothing is asked for no runs', async (t) => {
  const { client, asked } = slowDatabase()
  t.equal((await new MetricsReader(client).read([]))?.size, 0)
  t.same(asked, [])
})
