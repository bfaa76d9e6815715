// The page of an experiment in a real browser, where there is a Chromium: wide and on a phone, light, dark and on paper.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import t from 'tap'
import type { Experiment, ExperimentPlan } from '../../src/experiments/experiment.ts'
import type { Look } from '../../src/experiments/looks/look.ts'
import { type ResultsPageParts, resultsPageOf } from '../../src/experiments/looks/report/results-page.ts'
import { lookAnswerOf, resultsOf } from '../../src/experiments/looks/results-of.ts'
import type { ClassTally, ExperimentCounts } from '../../src/experiments/statistics/counts.ts'
import { judge } from '../../src/experiments/statistics/judge.ts'
import { Random } from '../../src/learning/random.ts'
import { launchBrowser, skipsWithoutBrowser as skip } from '../support/browser.ts'
import { PLAN, phasesOf } from '../support/experiment-rows.ts'

const LAYOUT_FAULTS = readFileSync(join(import.meta.dirname, '../support/layout-faults.js'), 'utf8')
/** Where pictures of the pages are put, for who wants to look at them. */
const PICTURES = process.env['PICTURES_DIR']
const VIEWS: readonly BrowserContextOptions[] = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
)
const STARTED = Date.parse('2026-10-01T08:00:00Z')
const HOUR_MS = 3_600_000

interface Drawn {
  readonly name?: string
  readonly arms?: readonly string[]
  readonly plan?: Partial<ExperimentPlan>
  /** Keys of an arm that come with each look. */
  readonly rows: number
  readonly looks: number
  /** Share that is right, by arm. */
  readonly right: readonly number[]
}

/** A page as an experiment comes to it whose arms are right in so many of a hundred. */
function drawn({ name = 'forest against boosting', arms = ['control', 'b'], plan = {}, rows, looks, right }: Drawn) {
  const of: ExperimentPlan = {
    ...PLAN,
    arms: arms.map((arm, i) => ({ name: arm, version: i + 1, runId: i + 1 })),
    guardrails: [
      { kind: 'errors', toleratedRatio: 1 },
      { kind: 'latency', toleratedRatio: 1.5, budgetMs: 50 },
    ],
    successMetrics: ['accuracy', 'f1_macro'],
    minSampleSize: 1000,
    equivalenceMargin: 0.01,
    ...plan,
  }
  const random = new Random(7)
  const shares = arms.map(() => 1 / arms.length)
  const cells = arms.map(() => [0, 0, 0, 0])
  const units = arms.map(() => ({ exposed: 0, failed: 0, slow: 0, labelled: 0 }))
  const made: Look[] = []
  for (let i = 0; i < looks; i++) {
    for (const [arm, own] of cells.entries()) {
      const unit = units[arm] as (typeof units)[number]
      for (let row = 0; row < rows; row++) {
        const truth = Number(random.uniform() < 0.5)
        const isRight = random.uniform() < (right[arm] as number)
        own[2 * (isRight ? truth : 1 - truth) + truth] = (own[2 * (isRight ? truth : 1 - truth) + truth] as number) + 1
        unit.exposed += 1
        unit.labelled += 1
        if (random.uniform() < 0.004) unit.failed += 1
        if (random.uniform() < 0.02 * (1 + arm)) unit.slow += 1
      }
    }
    const tallies = cells.map(
      (own): ClassTally => ({
        kind: 'classes',
        cells: own.map((count, at) => [Math.floor(at / 2), at % 2, count] as const).filter(([, , count]) => count > 0),
      }),
    )
    const counts: ExperimentCounts = {
      classes: ['no', 'yes'],
      phases: [{ phase: 1, shares, units: structuredClone(units), tallies, pairs: arms.map(() => undefined) }],
      multiplyExposed: 3,
    }
    const judgement = judge(of, counts, { assignmentEnded: false, labelsAwaited: false })
    const at = new Date(STARTED + (i + 1) * HOUR_MS)
    const times = { rows: rows * (i + 1), p50Ms: rows === 0 ? null : 1.25, p95Ms: 3.5, p99Ms: 18.125 }
    const counted = {
      ...{
        counts,
        arms: arms.map(() => times),
        newestRowAt: at.toISOString(),
        talliedAt: at.toISOString(),
        tallyMs: 3,
      },
      ...{ warnings: judgement.warnings, told: [] },
    }
    made.push({ lookId: i + 1, experimentId: 5, lookedAt: at, counted, judgement, isDeciding: false })
    if (judgement.decision !== undefined) break
  }
  const last = made.at(-1) as Look
  const { decision } = last.judgement
  const ended = decision && { state: 'concluded', outcome: decision.outcome, winner: decision.winner }
  const time = new Date(STARTED)
  const experiment = {
    ...{ experimentId: 5, projectId: 2, projectName: 'kinds', environment: 'production', name, description: null },
    ...{ revision: 2, plan: of, state: 'running', isPaused: false, deploymentId: 9, startedAt: time },
    ...{ assignsUntil: new Date(STARTED + 14 * 24 * HOUR_MS), concludedAt: null, outcome: null, winner: null },
    ...{ finding: decision?.reason ?? null, decidingLook: null, promotedAs: null },
    ...{ createdAt: time, createdBy: 'token/anna', changedAt: time, changedBy: 'token/anna' },
    ...ended,
  } as Experiment
  const story = { experiment, phases: phasesOf(shares) }
  const results = resultsOf(story, { ...last, isDeciding: decision !== undefined }, new Date(STARTED + 100 * HOUR_MS))
  return { results, looks: made.map((look) => lookAnswerOf(experiment, look)) }
}

