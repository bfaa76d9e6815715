import t from 'tap'
import type { Baseline, ColumnBaseline } from '../../cells/baseline.ts'
import type { WindowCounts } from '../cells/cell-counts.ts'
import { NO_QUALITY } from '../quality/quality-counts.ts'
import { testsIn } from './column-counts.ts'
import { judgeSlot, type SlotToJudge } from './judge-slot.ts'
import { DAY_MS } from './windows.ts'

const slot = { projectId: 1, environment: 'production', version: 3 }
const to = new Date('2026-03-04T00:00:00Z')
const dayBefore = (days: number): Date => new Date(to.getTime() - days * DAY_MS)
const window = { from: dayBefore(1), to }
const policy = {
  told: ['drift', 'data_quality'],
  daysPerFalseAlarm: 90,
  windowHours: 24,
  windowHoursMax: 168,
  calibrationWindows: 0,
  isSequential: false,
  anomalyShare: 0,
} as const

const EDGES = Array.from({ length: 11 }, (_, i) => i)
/** Ten inner cells, below, above, missing. */
const THEN = [...Array(10).fill(100), 0, 0, 20]
const SHIFTED = [20, 30, 40, 50, 60, 60, 70, 80, 90, 100, 0, 40, 60]
const SAME = THEN.map((count) => Math.round(count * 0.7))

const numeric = (name: string, counts = THEN): ColumnBaseline => {
  return { name, cells: { kind: 'numeric', edges: EDGES }, counts }
}
const baselineOf = (features: ColumnBaseline[], rest: Partial<Baseline> = {}): Baseline => ({
  features,
  answers: [],
  confidence: undefined,
  answersOf: 'none',
  rowCount: 1020,
  answerRowCount: 0,
  ...rest,
})
const windowOf = (from: Date, features: number[][], rest: Partial<WindowCounts> = {}): WindowCounts => ({
  from,
  rowCount: (features[0] ?? []).reduce((sum, count) => sum + count, 0),
  features,
  answers: [],
  confidence: undefined,
  quality: NO_QUALITY,
  ...rest,
})
const judge = (baseline: Baseline | undefined, windows: WindowCounts[], rest: Partial<SlotToJudge> = {}) =>
  judgeSlot({
    slot,
    window,
    counted: { version: 3, runId: 7, baseline, windows },
    policy,
    tests: 20,
    calibration: [],
    evidence: 0,
    ...rest,
  })

t.test(
  'a shifted column drifts with the figures that SciPy 1.17.1 gives, and the one beside it does not',
  async (t) => {
    const look = await judge(baselineOf([numeric('same'), numeric('shifted')]), [
      windowOf(window.from, [SAME, SHIFTED]),
    ])
    t.match(look, { state: 'drift', severity: 'critical', drifted: 1, slot, window })
    const [same, shifted] = look.columns
    t.equal(same?.state, 'ok')
    t.equal(shifted?.state, 'drift')
    const close = (found: number | undefined, wanted: number) =>
      t.ok(Math.abs((found as number) / wanted - 1) < 1e-10, `${found} ${wanted}`)
    close(shifted?.statistic, 167.71969833155669)
    close(shifted?.pValue, 3.4747039854360405e-30)
    close(shifted?.psi, 0.5560171516988477)
    close(shifted?.psiExcess, 0.5295185522590717)
    close(shifted?.jsDistance, 0.27977571967279985)
    close(shifted?.lInfinity, 0.06946778711484594)
    t.equal(look.basis.level, 1 / (90 * 20))
    t.same(look.worst[0], {
      role: 'feature',
      name: 'shifted',
      state: 'drift',
      severity: 'critical',
      psiExcess: shifted?.psiExcess,
    })
  },
)

t.test('without rows, with few, and without a baseline it is not said that nothing drifts', async (t) => {
  t.match(await judge(undefined, [], { counted: undefined }), { state: 'insufficient_data', rowCount: 0, columns: [] })
  const few = await judge(baselineOf([numeric('a')]), [windowOf(window.from, [THEN.map((count) => count / 20)])])
  t.match(few, { state: 'insufficient_data', qualityState: 'ok' })
  t.match(await judge(undefined, [windowOf(window.from, [], { rowCount: 500 })]), {
    state: 'no_baseline',
    rowCount: 500,
    qualityState: 'no_baseline',
  })
})

