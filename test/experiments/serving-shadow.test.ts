// Rows that the other arms predict after the answer: pairs in the tables, and nothing of them in any figure.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { features } from '../support/deployed.ts'
import { ExperimentTraffic } from '../support/experiment-traffic.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority', 'slow_to_predict']) await database.registerModel(model)
const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
const models = ['forest', 'majority', 'slow_to_predict']
const { name, path, deployment } = await experimentProject(service, 'kinds', models)

const figure = async (text: string): Promise<number> => {
  const { body } = await service.get('/metrics')
  const line = body.split('\n').find((each: string) => each.startsWith(`${text} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}
const shadows = (result: string) => figure(`ml_worker_experiments_shadow_requests_total{result="${result}"}`)
const predictedRows = (model: string) => figure(`ml_worker_predicted_rows_total{model="${model}"}`)

t.test('mode shadow: the control answers everybody, and the other arm predicts the same rows', async (t) => {
  const traffic = new ExperimentTraffic(
    database,
    name,
    await startExperiment(service, path, twoArms('shadow', { mode: 'shadow' })),
  )
  await traffic.begun(service)
  const keys = [...(await traffic.keysOf(0, 2)), ...(await traffic.keysOf(1, 2))]
  const before = await predictedRows('majority')
  for (const key of keys) {
    const { body } = await traffic.predict(service, key)
    t.match(body.deployment, { id: deployment, version: 1, experiment: { arm: 'control' } })
    const { body: asked } = await service.get(`${path}/${traffic.experiment}/assignment?key=${encodeURIComponent(key)}`)
    t.equal(asked.arm, 'control', 'as the assignment says')
  }
  t.match(
    (await traffic.unitsOnce(keys)).map(({ arm }) => arm),
    [0, 0, 0, 0],
  )
  for (const { arm, version, answers } of await traffic.rowsOnce(keys, 12)) {
    t.same([arm, version], [0, 1])
    t.match(answers, [/^"(low|high)"$/, '"low"'])
  }
  t.equal(await predictedRows('majority'), before, 'no figure counts what answers nobody')
  const inputs = ['a', 'b'].map((column) => {
    return { name: column, datatype: 'INT64', shape: [3], data: features.map((row) => row[column as 'a' | 'b']) }
  })
  const [tensors] = await traffic.keysOf(1, 1, 'tensors')
  await service.post(`/v2/models/${name}/infer`, { inputs, parameters: { experiment_key: tensors } })
  for (const { answers } of await traffic.rowsOnce([tensors as string], 3)) t.match(answers, [String, '"low"'])

  const [csv] = await traffic.keysOf(1, 1, 'csv')
  const body = `a,b\n${features.map((row) => `${row.a},${row.b}\n`).join('')}`
  await traffic.predict(service, csv, { body, headers: { 'content-type': 'text/csv', accept: 'text/csv' } })
  for (const { answers } of await traffic.rowsOnce([csv as string], 3)) t.match(answers, [String, '"low"'])
  t.ok((await shadows('made')) >= 6)

  const [large] = await traffic.keysOf(1, 1, 'large')
  const many = Array.from({ length: 20_000 }, (_, i) => ({ a: i % 60, b: i % 5 }))
  const answer = await traffic.predict(service, large, { body: { features: many } })
  t.equal(answer.body.predictions.length, 20_000)
  t.equal(await shadows('large'), 1, 'what is too large is left out, and counted')
  const rows = await traffic.rowsOnce([large as string], 20_000)
  t.ok(rows.every(({ answers }) => answers[1] === null))
  t.equal((await service.post(`${path}/${traffic.experiment}/stop`, { reason: 'done' })).status, 200)
})

t.test('mode split+shadow: the arm of the key answers, and each of the others predicts after it', async (t) => {
  const arms = [1, 2, 3].map((version) => ({ name: `v${version}`, version, share: version === 1 ? 0.5 : 0.25 }))
  const asked = { name: 'both', mode: 'split+shadow', arms, guardrail_metrics: [{ metric: 'latency', budget_ms: 90 }] }
  const traffic = new ExperimentTraffic(database, name, await startExperiment(service, path, asked))
  await traffic.begun(service)
  const keys = [0, 1, 2].map(async (arm) => (await traffic.keysOf(arm, 1, 'once more'))[0] as string)
  const [first, second, slow] = (await Promise.all(keys)) as [string, string, string]
  for (const key of [first, second, slow]) {
    const { body } = await traffic.predict(service, key, { body: { features: features.slice(0, 1) } })
    t.match(body.deployment, { version: [first, second, slow].indexOf(key) + 1 })
  }
  const rows = await traffic.rowsOnce([first, second, slow], 3)
  for (const { answers } of rows) t.match(answers, [String, String, String], 'all three have predicted the row')
  t.same(
    rows.map(({ arm, version }) => [arm, version]),
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
  )
  const units = await traffic.unitsOnce([first, second, slow], (found) => found[2]?.isSlow === true)
  t.equal(units[2]?.isSlow, true, 'who answers late is slow')
  // A tenth of a second that the slow arm took after their answers is no part of them.
  t.equal(units[1]?.isSlow, false)
  t.equal((await service.post(`${path}/${traffic.experiment}/stop`, { reason: 'done' })).status, 200)
})

t.test('more than can wait is left out and counted, and the rows are kept without a pair', async (t) => {
  const arms = [1, 3].map((version) => ({ name: `v${version}`, version, share: 0.5 }))
  const asked = { name: 'many', mode: 'shadow', arms }
  const traffic = new ExperimentTraffic(database, name, await startExperiment(service, path, asked))
  await traffic.begun(service)
  const one = { body: { features: features.slice(0, 1) } }
  const keys = Array.from({ length: 400 }, (_, i) => `many ${i}`)
  const answers = await Promise.all(keys.map((key) => traffic.predict(service, key, one)))
  t.ok(answers.every(({ status }) => status === 200))
  await until(async () => (await shadows('full')) > 0)
  const full = await shadows('full')
  const rows = await traffic.rowsOnce(keys, 400)
  t.equal(rows.filter((row) => row.answers[1] === null).length, full)
})
