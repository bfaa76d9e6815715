// Reports in a real browser, where there is a Chromium: wide and on a phone, light, dark and on paper.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchBrowser, skipsWithoutBrowser as skip } from '../support/browser.ts'
import { REPORTED } from '../support/reports.ts'
import { startTrainingService } from '../support/trained.ts'

const VIEWS: readonly BrowserContextOptions[] = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
)

/** A script for the browser: what is wrong with a page as it is laid out, as a list of texts. */
const LAYOUT_FAULTS = readFileSync(join(import.meta.dirname, '../support/layout-faults.js'), 'utf8')

t.test('reports hold in a browser', { skip }, async (t) => {
  const models = [...new Set(Object.values(REPORTED).map(({ model }) => model))]
  const service = await startTrainingService(t, models, { MODELS_DIR: join(import.meta.dirname, '../../statistical') })
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
    const response = await page.goto(url)
    t.equal(response?.status(), 200)
    return page
  }

  for (const name of ['binary', 'regressor', 'searched', 'clusters', 'hostile', 'wide', 'labels']) {
    const { model, body } = REPORTED[name] as (typeof REPORTED)[string]
    await t.test(name, async (t) => {
      const { run, status } = await service.trainToEnd(model, body)
      t.equal(status, 'SUCCESS')
      const url = `${service.service.url}/api/runs/${run}/report`
      for (const view of VIEWS) {
        const page = await open(t, url, view)
        const what = `${view.viewport?.width} wide, ${view.colorScheme}`
        t.same(await page.evaluate(LAYOUT_FAULTS), [], what)
        await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true')
        t.same(await page.evaluate(LAYOUT_FAULTS), [], `${what}, with everything opened`)
      }
      const paper = await open(t, url, { viewport: { width: 794, height: 1123 }, colorScheme: 'dark' })
      await paper.emulateMedia({ media: 'print' })
      t.equal(
        await paper.evaluate('getComputedStyle(document.body).backgroundColor'),
        'rgb(255, 255, 255)',
        'paper is white in the dark, too',
      )
      t.same(await paper.evaluate(LAYOUT_FAULTS), [], 'on paper')
      await paper.evaluate('document.querySelector("h1").style.width = "5000px"')
      t.match(await paper.evaluate(LAYOUT_FAULTS), [/wide, of/], 'what is too wide is noticed')
    })
  }
})