t.test('a window with too few rows begins earlier, until there are enough and not beyond the longest', async (t) => {
  const part = THEN.map((count) => Math.round(count / 5))
  const days = Array.from({ length: 7 }, (_, i) => windowOf(dayBefore(7 - i), [part]))
  const look = await judge(baselineOf([numeric('a')]), days)
  t.equal(look.state, 'ok')
  t.same(look.window.to, to)
  t.ok((look.rowCount as number) >= (look.basis.rowsNeeded as number))
  t.ok(look.rowCount - 204 < (look.basis.rowsNeeded as number), 'no earlier than it must')
  const short = await judge(baselineOf([numeric('a')]), days, { policy: { ...policy, windowHoursMax: 48 } })
  t.match(short, { state: 'insufficient_data', window: { from: dayBefore(2) } })
  const alone = await judge(baselineOf([numeric('a')]), days.slice(-1))
  t.match(alone, { state: 'insufficient_data', window: { from: window.from } }, 'days without a row add nothing')
})

t.test('a column that cannot be judged fails no other, and features may be named like answers', async (t) => {
  const broken = { name: 'broken', cells: { kind: 'numeric', edges: EDGES }, counts: THEN } as ColumnBaseline
  Object.defineProperty(broken, 'counts', { get: () => [...THEN.slice(0, -1), 2n] })
  const baseline = baselineOf([numeric('answer'), broken], { answers: [numeric('answer')], answersOf: 'held_out' })
  const look = await judge(baseline, [windowOf(window.from, [SHIFTED, SAME], { answers: [SAME] })])
  t.same(
    look.columns.map(({ role, name, state }) => [role, name, state]),
    [
      ['feature', 'answer', 'drift'],
      ['feature', 'broken', 'failed'],
      ['answer', 'answer', 'ok'],
    ],
  )
  t.match(look.columns[1]?.error, /BigInt/)
})

t.test('quiet windows say how much windows differ by themselves', async (t) => {
  const quiet = Array.from({ length: 14 }, () => [
    { role: 'feature', name: 'a', state: 'ok', statistic: 27.5, df: 11 } as const,
  ])
  const counts = [windowOf(window.from, [SHIFTED])]
  const calibrated = { ...policy, calibrationWindows: 14 }
  const known = await judge(baselineOf([numeric('a')]), counts, { policy: calibrated, calibration: quiet })
  t.equal(known.columns[0]?.overdispersion, 2.5)
  // scipy.stats.f.sf(statistic / (11 · 2.5), 11, 14 · 11)
  t.ok((known.columns[0]?.pValue as number) > 3.4e-30)
  t.equal(known.basis.calibrationWindows, 14)
  const drifted = quiet.map((columns) => columns.map((column) => ({ ...column, state: 'drift' as const })))
  const unknown = await judge(baselineOf([numeric('a')]), counts, { policy: calibrated, calibration: drifted })
  t.equal(unknown.columns[0]?.overdispersion, 4, 'windows that drifted do not calibrate')
})

t.test(
  'evidence is collected over windows where the project has that on, and begins anew after an alarm',
  async (t) => {
    const sequential = { ...policy, isSequential: true }
    const slightly = THEN.map((count, i) => Math.round(count * (0.94 + 0.012 * i)))
    const run = (evidence: number) =>
      judge(baselineOf([numeric('a')]), [windowOf(window.from, [slightly])], { policy: sequential, tests: 1, evidence })
    const first = await run(0)
    t.equal(first.columns[0]?.state, 'ok')
    t.ok((first.basis.evidence as number) > 0)
    t.equal(first.basis.evidenceNeeded, 90)
    const alarm = await run(1e6)
    t.equal(alarm.basis.evidence, first.basis.evidence, 'what raised an alarm is used up')
    const more = await run(60)
    t.ok((more.basis.evidence as number) > (first.basis.evidence as number))
    t.equal((await judge(baselineOf([numeric('a')]), [windowOf(window.from, [SAME])])).basis.evidence, null)
  },
)

t.test('the tests of a window are the columns of all versions that predicted in it', async (t) => {
  const baseline = baselineOf([numeric('a'), numeric('b')], {
    answers: [numeric('y')],
    confidence: numeric('confidence'),
  })
  const version = (from: Date) => ({ version: 1, runId: 1, baseline, windows: [windowOf(from, [SAME, SAME])] })
  t.equal(testsIn([version(window.from), version(window.from), version(dayBefore(3))], window, 0), 8)
})
