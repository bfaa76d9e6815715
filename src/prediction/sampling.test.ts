import t from 'tap'
import { idOfRow, PredictionIds } from './prediction-ids.ts'
import { isSampled } from './sampling.ts'

/** Prefixes as a worker gives them, three requests a millisecond. */
function prefixes(count: number, process = 7): string[] {
  let calls = 0
  const ids = new PredictionIds(
    () => 1_790_000_000_000 + Math.floor(calls++ / 3),
    (max) => process % max,
  )
  return Array.from({ length: count }, () => ids.next())
}

/** How far a count is from its expectation, in standard deviations of a binomial distribution. */
function deviation(count: number, of: number, rate: number): number {
  return Math.abs(count - of * rate) / Math.sqrt(of * rate * (1 - rate))
}

t.test('the share of the sample is the rate, over requests of one row and over the rows of one request', async (t) => {
  for (const rate of [0.001, 0.01, 0.1, 0.5, 0.9]) {
    const requests = prefixes(200_000)
    const ofRequests = requests.filter((prefix) => isSampled(prefix, 0, rate)).length
    t.ok(deviation(ofRequests, requests.length, rate) < 4, `requests at ${rate}: ${ofRequests}`)
    const [prefix = ''] = requests
    let ofRows = 0
    for (let row = 0; row < 200_000; row++) if (isSampled(prefix, row, rate)) ofRows++
    t.ok(deviation(ofRows, 200_000, rate) < 4, `rows at ${rate}: ${ofRows}`)
  }
})

t.test('neighbours are chosen independently', async (t) => {
  const rate = 0.3
  const chosen = prefixes(200_000, 90_210).map((prefix) => isSampled(prefix, 0, rate))
  const pairs = chosen.filter((isIn, i) => isIn && chosen[i + 1] === true).length
  t.ok(deviation(pairs, chosen.length, rate * rate) < 5, `${pairs} pairs`)
})

t.test('a larger rate keeps the sample of a smaller one; 0 keeps nothing, 1 all', async (t) => {
  for (const prefix of prefixes(2_000)) {
    t.notOk(isSampled(prefix, 3, 0))
    t.ok(isSampled(prefix, 3, 1))
    if (isSampled(prefix, 3, 0.2)) t.ok(isSampled(prefix, 3, 0.4), idOfRow(prefix, 3))
  }
})
