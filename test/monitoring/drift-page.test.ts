// The page of the monitoring in a real browser, where there is a Chromium: wide and on a phone, light, dark and on paper.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import t from 'tap'
import { type MonitoringPageParts, monitoringPageOf } from '../../src/monitoring/drift/report/monitoring-page.ts'
import type { DriftAnswer, LookAnswer, QualityAnswer } from '../../src/monitoring/drift/schemas.ts'
import { launchBrowser, skipsWithoutBrowser as skip } from '../support/browser.ts'

const LAYOUT_FAULTS = readFileSync(join(import.meta.dirname, '../support/layout-faults.js'), 'utf8')
/** Where pictures of the pages are put, for who wants to look at them. */
const PICTURES = process.env['PICTURES_DIR']
const VIEWS: readonly BrowserContextOptions[] = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
)
const DAY_MS = 86_400_000
const HEAD = {
  project: 'kinds',
  environment: 'production',
  version: 3,
  from: '2026-03-03T00:00:00.000Z',
  to: '2026-03-04T00:00:00.000Z',
  made_at: '2026-03-04T00:05:10.000Z',
  rows: 12_345,
}

function numericColumn(name: string, drifts: boolean): DriftAnswer['columns'][number] {
  const inner = Array.from({ length: 10 }, (_, i) => ({
    ...{ cell: `bin${i}`, from: i * 123.456, to: (i + 1) * 123.456, baseline: 100 },
    current: drifts ? 20 + i * 45 : 98 + (i % 4),
  }))
  const special = ['below', 'above', 'missing'].map((cell, i) => ({ cell, baseline: i * 3, current: drifts ? 90 : i }))
  return {
    ...{ name, role: 'feature', kind: 'numeric', state: drifts ? 'drift' : 'ok', rows: 1000 },
    ...{ statistic: 167.7, degrees_of_freedom: 11, p_value: drifts ? 1e-30 : 0.42, method: 'chi2' },
    ...{ psi: 0.55, psi_excess: drifts ? 0.53 : 0.004, ...(drifts ? { severity: 'critical' } : {}) },
    cells: [...inner, ...special],
  }
}

function categoricalColumn(name: string, level: string): DriftAnswer['columns'][number] {
  const levels = Array.from({ length: 50 }, (_, i) => ({
    cell: `${level}${i}`,
    baseline: 400 - i * 8,
    current: 300 - i * 5,
  }))
  const special = ['other', 'unseen', 'missing'].map((cell) => ({ cell, baseline: 5, current: 40 }))
  return {
    ...{ name, role: 'answer', kind: 'categorical', state: 'drift', severity: 'medium', rows: 9000, p_value: 0.0004 },
    ...{ psi_excess: 0.12, cells: [...levels, ...special] },
  }
}

function lookOf(i: number, name: string): LookAnswer {
  const to = Date.parse(HEAD.to) - i * DAY_MS
  const effect = i < 5 ? 0.53 - i * 0.1 : 0.01
  const state = i < 5 ? 'drift' : i % 7 === 0 ? 'insufficient_data' : 'ok'
  return {
    ...HEAD,
    ...{ look_id: 1000 - i, from: new Date(to - DAY_MS).toISOString(), to: new Date(to).toISOString(), state },
    ...(state === 'drift' ? { severity: 'high', drifted: 5 } : { drifted: 0 }),
    quality_state: 'ok',
    worst: Array.from({ length: 10 }, (_, k) => {
      return {
        name: `${name}${k}`,
        role: 'feature',
        state: state === 'drift' && k < 5 ? 'drift' : 'ok',
        psi_excess: effect / (k + 1),
      }
    }),
  }
}

function qualityOf(name: string): QualityAnswer {
  const share = { baseline: 0.01, current: 0.31, rows: 310 }
  const column = {
    ...{ name, role: 'feature', state: 'bad', severity: 'critical', findings: ['missing', 'unseen', 'one_cell'] },
    ...{ rows: 1000, missing: share, unseen: share, one_cell: true },
  }
  return { ...HEAD, state: 'bad', severity: 'critical', bad: 1, columns: [column] }
}

