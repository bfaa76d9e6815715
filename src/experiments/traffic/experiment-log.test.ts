import pino from 'pino'
import t from 'tap'
import { type ExperimentBatch, ExperimentLog } from './experiment-log.ts'
import type { KnownUnit } from './known-units.ts'

const log = pino({ level: 'silent' })
const unitOf = (name: string): KnownUnit => ({ experimentId: 1, phase: 1, unit: name, arm: 0, told: 0 })
const rowOf = (unit: KnownUnit, i: number) => ({
  of: unit,
  ...{ idPrefix: 'row ', row: i },
  answers: ['"low"', null],
  milliseconds: 1,
})

function scripted({
  waitingMax = 100,
  write,
}: {
  waitingMax?: number
  write?: (batch: ExperimentBatch) => Promise<void>
}) {
  const written: ExperimentBatch[] = []
  const dropped: string[] = []
  const parts = {
    write: write ?? (async (batch: ExperimentBatch) => void written.push(batch)),
    onDropped: (reason: string, count: number) => void dropped.push(`${count} ${reason}`),
  }
  return { written, dropped, seen: new ExperimentLog({ ...parts, log, waitingMax, triedMs: 0 }) }
}

t.test('a unit is told once of each kind', async (t) => {
  const { seen, written } = scripted({})
  const unit = unitOf('a')
  for (let at = 1; at <= 3; at++) {
    seen.expose(unit, at)
    seen.slow(unit, at)
    seen.fail(unit, at)
  }
  await seen.flush()
  t.match(written, [{ marks: [{ at: 1 }, { at: 1, slowAt: 1 }, { at: 1, failedAt: 1 }] }])
  t.equal(written[0]?.marks.length, 3)
})

t.test('what finds no room is counted, and its unit is told again', async (t) => {
  const { seen, written, dropped } = scripted({ waitingMax: 2 })
  const units = ['a', 'b', 'c'].map(unitOf)
  for (const unit of units) seen.expose(unit, 1)
  for (let i = 0; i < 3; i++) seen.add(rowOf(units[0] as KnownUnit, i))
  t.same(dropped, ['1 ring_full', '1 ring_full'])
  await seen.flush()
  for (const unit of units) seen.expose(unit, 2)
  await seen.flush()
  t.match(
    written.map(({ marks }) => marks.map(({ unit }) => unit)),
    [['a', 'b'], ['c']],
  )
})

t.test('a database that is away for too long costs what waited, and its units are told again', async (t) => {
  let isAway = true
  const written: ExperimentBatch[] = []
  const { seen, dropped } = scripted({
    async write(batch) {
      if (isAway) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
      written.push(batch)
    },
  })
  const unit = unitOf('a')
  seen.expose(unit, 1)
  seen.add(rowOf(unit, 1))
  await seen.flush()
  t.same(dropped, ['2 database'])
  isAway = false
  seen.expose(unit, 2)
  await seen.flush()
  t.match(written, [{ marks: [{ unit: 'a', at: 2 }], rows: [] }])
})

t.test('nothing is taken after the end', async (t) => {
  const { seen, dropped, written } = scripted({})
  seen.expose(unitOf('a'), 1)
  await seen.close()
  t.equal(written.length, 1, 'what waited is written')
  seen.expose(unitOf('b'), 1)
  seen.add(rowOf(unitOf('b'), 1))
  t.same(dropped, ['1 stopped', '1 stopped'])
})