const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e${'without_any_place_to_break_'.repeat(6)}`
const CASES: Readonly<Record<string, ResultsPageParts>> = {
  decided: drawn({ rows: 200, looks: 60, right: [0.85, 0.89] }),
  open: drawn({ rows: 40, looks: 80, right: [0.9, 0.9] }),
  several: drawn({ arms: ['control', 'b', 'c', 'd'], rows: 40, looks: 40, right: [0.9, 0.9, 0.9, 0.9] }),
  hostile: drawn({ name: HOSTILE, arms: ['control', `a${'b.-_'.repeat(9)}`], rows: 60, looks: 3, right: [0.9, 0.9] }),
  first: drawn({ rows: 0, looks: 1, right: [0.9, 0.9] }),
}

t.test('what callers name is text, and the page says in words what was found', async (t) => {
  const page = (name: string): string => resultsPageOf(CASES[name] as ResultsPageParts)
  t.notMatch(page('hostile'), /<script|<img|\u202e/)
  t.match(page('hostile'), /&lt;script&gt;/)
  t.match(page('decided'), /&quot;b&quot; is better than &quot;control&quot; in accuracy/)
  t.match(page('decided'), /It is reached: the arm is better\./)
  t.match(page('open'), /No arm is proven to be better so far/)
  t.match(page('open'), /is possible/)
  t.match(page('first'), /It is too early to say which arm is better: outcomes are known for 0 keys of 1,000/)
  for (const name of Object.keys(CASES)) {
    t.notMatch(page(name), /NaN|Infinity|undefined|null|chance to win/i, name)
    for (const [, label] of page(name).matchAll(/<svg[^>]*aria-label="([^"]*)"/g)) t.ok(label, 'each picture has words')
  }
})

t.test('the page holds in a browser', { skip }, async (t) => {
  const browser = await launchBrowser(t)
  for (const [name, parts] of Object.entries(CASES)) {
    for (const view of VIEWS) {
      const context = await browser.newContext(view)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('request', (request) => {
        if (!request.url().startsWith('data:')) complaints.push(request.url())
      })
      await page.setContent(resultsPageOf(parts))
      const about = `${name}, ${view.viewport?.width}, ${view.colorScheme}`
      if (PICTURES !== undefined) {
        const path = join(PICTURES, `experiment-${about.replaceAll(', ', '-')}.png`)
        await page.screenshot({ path, fullPage: true })
      }
      t.same(await page.evaluate(LAYOUT_FAULTS), [], about)
      t.same(complaints, [], about)
      await context.close()
    }
    const page = await browser.newPage()
    await page.setContent(resultsPageOf(parts))
    await page.emulateMedia({ media: 'print' })
    t.ok((await page.pdf({ format: 'A4' })).byteLength > 1000, `${name}, on paper`)
    await page.close()
  }
})
