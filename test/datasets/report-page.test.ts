// The page of a data set in a real browser, where there is a Chromium: wide and on a phone, light, dark and on paper, and
// without scripts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchBrowser, skipsWithoutBrowser as skip } from '../support/browser.ts'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'

const VIEWS: readonly BrowserContextOptions[] = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
)
/** A script for the browser: what is wrong with a page as it is laid out, as a list of texts. */
const LAYOUT_FAULTS = readFileSync(join(import.meta.dirname, '../support/layout-faults.js'), 'utf8')
const LONG = 'a_name_without_any_place_to_break_'.repeat(6)
/** Where pictures of the pages are put, for who wants to look at them. */
const PICTURES = process.env['PICTURES_DIR']

const cellsOf = (i: number) => [
  i,
  `2026-0${1 + (i % 9)}-1${i % 10}`,
  (i * 7.31) % 13,
  ['red', 'green', 'a long name of a category that does not fit into its card at all'][i % 3],
  i % 50 === 0 ? 'yes' : 'no',
  i % 4 === 0 ? '' : (i * i) % 97,
  1e12 + i * 1e7,
  'the same',
  ((i * 7.31) % 13) * 2,
]
const MIXED = [
  'id,day,amount,colour,rare,gaps,large,constant,twice',
  ...Array.from({ length: 400 }, (_, i) => cellsOf(i).join()),
].join('\n')
const HOSTILE = `${LONG},"<script>alert(1)</script>",\u202eover,"""><img src=x onerror=alert(1)>"\n${`1,${LONG},<b>,&amp;\n2,x,y,z\n`.repeat(40)}`
const WIDE = [
  Array.from({ length: 60 }, (_, i) => `column_${i}`),
  ...Array.from({ length: 90 }, (_, row) => Array.from({ length: 60 }, (_, i) => (row * (i + 3)) % (i + 2))),
].join('\n')
const PAGES: Readonly<Record<string, string>> = { mixed: MIXED, hostile: HOSTILE, wide: WIDE, small: 'a\n1\n' }

t.test('the page of a data set holds in a browser', { skip }, async (t) => {
  const database = await createOwnDatabase(t)
  const { service, post } = await startTestService(t, { DATABASE_URL: database.url })
  const browser = await launchBrowser(t)

  const open = async (t: Test, url: string, view: BrowserContextOptions): Promise<Page> => {
    const page = await browser.newPage(view)
    t.teardown(() => page.close())
    page.on('console', (message) => t.fail(`the page says: ${message.text()}`))
    page.on('pageerror', (error) => t.fail(`the page fails: ${error.message}`))
    page.on('dialog', (dialog) => t.fail(`the page asks: ${dialog.message()}`))
    page.on('request', (request) => {
      // Browsers ask for an icon by themselves.
      if (request.url() !== url && !request.url().endsWith('/favicon.ico')) t.fail(`a request for ${request.url()}`)
    })
    t.equal((await page.goto(url))?.status(), 200)
    return page
  }

  for (const [name, rows] of Object.entries(PAGES)) {
    await t.test(name, async (t) => {
      const description = name === 'hostile' ? encodeURIComponent(`<i>${LONG}`) : 'tried%20in%20a%20browser'
      const query = `name=${name}&description=${description}`
      const { status, body } = await post(`/api/datasets?${query}`, rows, { 'content-type': 'text/csv' })
      t.equal(status, 201, JSON.stringify(body))
      const url = `${service.url}/api/datasets/${body.id}/report`
      for (const view of VIEWS) {
        const what = `${view.viewport?.width} wide, ${view.colorScheme}`
        const page = await open(t, url, view)
        t.same(await page.evaluate(LAYOUT_FAULTS), [], what)
        if (PICTURES !== undefined) {
          const path = join(PICTURES, `${name}-${view.viewport?.width}-${view.colorScheme}.png`)
          await page.screenshot({ path, fullPage: true })
        }
      }
      const withoutScripts = await open(t, url, { javaScriptEnabled: false })
      t.match(await withoutScripts.textContent('main'), /The columns/)
      const paper = await open(t, url, { viewport: { width: 794, height: 1123 }, colorScheme: 'dark' })
      await paper.emulateMedia({ media: 'print' })
      t.equal(await paper.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
      t.same(await paper.evaluate(LAYOUT_FAULTS), [], 'on paper')
    })
  }
})
