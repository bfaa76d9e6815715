// The page of a comparison in a real browser, where there is a Chromium: wide and on a phone, light, dark and on paper.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import t from 'tap'
import { comparisonPageOf } from '../../src/projects/comparison/report/comparison-page.ts'
import type { ComparisonAnswer } from '../../src/projects/comparison/schemas.ts'
import { launchBrowser, skipsWithoutBrowser as skip } from '../support/browser.ts'

const LAYOUT_FAULTS = readFileSync(join(import.meta.dirname, '../support/layout-faults.js'), 'utf8')
/** Where pictures of the pages are put, for who wants to look at them. */
const PICTURES = process.env['PICTURES_DIR']
const VIEWS: readonly BrowserContextOptions[] = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
)
const METRICS = ['accuracy', 'balanced_accuracy', 'log_loss', 'roc_auc']

/** names: of columns, parameters and whatever else callers name. */
function comparisonOf(versionCount: number, name: string): ComparisonAnswer {
  const numbers = Array.from({ length: versionCount }, (_, i) => 1 + i * 37)
  const pairs = numbers.flatMap((version, i) =>
    numbers.slice(i + 1).map((other, j) => ({
      version,
      other,
      difference: (j - i) / 100,
      from: (j - i) / 100 - 0.03,
      to: (j - i) / 100 + 0.03,
      test: 'bootstrap',
      p_value: 0.0001 * (i + 1),
      adjusted_p_value: i === 0 ? 0.0002 : 1,
      verdict: i === 0 ? 'better' : 'no_difference_shown',
    })),
  )
  const byVersion = (of: (i: number) => unknown) => Object.fromEntries(numbers.map((version, i) => [version, of(i)]))
  return {
    project: 'kinds',
    metric: 'accuracy',
    label: name,
    lower_is_better: false,
    winner: 1,
    rows: { count: 12_345, held_out: true, groups: 90, dataset: { id: 7, name, version: 3, sha256: 'ab'.repeat(32) } },
    resamples: { count: 1000, seed: 1 },
    versions: numbers.map((version) => ({
      version,
      model_run_id: version,
      model_name: name,
      description: name,
      dataset_id: 7,
      dataset_sha256: 'ab'.repeat(32),
      features: 12,
      training_seconds: 1.23456,
      predict_ms: 12.3456,
      artifact_bytes: 1_234_567,
      unseen_values: 0,
      created_at: '2026-11-29T12:00:00.000Z',
      created_by: 'anyone',
    })),
    labels: [
      {
        label: name,
        kind: 'classifier',
        metrics: METRICS.map((metric) => ({
          metric,
          lower_is_better: metric === 'log_loss',
          versions: numbers.map((version, i) => ({
            version,
            value: 0.9 - i / 50,
            from: 0.88 - i / 50,
            to: 0.92 - i / 50,
          })),
          pairs,
        })),
      },
    ],
    differences: {
      parameters: [{ name, values: byVersion((i) => (i === 0 ? name : i)) }],
      options: [{ name: 'split_by', values: byVersion((i) => (i === 0 ? null : { column: name })) }],
      columns: numbers
        .slice(1)
        .map((version) => ({ version, added: [name, 'b'], gone: [name], changed: [], count: 3 })),
    },
    warnings: [{ code: 'FEW_ROWS', message: name }],
  }
}

const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e${'without_any_place_to_break_'.repeat(8)}`
const CASES = {
  plain: comparisonOf(2, 'species'),
  many: comparisonOf(10, 'species'),
  hostile: comparisonOf(3, HOSTILE),
}

t.test('what callers name is text, whatever it looks like', async (t) => {
  const page = comparisonPageOf(CASES.hostile)
  t.notMatch(page, /<script|<img|\u202e/)
  t.match(page, /&lt;script&gt;/)
  t.match(comparisonPageOf(CASES.plain), /Version 1 is better than the other by accuracy/)
  const { winner: _, ...undecided } = CASES.many
  t.match(comparisonPageOf(undecided), /No version is shown to be better than all others by accuracy/)
})

t.test('the page holds in a browser', { skip }, async (t) => {
  const browser = await launchBrowser(t)
  for (const [name, comparison] of Object.entries(CASES)) {
    const markup = comparisonPageOf(comparison)
    for (const view of [...VIEWS, { viewport: { width: 794, height: 1123 }, colorScheme: 'light' } as const]) {
      const page = await browser.newPage(view)
      page.on('dialog', (dialog) => t.fail(`the page asks: ${dialog.message()}`))
      page.on('console', (message) => t.fail(`the page says: ${message.text()}`))
      await page.setContent(markup)
      const isPaper = view.viewport?.width === 794
      if (isPaper) await page.emulateMedia({ media: 'print' })
      t.same(await page.evaluate(LAYOUT_FAULTS), [], `${name}, ${view.viewport?.width} wide, ${view.colorScheme}`)
      if (PICTURES !== undefined) {
        const path = join(PICTURES, `${name}-${view.viewport?.width}-${view.colorScheme}.png`)
        await page.screenshot({ path, fullPage: true })
      }
      await page.close()
    }
  }
})