const PERFORMANCE: MonitoringPageParts['performance'] = {
  ...{ rows: 9_000, predictions: 90_000, outcomes: 4_500, unknown: 0, coverage: 0.5 },
  metrics: [
    { name: 'accuracy', value: 0.91, from: 0.9, to: 0.92, lower_is_better: false },
    { name: 'matthews_corrcoef', value: 0.8, lower_is_better: false },
  ],
  estimated: [{ name: 'accuracy', value: 0.93 }],
}
const NO_OUTCOMES = { ...PERFORMANCE, outcomes: 0, metrics: [], estimated: [] }

function partsOf(name: string, columnCount: number, lookCount: number): MonitoringPageParts {
  const basis = {
    ...{ days_per_false_alarm: 90, looks_per_day: 1, tests: 22, level: 1 / 1980, rows_needed: 1224 },
    ...{ baseline_rows: 5000, calibration_windows: 14 },
  }
  const numbers = Array.from({ length: columnCount }, (_, i) => numericColumn(`${name}${i}`, i < 3))
  const columns = [...numbers, categoricalColumn(name, name)]
  return {
    drift: { ...HEAD, look_id: 7, state: 'drift', severity: 'critical', drifted: 4, basis, columns },
    quality: qualityOf(name),
    looks: Array.from({ length: lookCount }, (_, i) => lookOf(i, name)),
    performance: PERFORMANCE,
  }
}

const plain = partsOf('amount', 5, 30)
const { rows_needed: _, ...basis } = plain.drift.basis
const empty = { ...plain.drift, state: 'insufficient_data', drifted: 0, columns: [], rows: 0, basis }
const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e${'without_any_place_to_break_'.repeat(8)}`
const CASES: Readonly<Record<string, MonitoringPageParts>> = {
  plain,
  many: partsOf('column', 100, 60),
  hostile: partsOf(HOSTILE, 2, 2),
  empty: {
    drift: empty,
    quality: { ...plain.quality, state: 'insufficient_data', bad: 0, columns: [] },
    looks: [],
    performance: NO_OUTCOMES,
  },
}

t.test('what callers name is text, and the page says what was found', async (t) => {
  const hostile = monitoringPageOf(CASES['hostile'] as MonitoringPageParts)
  t.notMatch(hostile, /<script|<img|\u202e/)
  t.match(hostile, /&lt;script&gt;/)
  t.match(monitoringPageOf(plain), /4 columns have drifted: chance does not explain it, and it is large/)
  t.match(monitoringPageOf(plain), /31 % missing, 1 % in the training/)
  t.match(monitoringPageOf(CASES['many'] as MonitoringPageParts), /Shown are 60 of 101/)
  const said = monitoringPageOf(CASES['empty'] as MonitoringPageParts)
  t.match(said, /There are too few rows to judge/)
  t.match(said, /No window has been looked at yet/)
  t.match(said, /No outcome is known/)
  t.match(monitoringPageOf(plain), /from 4,500 outcomes: 50 % of the logged predictions/)
})

t.test('the page holds in a browser', { skip }, async (t) => {
  const browser = await launchBrowser(t)
  for (const [name, parts] of Object.entries(CASES)) {
    const markup = monitoringPageOf(parts)
    for (const view of [...VIEWS, { viewport: { width: 794, height: 1123 }, colorScheme: 'light' } as const]) {
      const page = await browser.newPage(view)
      page.on('dialog', (dialog) => t.fail(`the page asks: ${dialog.message()}`))
      page.on('console', (message) => t.fail(`the page says: ${message.text()}`))
      await page.setContent(markup)
      const isPaper = view.viewport?.width === 794
      if (isPaper) await page.emulateMedia({ media: 'print' })
      t.same(await page.evaluate(LAYOUT_FAULTS), [], `${name}, ${view.viewport?.width} wide, ${view.colorScheme}`)
      if (PICTURES !== undefined) {
        const path = join(PICTURES, `${name}-${view.viewport?.width}-${isPaper ? 'paper' : view.colorScheme}.png`)
        await page.screenshot({ path, fullPage: true })
      }
      await page.close()
    }
  }
})
