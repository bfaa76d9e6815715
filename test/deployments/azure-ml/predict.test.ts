import t from 'tap'
import { Azure, PLAN } from './azure-target.ts'

const BODY = Buffer.from('{"features":[[1,2]]}')
const NEVER = new AbortController().signal

t.test('a prediction goes to the deployment, whatever traffic it has', async (t) => {
  const azure = await Azure.start(t)
  await azure.driven(() => azure.prepare())
  azure.fake.container = (asked, deployment) => ({
    status: 200,
    type: 'application/json; charset=utf-8',
    body: JSON.stringify({ deployment, query: asked.query, body: asked.body.toString(), accept: asked.headers.accept }),
  })
  const answer = await azure.predict({ body: BODY, accept: 'application/json', query: 'probabilities=true' })
  t.equal(answer.status, 200)
  t.equal(answer.contentType, 'application/json; charset=utf-8')
  t.same(JSON.parse(answer.body.toString()), {
    deployment: 'deploy-41',
    query: '?probabilities=true',
    body: BODY.toString(),
    accept: 'application/json',
  })
  azure.changes()
  await azure.predict({ body: BODY })
  t.same(azure.changes(), [], 'the key is kept')
})

t.test("an error of the container is the caller's", async (t) => {
  const azure = await Azure.start(t)
  await azure.driven(() => azure.prepare())
  azure.fake.container = () => ({ status: 400, type: 'application/problem+json', body: '{"code":"REQUEST_INVALID"}' })
  const answer = await azure.predict({ body: BODY })
  t.match(
    { ...answer, body: answer.body.toString() },
    {
      status: 400,
      contentType: 'application/problem+json',
      body: '{"code":"REQUEST_INVALID"}',
    },
  )
})

t.test('a key that was changed is fetched again, once', async (t) => {
  const azure = await Azure.start(t)
  await azure.driven(() => azure.prepare())
  await azure.predict({ body: BODY })
  azure.fake.key = 'key 2'
  azure.changes()
  t.equal((await azure.predict({ body: BODY })).status, 200)
  t.equal(azure.changes().length, 1)
  t.equal(azure.fake.scored.length, 3)
})

t.test('many at once ask for the key once, and a throttled one keeps it', async (t) => {
  const azure = await Azure.start(t)
  await azure.driven(() => azure.prepare())
  azure.changes()
  await Promise.all(Array.from({ length: 20 }, () => azure.predict({ body: BODY })))
  t.match(azure.changes(), [/listKeys$/])
  azure.fake.isFull = true
  await t.rejects(azure.predict({ body: BODY }), { name: 'AzureError', status: 429, mayPass: true })
  azure.fake.isFull = false
  t.equal((await azure.predict({ body: BODY })).status, 200)
  t.same(azure.changes(), [])
})

t.test('an endpoint that takes tokens', async (t) => {
  const azure = await Azure.start(t, { AZURE_ML_ENDPOINT_AUTH: 'aad_token' })
  await azure.driven(() => azure.prepare())
  t.equal((await azure.predict({ body: BODY })).status, 200)
  azure.fake.revokeTokens()
  t.equal((await azure.predict({ body: BODY })).status, 200)
  t.notOk(azure.fake.requests.some((line) => line.includes('listKeys')))
})

t.test('where no container answers', async (t) => {
  const azure = await Azure.start(t)
  await t.rejects(azure.predict({ body: BODY }), { message: /there is no endpoint/ })
  await azure.driven(() => azure.prepare())
  await t.rejects(azure.predict({ body: BODY }, { ...PLAN, deploymentId: 99 }), {
    status: 404,
    message: /NoPrediction/,
  })
  azure.fake.container = () => ({ status: 200, type: 'application/json', body: ' '.repeat(64 * 2 ** 20 + 1) })
  await t.rejects(azure.predict({ body: BODY }), { message: /AnswerTooLarge: an answer has more than 67108864 bytes/ })
  const reason = new Error('the caller is gone')
  const request = { body: BODY, contentType: 'application/json', accept: undefined, query: '' }
  await t.rejects(azure.target.predict(PLAN, request, AbortSignal.abort(reason)), reason)
  t.equal(NEVER.aborted, false)
})
