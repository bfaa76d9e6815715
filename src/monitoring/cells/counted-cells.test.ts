import pino from 'pino'
import t from 'tap'
import { DeploymentWatch } from '../deployment-watch.ts'
import { CountedQuality } from '../quality/counted-quality.ts'
import { CountedCells, type DropReason, type HourFigures } from './counted-cells.ts'

const log = pino({ level: 'silent' })
const deployment = { projectId: 1, environment: 'production', deploymentId: 7, version: 2, runId: 9 }

function watchOf(cells: CountedCells, deploymentId = deployment.deploymentId): DeploymentWatch {
  const others = { quality: new CountedQuality({ save: async () => {} }), refusedTypes: { count: async () => {} } }
  return new DeploymentWatch(
    { ...deployment, deploymentId },
    { cells, ...others, hearer: () => undefined, unseenHearer: () => undefined, isEveryRow: false },
  )
}

/** What a table would hold of one process: what comes later takes the place of what was there, where it counts more. */
function tableOf() {
  const kept = new Map<string, HourFigures>()
  let isAway = false
  return {
    kept,
    away(is: boolean) {
      isAway = is
    },
    async save(_: string, hours: readonly HourFigures[]): Promise<void> {
      for (const hour of hours) {
        const key = `${hour.deploymentId}/${hour.startsAt}`
        if ((kept.get(key)?.rowCount ?? 0) < hour.rowCount) kept.set(key, hour)
      }
      // The answer is lost, though all was written.
      if (isAway) throw new Error('away')
    },
    get rows(): number {
      return [...kept.values()].reduce((sum, { rowCount }) => sum + rowCount, 0)
    },
  }
}

t.test('a write whose answer was lost counts once', async (t) => {
  const table = tableOf()
  const counted = new CountedCells({ save: table.save, onDropped: () => t.fail('nothing is dropped'), log })
  const watch = watchOf(counted)
  const count = (cell: number) => {
    const counts = watch.countsFor(3, 1) as Float64Array
    counts[cell] = (counts[cell] as number) + 1
  }
  count(0)
  table.away(true)
  await t.rejects(counted.save(), { message: 'away' })
  count(2)
  table.away(false)
  await counted.save()
  await counted.save()
  t.equal(table.rows, 2)
  t.same(
    [...table.kept.values()].map(({ counts }) => counts),
    [[1, 0, 1]],
  )
})

t.test('beyond its memory it counts nothing more, tells how much, and goes on with what it has', async (t) => {
  const dropped: [number, DropReason][] = []
  const parts = { onDropped: (rows: number, reason: DropReason) => void dropped.push([rows, reason]), log }
  const counted = new CountedCells({ ...parts, save: async () => {}, bytesMax: 1_500 })
  const [first, second] = [watchOf(counted), watchOf(counted, 8)]
  t.ok(first.countsFor(100, 1))
  t.equal(second.countsFor(100, 4), undefined)
  t.ok(first.countsFor(100, 1))
  t.same(dropped, [[4, 'no_room']])
  t.ok(counted.byteLength <= 1_500)
  second.notCounted(2, 'predicts_otherwise')
  t.same(dropped[1], [2, 'predicts_otherwise'])
})

t.test('rows of a result that was replaced within the hour are not mixed with those before', async (t) => {
  const counted = new CountedCells({ save: async () => {}, onDropped: () => {}, log })
  const watch = watchOf(counted)
  t.equal(watch.countsFor(5, 1)?.length, 5)
  t.equal(watch.countsFor(6, 1), undefined)
  t.equal(watch.countsFor(5, 1)?.length, 5)
})
