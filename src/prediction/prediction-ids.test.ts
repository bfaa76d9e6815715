import t from 'tap'
import { idOfRow, PredictionIds } from './prediction-ids.ts'

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

t.test('ids are UUIDs of version 7 that begin with the time', async (t) => {
  // The example of RFC 9562, A.6: 2022-02-22T19:22:22Z is 017F22E2-79B0-7….
  const ids = new PredictionIds(() => 0x017f22e279b0)
  const id = idOfRow(ids.next(), 0)
  t.match(id, UUID_7)
  t.match(id, /^017f22e2-79b0-7000-/)
})

t.test('ids are in the order in which they were made, and no two are the same', async (t) => {
  // A clock that stands, goes, and is set back.
  const times = [5, 5, 6, 9, 2, 2, 10]
  let at = 0
  const ids = new PredictionIds(() => times[Math.min(at++, times.length - 1)] as number)
  const made = times.flatMap(() => {
    const prefix = ids.next()
    return [0, 1, 4095, 2 ** 28 - 1].map((row) => idOfRow(prefix, row))
  })
  for (const id of made) t.match(id, UUID_7)
  t.same(made, [...made].sort())
  t.equal(new Set(made).size, made.length)
})

t.test('more requests than a millisecond has numbers for take those of the next one', async (t) => {
  const ids = new PredictionIds(() => 1_000)
  const made = Array.from({ length: 3 * 4096 }, () => ids.next())
  t.same(made, [...made].sort())
  t.equal(new Set(made).size, made.length)
  t.match(made.at(-1), /^00000000-03ea-7fff-/)
})

t.test('processes differ by what they have drawn', async (t) => {
  const ofProcess = (drawn: number) =>
    new PredictionIds(
      () => 1,
      (max) => drawn % max,
    ).next()
  t.equal(ofProcess(0), '00000000-0001-7000-8000-00000')
  t.equal(ofProcess(0x12345678), '00000000-0001-7000-8123-45678')
  t.not(new PredictionIds(() => 1).next(), new PredictionIds(() => 1).next())
})
