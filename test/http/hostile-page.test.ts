// A page of somebody else in a real browser, where there is a Chromium, tries what pages can do without being asked.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchBrowser, skipsWithoutBrowser as skip } from '../support/browser.ts'
import { startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const HOSTILE_NAME = 'hostile.example'
const body = JSON.stringify({
  model_name: 'majority',
  features: [{ a: 1 }, { a: 2 }, { a: 3 }],
  labels: [{ y: 'p' }, { y: 'p' }, { y: 'q' }],
})

/** A script for the browser: sends the body in every way that needs no leave, and in some that do. */
const attack = (url: string, run: number): string => `(async () => {
  const url = ${JSON.stringify(url)}, body = ${JSON.stringify(body)}
  const paths = ['/api/runs', '/api/runs/${run}/cancel', '/v2/models/majority/infer']
  const types = ['text/plain', 'text/plain; application/json', 'application/json',
    'application/x-www-form-urlencoded', 'multipart/form-data; boundary=application/json', '']
  const read = []
  const quietly = async (ask) => { try { const text = await ask(); if (text) read.push(text) } catch {} }
  for (const path of paths) {
    for (const type of types) {
      for (const mode of ['no-cors', 'cors']) {
        const headers = type === '' ? {} : { 'content-type': type }
        await quietly(async () => (await fetch(url + path, { method: 'POST', mode, headers, body })).text())
      }
      await quietly(() => { navigator.sendBeacon(url + path, new Blob([body], { type })) })
    }
    // The name and the value of the field make JSON of the body.
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const frame = document.createElement('iframe')
      frame.name = 'frame' + Math.random()
      document.body.append(frame)
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action: url + path, enctype, target: frame.name })
      const field = document.createElement('input')
      Object.assign(field, { name: body.slice(0, -1) + ',"extra":"', value: '"}' })
      form.append(field)
      document.body.append(form)
      form.submit()
    }
  }
  for (const path of ['/api/runs', '/api/runs/${run}', '/api/models', '/openapi.json']) {
    await quietly(async () => (await fetch(url + path)).text())
    await quietly(async () => (await fetch(url + path, { mode: 'no-cors' })).text())
  }
  // Streams that would be held open.
  for (let i = 0; i < 3; i++) new EventSource(url + '/api/runs/${run}/events')
  await new Promise((resolve) => setTimeout(resolve, 500))
  return read
})()`

t.test('a page of another site begins nothing, cancels nothing and reads nothing', { skip }, async (t) => {
  const settings = [{ HOST: '127.0.0.1' }, { HOST: '0.0.0.0' }]
  for (const setting of settings) {
    await t.test(JSON.stringify(setting), async (t) => {
      const worker = await startWithRun(t, setting)
      const { port } = new URL(worker.service.url)
      const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<body>hostile'))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      t.teardown(() => server.close())
      const { port: hostilePort } = server.address() as AddressInfo
      // Without Chromium's own wall, which other browsers and older ones have not.
      const browser = await launchBrowser(t, [
        `host-resolver-rules=MAP ${HOSTILE_NAME} 127.0.0.1`,
        'disable-features=LocalNetworkAccessChecks',
      ])
      // Of another site, and of another port of the same one.
      for (const origin of [`http://${HOSTILE_NAME}:${hostilePort}`, `http://127.0.0.1:${hostilePort}`]) {
        const page = await browser.newPage()
        await page.goto(origin)
        await holdsAgainst(t, page, `http://127.0.0.1:${port}`, worker, origin)
      }
      // DNS rebinding: the page came from its own server, and its name leads to the worker now.
      const rebound = `http://${HOSTILE_NAME}:${port}`
      const page = await browser.newPage()
      await page.route(`${rebound}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<body>hostile' }))
      await page.goto(`${rebound}/`)
      await holdsAgainst(t, page, rebound, worker, 'DNS rebinding')
    })
  }
})

type Worker = Awaited<ReturnType<typeof startWithRun>>

/** With a run that waits for its training. */
async function startWithRun(t: Test, settings: { HOST: string }) {
  const worker = await startTrainingService(t, ['majority'], settings)
  return { ...worker, run: await worker.database.insertRun('majority') }
}

async function holdsAgainst(t: Test, page: Page, url: string, worker: Worker, what: string): Promise<void> {
  const { database, run } = worker
  const read = (await page.evaluate(attack(url, run))) as string[]
  const told = read.filter((text) => !/"code":"(HOST|ORIGIN)_REFUSED"/.test(text))
  t.same(told, [], `${what}: nothing was read`)
  const { rows } = await database.owner.query('select id::int as id, run_status as status from model_runs')
  t.same(rows, [{ id: run, status: 'PENDING' }], `${what}: nothing was begun`)
  t.equal((await database.owner.query('select 1 from model_run_metrics')).rowCount, 0, what)
  const spoken = await countsOf(worker)
  t.ok((spoken['ORIGIN_REFUSED'] ?? 0) + (spoken['HOST_REFUSED'] ?? 0) >= 30, `${what}: it was tried`)
  await page.close()
  // A stream that was held until its page closed would count as 200.
  await until(async () => (await handled(worker)).some((line) => /events/.test(line)))
  t.notOk((await handled(worker)).includes('/api/runs/:model_run_id/events 200'), `${what}: no stream was held`)
}

/** Refusals by code. */
async function countsOf({ get }: Worker): Promise<Record<string, number>> {
  const lines = String((await get('/metrics')).body).matchAll(/^ml_worker_refusals_total\{code="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...lines].map(([, code, count]) => [code, Number(count)]))
}

/** Route and status of every request that was answered. */
async function handled({ get }: Worker): Promise<string[]> {
  const pattern = /^http_server_request_duration_seconds_count\{.*http_route="(.*?)".*code="(\d+)".*$/gm
  return [...String((await get('/metrics')).body).matchAll(pattern)].map(([, route, status]) => `${route} ${status}`)
}
