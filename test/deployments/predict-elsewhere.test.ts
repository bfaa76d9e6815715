// Rows that are sent on to another target: a worker stands there, and what it answers comes back with the stamp of the deployment.

import { once } from 'node:events'
import { createServer } from 'node:http'
import t from 'tap'
import type { ActiveDeployment } from '../../src/deployments/serving/active-deployments.ts'
import { ElsewherePredictions } from '../../src/deployments/serving/predict-elsewhere.ts'
import type { TargetRequest } from '../../src/deployments/targets/target.ts'
import { Targets } from '../../src/deployments/targets/targets.ts'
import { BodyFile } from '../../src/rows/body-file.ts'
import { ScriptedTarget } from '../support/scripted-target.ts'
import { good, startTrainingService } from '../support/trained.ts'

const { service, trainToEnd, predict } = await startTrainingService(t, ['majority'])
// A proxy before nothing, and something that never answers.
const others = createServer((request, response) => {
  if (request.url?.startsWith('/silent')) return
  response.writeHead(request.url?.startsWith('/page') ? 200 : 404, { 'content-type': 'text/html' })
  response.end('<html></html>')
})
await once(others.listen(0, '127.0.0.1'), 'listening')
t.teardown(() => others.closeAllConnections())
t.teardown(() => others.close())
const otherUrl = `http://127.0.0.1:${(others.address() as { port: number }).port}`
const { run } = await trainToEnd('majority', good)

class RemoteWorker extends ScriptedTarget {
  url = `${service.url}/api/predict?model_run_id=${run}`

  async predict(_plan: unknown, { body, contentType, query }: TargetRequest, signal: AbortSignal) {
    const headers = { 'content-type': contentType }
    const answer = await fetch(`${this.url}&${query}`, { method: 'POST', headers, body: new Uint8Array(body), signal })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, contentType: answer.headers.get('content-type') ?? '', body: bytes }
  }
}

const target = new RemoteWorker()
const targets = new Targets([target])
const elsewhere = new ElsewherePredictions({ targets, timeoutMs: 60_000 })
const impatient = new ElsewherePredictions({ targets, timeoutMs: 300 })
const plan = { deploymentId: 9, projectId: 1, projectName: 'p', environment: 'production', version: 3, runId: run }
const deployment = { plan: { ...plan, modelName: 'majority' }, target: 'kserve' } as unknown as ActiveDeployment
const stamp = {
  project: 'p',
  environment: 'production',
  version: 3,
  deploymentId: 9,
  idPrefix: '019aef5c-5a80-7000-9a3c-51e6b',
}
const sent = { contentType: 'application/json', accept: undefined, query: 'probabilities=true' }
const body = { features: good.features }
const ask = (content: unknown, by = elsewhere) =>
  by.predict(deployment, stamp, { ...sent, body: Buffer.from(JSON.stringify(content)) })

t.test('the answer is that of the worker there, with the deployment and an id for each row', async (t) => {
  const { text, rowCount } = await ask(body)
  t.equal(rowCount, good.features.length)
  const { deployment: named, prediction_ids: ids, ...rest } = JSON.parse(text)
  t.same(rest, (await predict(run, body, '&probabilities=true')).body)
  t.same(named, { id: 9, version: 3, environment: 'production' })
  t.same(
    ids,
    good.features.map((_, i) => `${stamp.idPrefix}000000${i}`),
  )
})

t.test('what is wrong with the rows is told as it is told there', async (t) => {
  const there = await predict(run, { features: [{ a: 'text' }] })
  await t.rejects(ask({ features: [{ a: 'text' }] }), {
    code: there.body.code,
    message: there.body.detail,
    faults: there.body.errors,
  })
})

t.test('what is no answer of a worker is the target that is unavailable', async (t) => {
  const url = target.url
  t.teardown(() => {
    target.url = url
  })
  for (const path of ['/gone?x=1', '/page?x=1']) {
    target.url = otherUrl + path
    await t.rejects(ask(body), { code: 'TARGET_UNAVAILABLE' }, path)
  }
  target.url = 'http://127.0.0.1:1/api/predict?x=1'
  await t.rejects(ask(body), { code: 'TARGET_UNAVAILABLE' })
  target.url = `${otherUrl}/silent?x=1`
  await t.rejects(ask(body, impatient), { code: 'TARGET_TIMED_OUT' })
})

t.test('a body that lies in a file is not sent on', async (t) => {
  const file = new BodyFile('/nowhere', 1_000_000, undefined, async () => {})
  await t.rejects(elsewhere.predict(deployment, stamp, { ...sent, body: file }), { code: 'BODY_TOO_LARGE' })
})
