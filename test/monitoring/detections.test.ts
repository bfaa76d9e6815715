// Two samples compared over HTTP: the reference cases from their rows, data sets, and everything that can be wrong.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { Random } from '../../src/learning/random.ts'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const database = await createOwnDatabase(t)
const { post } = await startTestService(t, { DATABASE_URL: database.url, BODY_LIMIT_MB: 16 })

interface DriftCase {
  readonly name: string
  readonly kind: 'numeric' | 'categorical'
  readonly reference: (number | string | null)[]
  readonly current: (number | string | null)[]
  readonly scipy: { readonly ks?: { statistic: number; p_auto: number }; readonly wasserstein?: number }
  readonly frozen_bins: {
    readonly labels: string[]
    readonly reference_counts: number[]
    readonly current_counts: number[]
  }
}
const golden = JSON.parse(readFileSync(new URL('../golden/drift.json', import.meta.url), 'utf8'))
const cases: readonly DriftCase[] = golden.cases

const rowsOf = (values: readonly unknown[], column = 'x') => values.map((value) => ({ [column]: value }))
const detect = (baseline: unknown, current: unknown, options: unknown = {}) =>
  post('/api/drift-detections', { baselineData: baseline, currentData: current, options })
const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-10 * Math.max(1, Math.abs(expected))

/** What is said of each, of one column and 90 days: what the notes of the reference call no drift is none. */
const DRIFTS: Readonly<Record<string, string>> = {
  num_shift_large: 'critical',
  num_scale: 'critical',
  num_missing_grows: 'critical',
  num_missing_and_shift: 'high',
  num_constant_changed: 'critical',
  num_tiny_scale: 'critical',
  num_bimodal_same_mean: 'critical',
  cat_shift: 'medium',
  cat_vanished: 'high',
  cat_unseen_20pct: 'critical',
  cat_missing: 'critical',
}

t.test('the 27 reference cases are counted and judged from their rows', async (t) => {
  for (const { name, reference, current, scipy, frozen_bins: bins } of cases) {
    const { status, body } = await detect({ rows: rowsOf(reference) }, { rows: rowsOf(current) })
    t.equal(status, 200, name)
    const [column] = body.columns
    const counts = (of: 'baseline' | 'current') => column.cells.map((cell: Record<string, number>) => cell[of])
    t.same(counts('baseline'), bins.reference_counts, `${name}: cells of the baseline`)
    t.same(counts('current'), bins.current_counts, `${name}: cells now`)
    t.same(
      column.cells.map(({ cell }: { cell: string }) => cell),
      bins.labels,
      name,
    )
    if (scipy.ks !== undefined) {
      t.ok(near(column.values.ks_p_value, scipy.ks.p_auto), `${name}: ${column.values.ks_p_value}`)
      t.ok(near(column.values.wasserstein, scipy.wasserstein as number), name)
    }
    t.equal(column.severity, DRIFTS[name], `${name}: ${column.state} ${column.severity}`)
    t.equal(body.state === 'drift', name in DRIFTS, `${name}: ${body.state}`)
    const still = await detect({ rows: rowsOf(reference) }, { rows: rowsOf(reference) })
    t.not(still.body.state, 'drift', `${name} against itself`)
  }
})

/** So many rows as CSV: a number, a time, a category, a text of its own. */
function csvOf(count: number, seed: number, shift = 0): string {
  const random = new Random(seed)
  const lines = Array.from({ length: count }, (_, i) => {
    const day = new Date(Date.UTC(2026, 0, 1 + (i % 28))).toISOString()
    return [random.normal() + shift, day, ['red', 'green', 'blue'][random.integer(3)], `note ${seed} ${1e6 + i}`].join()
  })
  return `amount,day,color,note\n${lines.join('\n')}\n`
}

t.test('data sets are compared with each other and with rows', async (t) => {
  const upload = async (name: string, text: string): Promise<number> =>
    (await post(`/api/datasets?name=${name}`, text, { 'content-type': 'text/csv' })).body.id
  const before = await upload('before', csvOf(2000, 1))
  const same = await upload('same', csvOf(1000, 2))
  const moved = await upload('moved', csvOf(1000, 3, 1))
  const { status, body } = await detect({ dataset: { id: before } }, { dataset: { id: same } })
  t.equal(status, 200)
  t.match(body, { state: 'ok', baseline_rows: 2000, current_rows: 1000, level: 1 / 360, new_columns: [] })
  t.same(
    body.columns.map(({ name, kind, state }: Record<string, string>) => [name, kind, state]),
    [
      ['amount', 'numeric', 'ok'],
      ['day', 'time', 'ok'],
      ['color', 'categorical', 'ok'],
      ['note', 'text', 'constant'],
    ],
  )
  const drifted = (await detect({ dataset: { id: before } }, { dataset: { id: moved } }, { columns: ['amount'] })).body
  t.match(drifted, { state: 'drift', severity: 'critical', level: 1 / 90, columns: [{ name: 'amount' }] })
  t.ok(Math.abs(drifted.columns[0].values.wasserstein_in_deviations - 1) < 0.2)
  const rows = Array.from({ length: 400 }, (_, i) => ({ amount: i / 100, color: 'red', shape: 'round' }))
  const mixed = (await detect({ dataset: { id: before } }, { rows })).body
  t.same(mixed.new_columns, ['shape'])
  const [amount, day] = mixed.columns
  t.match([amount.state, day.state, day.severity], ['drift', 'drift', 'critical'], 'a column that is gone is missing')
  t.equal(day.cells.at(-1).current, 400)
  t.equal((await detect({ dataset: { id: 999 } }, { rows })).body.code, 'DATASET_UNKNOWN')
})

