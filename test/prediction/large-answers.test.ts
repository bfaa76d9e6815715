// Answers of many rows: sent as they are made and taken, whole or visibly not, in every form.
import { type IncomingMessage, request } from 'node:http'
import { tableFromIPC } from 'apache-arrow'
import t from 'tap'
import { startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const { service, predict, trainToEnd } = await startTrainingService(t, ['forest', 'exits_in_predict'])
const CLASSES = Array.from({ length: 12 }, (_, c) => (c % 2 === 0 ? `class ${c}, "quoted"` : `Ω${c}`))
const trainingRows = Array.from({ length: 240 }, (_, i) => ({ a: i % 24, b: (i * 7) % 11 }))
const labels = trainingRows.map(({ a }, i) => ({ y: CLASSES[(a + i) % 12], level: i % 3 }))
const parameters = { n_estimators: 3 }
const { run } = await trainToEnd('forest', { features: trainingRows, labels, parameters })

const ROWS = 40_000
const lines = Array.from({ length: ROWS }, (_, i) => `${i % 24},${i % 11}\n`).join('')
const csv = `a,b\n${lines}`

/** The answer while nothing of its body was taken yet. */
function ask(body: string, accept: string, query = '&probabilities=true', of = run): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/csv', accept }
    const asked = request(`${service.url}/api/predict?model_run_id=${of}${query}`, { method: 'POST', headers }, resolve)
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Throws when the connection ended before the answer did. */
async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part)
  return Buffer.concat(parts)
}

t.test('is the same in every form, and the same as of few rows', async (t) => {
  const answer = await ask(csv, 'application/json')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['transfer-encoding'], 'chunked')
  const json = JSON.parse(String(await bytesOf(answer)))
  t.equal(json.predictions.length, ROWS)
  t.equal(json.probabilities.length, ROWS)
  t.equal(json.status, 'success')
  for (const at of [0, 1023, 1024, 16_383, 16_384, 32_768, ROWS - 1]) {
    const few = await predict(run, { features: [{ a: at % 24, b: at % 11 }] }, '&probabilities=true')
    t.same(json.predictions[at], few.body.predictions[0])
    t.same(json.probabilities[at], few.body.probabilities[0])
  }

  const names = json.classes.y.map((name: string) => `y.probability.${name}`)
  const table = tableFromIPC(await bytesOf(await ask(csv, 'application/vnd.apache.arrow.stream')))
  t.equal(table.numRows, ROWS)
  const columnOf = (name: string) => Array.from(table.getChild(name) ?? [])
  t.same(
    columnOf('y'),
    json.predictions.map(({ y }: { y: string }) => y),
  )
  t.same(
    columnOf('level'),
    json.predictions.map(({ level }: { level: number }) => level),
  )
  for (const [c, name] of names.entries()) {
    const expected = json.probabilities.map(({ y }: { y: Record<string, number> }) => y[json.classes.y[c]])
    t.same(columnOf(name), expected, name)
  }

  const written = String(await bytesOf(await ask(csv, 'text/csv'))).split('\r\n')
  t.equal(written.length, ROWS + 2)
  for (const at of [0, 16_383, 16_384, ROWS - 1]) {
    const { y, level } = json.predictions[at]
    const values = json.classes.y.map((name: string) => json.probabilities[at].y[name])
    const levels = json.classes.level.map((name: number) => json.probabilities[at].level[name])
    const field = /["',]/.test(y) ? `"${y.replaceAll('"', '""')}"` : y
    t.equal(written[at + 1], [field, level, ...values, ...levels].join())
  }
})

t.test('a client that goes away leaves room for the next', async (t) => {
  for (let i = 0; i < 12; i++) (await ask(csv, 'application/json')).destroy()
  await until(async () => (await drained(ask(csv + lines.repeat(5), 'text/csv'))).statusCode === 200)
  t.pass('more have gone away than may be on their way at once')
})

t.test('clients that do not take their answers keep only other large ones away', async (t) => {
  const large = csv + lines.repeat(5)
  t.ok(large.length > 2 ** 20)
  const left = await Promise.all(Array.from({ length: 8 }, () => ask(csv, 'application/json')))
  t.same([...new Set(left.map(({ statusCode }) => statusCode))], [200])
  t.match(JSON.parse(String(await bytesOf(await ask(large, 'application/json')))), { code: 'OVERLOADED', status: 503 })
  t.equal((await drained(ask('a,b\n1,2\n', 'text/csv'))).statusCode, 200)
  // They are whole all the same, whenever they are taken.
  const [first, ...others] = left
  for (const answer of others) answer.destroy()
  t.equal(JSON.parse(String(await bytesOf(first as IncomingMessage))).predictions.length, ROWS)
  await until(async () => (await drained(ask(large, 'text/csv'))).statusCode === 200)
})

t.test('an answer whose thread ends in the middle is cut off, not ended', async (t) => {
  const { run: exiting } = await trainToEnd('exits_in_predict', {
    features: [{ a: 1 }, { a: 2 }],
    labels: [{ y: 'p' }, { y: 'p' }],
  })
  const answer = await ask(csv, 'application/json')
  t.equal(answer.statusCode, 200)
  const last = await ask('a\n13\n', 'text/csv', '', exiting)
  t.match(JSON.parse(String(await bytesOf(last))), { code: 'OVERLOADED', status: 503 })
  await t.rejects(bytesOf(answer), { code: 'ECONNRESET' })
  t.equal((await drained(ask(csv, 'text/csv'))).statusCode, 200)
})

async function drained(asked: Promise<IncomingMessage>): Promise<IncomingMessage> {
  const answer = await asked
  await bytesOf(answer)
  return answer
}
