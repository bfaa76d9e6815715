import t from 'tap'
import type { LoggedRow } from './logged-row.ts'
import { timeOfId } from './logged-row.ts'
import { RowRing } from './row-ring.ts'

const rowOf = (projectId: number, featureCount = 2): LoggedRow => ({
  projectId,
  predictionId: '01890a5d-ac96-774b-bcce-b302099a8057',
  deploymentId: 1,
  version: 1,
  environment: 'production',
  milliseconds: 1,
  weight: 1,
  answer: 0,
  confidence: Number.NaN,
  features: new Float64Array(featureCount),
})

t.test('gives rows in the order in which they came, round after round', async (t) => {
  const ring = new RowRing({ rowsMax: 3, bytesMax: 2 ** 20 })
  let pushed = 0
  let taken = 0
  for (let round = 0; round < 10; round++) {
    while (ring.hasRoom(2)) ring.push(rowOf(pushed++))
    t.equal(ring.rowCount, 3)
    for (const { projectId } of ring.take(2)) t.equal(projectId, taken++)
  }
  t.same(
    ring.take(100).map(({ projectId }) => projectId),
    [taken],
  )
  t.same([ring.rowCount, ring.byteLength], [0, 0])
})

t.test('is full by bytes as well', async (t) => {
  const ring = new RowRing({ rowsMax: 1_000, bytesMax: 10_000 })
  while (ring.hasRoom(500)) ring.push(rowOf(1, 500))
  t.equal(ring.rowCount, 2)
  t.ok(ring.hasRoom(10), 'a smaller row has room')
  ring.take(1)
  t.ok(ring.hasRoom(500))
})

t.test('the time of an id is the time in its first 48 bits', async (t) => {
  // RFC 9562, appendix A.6: 0x017F22E279B0 is 2022-02-22 19:22:22 GMT.
  t.equal(timeOfId('017F22E2-79B0-7CC3-98C4-DC0C0C07398F'), Date.parse('2022-02-22T19:22:22Z'))
})