t.test('a column that has become another kind, one that is mixed and one without values fail no other', async (t) => {
  const baseline = Array.from({ length: 300 }, (_, i) => ({ a: i, b: i % 2 ? 'x' : 5, c: null, d: String(i % 3) }))
  const current = Array.from({ length: 300 }, (_, i) => ({ a: `n${i % 7}`, b: i % 2 ? 'x' : 5, c: 1, d: i % 3 }))
  const { body } = await detect({ rows: baseline }, { rows: current })
  const [a, b, c, d] = body.columns
  t.match(a, { kind: 'numeric', current_kind: 'categorical', state: 'drift', severity: 'critical' })
  t.equal(a.cells.at(-1).current, 300, 'values that are no numbers are missing')
  t.match(b, { name: 'b', state: 'ok' })
  t.equal(c.state, 'drift', 'what was always missing is there now')
  t.match(d, { kind: 'categorical', current_kind: 'numeric', state: 'drift', severity: 'critical' })
})

t.test('few rows are no proof that nothing has changed, and constants are told', async (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => ({ amount: i % 10, unit: 'kg' }))
  const { body } = await detect({ rows }, { rows: rows.slice(0, 10) })
  t.match(body.columns, [{ state: 'insufficient_data' }, { state: 'constant' }])
  t.notOk('rows_needed' in body.columns[0], 'the baseline is too small for any number of rows')
  const loose = (await detect({ rows }, { rows }, { psi_to_find: 1, days_per_false_alarm: 1 })).body
  t.match(loose, { days_per_false_alarm: 1, columns: [{ state: 'ok' }, { state: 'constant' }] })
})

t.test('a large request is read and judged, away from the service', async (t) => {
  const random = new Random(9)
  const sample = () => ({ rows: Array.from({ length: 40_000 }, () => ({ a: random.normal(), b: random.integer(9) })) })
  const { status, body } = await detect(sample(), sample())
  t.equal(status, 200)
  t.equal(body.state, 'ok')
  t.match(body.columns[0].values, { ks_method: 'asymptotic' })
})

t.test('names are data, and the last of equal members counts', async (t) => {
  const body =
    '{"baselineData": [], "baselineData": {"rows": [{"__proto__": 1}, {"__proto__": 2}]}, "currentData": {"rows": [{"__proto__": 1}]}}'
  const answer = await post('/api/drift-detections', body, { 'content-type': 'application/json' })
  t.equal(answer.status, 200)
  t.equal(answer.body.columns[0].name, '__proto__')
})

t.test('every fault is named at once', async (t) => {
  const { status, body } = await post('/api/drift-detections', {
    baselineData: { rows: [{ a: [1] }, 5], more: 1 },
    currentData: { dataset: { id: 'x' } },
    options: { days_per_false_alarm: 0, columns: [], speed: 1 },
    extra: 1,
  })
  t.equal(status, 400)
  t.equal(body.code, 'REQUEST_INVALID')
  const faults = body.errors.map(({ in: place, parameter }: Record<string, string>) =>
    [place, parameter].join(' ').trim(),
  )
  t.same(faults.toSorted(), [
    'baselineData',
    'baselineData',
    'baselineData',
    'body',
    'body options.columns',
    'body options.days_per_false_alarm',
    'body options.speed',
    'currentData dataset',
  ])
  const codeOf = async (...args: Parameters<typeof detect>) => {
    const { body } = await detect(...args)
    return [body.code, body.errors?.[0]?.in, body.errors?.[0]?.parameter ?? body.errors?.[0]?.column]
  }
  const rows = [{ a: 1 }]
  t.same(await codeOf({ rows: [] }, { rows }), ['REQUEST_INVALID', 'baselineData', 'rows'])
  t.same(await codeOf({ rows }, { rows, dataset: { id: 1 } }), ['REQUEST_INVALID', 'currentData', undefined])
  t.same(await codeOf({ rows }, {}), ['REQUEST_INVALID', 'currentData', undefined])
  t.same(await codeOf({ rows }, 7), ['REQUEST_INVALID', 'currentData', undefined])
  t.same(await codeOf({ rows }, { rows: 7 }), ['REQUEST_INVALID', 'currentData', 'rows'])
  t.same(await codeOf({ rows }, { rows }, { columns: ['b'] }), ['REQUEST_INVALID', 'body', 'options'])
  t.same(await codeOf({ rows }, { rows }, 7), ['REQUEST_INVALID', 'body', 'options'])
  const missing = (await post('/api/drift-detections', {})).body
  t.same(
    missing.errors.map(({ parameter }: { parameter: string }) => parameter),
    ['baselineData', 'currentData'],
  )
  t.equal((await post('/api/drift-detections', '[1')).body.code, 'BODY_MALFORMED')
  t.equal((await post('/api/drift-detections', '')).body.code, 'BODY_MALFORMED')
  const csv = await post('/api/drift-detections', 'a\n1\n', { 'content-type': 'text/csv' })
  t.equal(csv.body.code, 'MEDIA_TYPE_UNSUPPORTED')
})
