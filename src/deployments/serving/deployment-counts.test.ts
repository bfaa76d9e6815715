import pino from 'pino'
import t from 'tap'
import { ServiceError } from '../../errors.ts'
import { CountedDeployments, type MinuteFigures } from './deployment-counts.ts'

const log = pino({ level: 'silent' })

t.test('each write tells all of a minute, and one that failed comes with the next', async (t) => {
  const written: (readonly MinuteFigures[])[] = []
  let isAway = true
  const save = async (_process: string, minutes: readonly MinuteFigures[]): Promise<void> => {
    if (isAway) throw new Error('the database is away')
    written.push(minutes)
  }
  const counted = new CountedDeployments({ save, log })
  const counts = counted.of(7)
  counts.predicted(performance.now(), 3)
  counts.failed(performance.now(), new ServiceError('RUN_UNKNOWN', 'there is none'))
  await t.rejects(counted.save(), /away/)
  counts.failed(performance.now(), new TypeError('a bug'))
  isAway = false
  await counted.save()
  const all = written.flat()
  t.ok(all.every(({ deploymentId }) => deploymentId === 7))
  const sum = (of: (minute: MinuteFigures) => number): number => all.reduce((total, minute) => total + of(minute), 0)
  t.same([sum(({ requests }) => requests), sum(({ rows }) => rows), sum(({ failures }) => failures)], [3, 3, 2])
  t.equal(
    sum(({ latencyCounts }) => latencyCounts.reduce((total, count) => total + count, 0)),
    3,
  )
  t.same(Object.assign({}, ...all.map(({ errors }) => errors)), { RUN_UNKNOWN: 1, INTERNAL: 1 })
  await counted.save()
  t.equal(written.length, 1, 'nothing new, nothing written')
})

t.test('what is counted while a write is under way comes with the next one', async (t) => {
  let release = (): void => {}
  const told = new Map<number, number>()
  const save = async (_process: string, minutes: readonly MinuteFigures[]): Promise<void> => {
    for (const { startsAt, requests } of minutes) told.set(startsAt, requests)
    await new Promise<void>((resolve) => {
      release = resolve
    })
  }
  const counted = new CountedDeployments({ save, log })
  counted.of(1).predicted(performance.now(), 1)
  const first = counted.save()
  counted.of(1).predicted(performance.now(), 1)
  release()
  await first
  const second = counted.save()
  release()
  await second
  t.equal(
    [...told.values()].reduce((sum, requests) => sum + requests, 0),
    2,
  )
})
