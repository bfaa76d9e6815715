// Requests of an experiment: which arm answers, what the answer says, and what is kept of it.
import { tableFromIPC } from 'apache-arrow'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, features } from '../support/deployed.ts'
import { ExperimentTraffic } from '../support/experiment-traffic.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority']) await database.registerModel(model)
const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
const { name, path, deployment } = await experimentProject(service, 'kinds')
const latency = { metric: 'latency', budget_ms: 600_000 }
const id = await startExperiment(service, path, twoArms('first', { guardrail_metrics: [latency] }))
const traffic = new ExperimentTraffic(database, name, id)
await traffic.begun(service)
const [ofControl, ofB] = [await traffic.keysOf(0, 20), await traffic.keysOf(1, 20)]
const [a, b] = [ofControl[0] as string, ofB[0] as string]

t.test('a key is answered by its arm, and the answer says so', async (t) => {
  for (const key of ['Müller', '日本語', 'emoji-😀', ' spaces ', ...ofControl.slice(0, 3), ...ofB.slice(0, 3)]) {
    const { status, body } = await traffic.predict(service, key)
    const { body: assigned } = await service.get(`${path}/${id}/assignment?key=${encodeURIComponent(key)}`)
    t.equal(status, 200)
    const version = assigned.arm === 'b' ? 2 : 1
    t.match(body, { deployment: { id: deployment, version, experiment: { id, arm: assigned.arm } } }, key)
    t.same((await traffic.predict(service, key)).body.predictions, body.predictions)
  }
  t.equal(
    (await traffic.predict(service)).body.deployment.experiment,
    undefined,
    'without a key there is no experiment',
  )
})

t.test('a unit is exposed once, and each of its rows is kept and logged for itself', async (t) => {
  const keys = [ofControl[3] as string, ofB[3] as string]
  const sent: string[] = []
  for (const key of [...keys, ...keys]) sent.push(...(await traffic.predict(service, key)).body.prediction_ids)
  const units = await traffic.unitsOnce(keys)
  t.match(units, [
    { phase: 1, arm: 0, hasFailed: false, isSlow: false },
    { phase: 1, arm: 1, hasFailed: false, isSlow: false },
  ])
  const rows = await traffic.rowsOnce(keys, 12)
  t.same(rows.map((row) => row.id).sort(), sent.sort())
  for (const { arm, answers, version, weight } of rows) {
    t.equal(version, arm + 1)
    t.equal(weight, 1, 'though the project logs one of a hundred')
    t.match(answers[arm], /^"(low|high)"$/)
    t.equal(answers[1 - arm], null)
  }
})

t.test('all that can be asked of an answer is answered by the arm', async (t) => {
  const plain = await traffic.predict(service, b, { query: '&probabilities=true' })
  t.match(plain.body, { deployment: { version: 2, experiment: { arm: 'b' } }, probabilities: [{}, {}, {}] })
  const explained = await traffic.predict(service, a, { query: '&explain=true' })
  t.match(explained.body, { deployment: { version: 1, experiment: { arm: 'control' } }, explanations: [{}, {}, {}] })

  const csv = await traffic.predict(service, b, { headers: { accept: 'text/csv' } })
  t.equal(csv.headers.get('x-experiment'), String(id))
  t.equal(csv.headers.get('x-experiment-arm'), 'b')
  t.equal(csv.headers.get('x-version'), '2')
  const rows = await fetch(
    `${service.service.url}/api/projects/${name}/predict?experiment_key=${encodeURIComponent(b)}`,
    {
      method: 'POST',
      headers: { 'content-type': 'text/csv', accept: 'application/vnd.apache.arrow.stream' },
      body: `a,b\n${features.map((row) => `${row.a},${row.b}\n`).join('')}`,
    },
  )
  t.equal(rows.headers.get('x-experiment-arm'), 'b')
  t.equal(tableFromIPC(new Uint8Array(await rows.arrayBuffer())).numRows, 3)

  const many = Array.from({ length: 20_000 }, (_, i) => ({ a: i % 60, b: i % 5 }))
  const large = await traffic.predict(service, b, { body: { features: many } })
  t.match(large.body, { deployment: { version: 2, experiment: { arm: 'b' } } })
  t.equal(large.body.predictions.length, 20_000)
})

t.test('a request that the caller got wrong is refused, and no arm has failed', async (t) => {
  for (const key of [ofControl[4], ofB[4]] as string[]) {
    t.match(await traffic.predict(service, key, { body: { features: [{ a: 1 }] } }), { status: 400 })
    t.match(await traffic.predict(service, key, { body: '{' }), { status: 400, body: { code: 'BODY_MALFORMED' } })
  }
  t.match(
    await traffic.unitsOnce([ofControl[4], ofB[4]] as string[]),
    [{ hasFailed: false }, { hasFailed: false }],
    'units are exposed when they are assigned',
  )
  for (const key of ['', 'x'.repeat(201)]) {
    const { status, body } = await traffic.predict(service, key)
    t.match({ status, body }, { status: 400, body: { errors: [{ parameter: 'experiment_key' }] } })
  }
})

t.test('where the arm alone cannot answer, the control does, and the unit has failed', async (t) => {
  const key = ofB[5] as string
  const { status, body } = await traffic.predict(service, key, { query: '&explain=true' })
  t.equal(status, 200)
  t.match(body, { deployment: { version: 1, experiment: { arm: 'b' } }, explanations: [{}, {}, {}] })
  t.match(await traffic.unitsOnce([key], ([unit]) => unit?.hasFailed === true), [{ arm: 1, isSlow: false }])
  const rows = await traffic.rowsOnce([key], 3)
  for (const row of rows) t.match(row, { arm: 1, version: 1, answers: [String, null] })

  const large = Array.from({ length: 20_000 }, (_, i) => ({ a: i % 60, b: i % 5 }))
  const asked = { body: { features: large }, query: '&explain=true' }
  const many = await traffic.predict(service, ofB[6] as string, asked)
  t.match(many.body, { deployment: { version: 1, experiment: { arm: 'b' } } }, 'of a large body, too')
  t.equal(many.body.predictions?.length, 20_000)
})

t.test('tensors are divided by the parameter', async (t) => {
  const inputs = ['a', 'b'].map((column) => {
    const data = features.map((row) => row[column as 'a' | 'b'])
    return { name: column, datatype: 'INT64', shape: [3], data }
  })
  const infer = async (key: unknown, at = `/v2/models/${name}/infer`) => {
    const { status, body } = await service.post(at, { inputs, parameters: { experiment_key: key } })
    return { status, body }
  }
  t.match(await infer(b), {
    status: 200,
    body: { model_version: '2', parameters: { version: 2, deployment, experiment: id, experiment_arm: 'b' } },
  })
  t.match(await infer(a), { body: { model_version: '1', parameters: { experiment_arm: 'control' } } })
  const plain = await service.post(`/v2/models/${name}/infer`, { inputs })
  t.equal(plain.body.parameters.experiment, undefined)
  t.equal((await infer(b, `/v2/models/${name}/versions/1/infer`)).body.parameters.experiment, undefined)
  t.equal((await infer('😀'.repeat(200))).status, 200)
  t.equal((await traffic.predict(service, '😀'.repeat(200))).status, 200, 'characters are counted alike')
  for (const key of ['', 7, 'x'.repeat(201), '😀'.repeat(201)]) {
    t.match(await infer(key), { status: 400, body: { errors: [{ detail: /experiment_key/ }] } })
  }
  const fresh = await traffic.keysOf(1, 1, 'tensors')
  await infer(fresh[0])
  t.match(await traffic.unitsOnce(fresh), [{ arm: 1, hasFailed: false }])
  t.match(await traffic.rowsOnce(fresh, 3), [{ version: 2 }, { version: 2 }, { version: 2 }])
})

t.test('cells and sums of an arm are its own', async (t) => {
  const since = new Date(Date.now() - 3_600_000).toISOString()
  const counted = async () => {
    const { rows } = await database.owner.query(
      `select version, sum(row_count)::int as rows from ml_worker.cell_counts where hour >= $1 group by 1 order by 1`,
      [since],
    )
    return rows
  }
  await until(async () => (await counted()).length === 2)
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  const outcomes = (await traffic.rows([b]))
    .slice(0, 2)
    .map(({ id: prediction_id }) => ({ prediction_id, outcome: 'low' }))
  const { body } = await service.post(`/api/projects/${name}/outcomes`, outcomes)
  t.equal(body.added, 2)
  let found: { versions: { version: number }[]; deployments: { id: number; version: number }[] }
  await until(async () => {
    await database.owner.query('update ml_worker.performance_marks set due_at = now()')
    found = (await service.get(`/api/projects/${name}/performance?days=1`)).body
    return found.versions.length === 2 && (found as unknown as { figures: { outcomes: number } }).figures.outcomes === 2
  })
  t.match(
    found!.deployments.map((each) => each.version),
    [1, 2],
  )
})

t.test('a paused experiment leaves everybody to the control, and exposes nobody', async (t) => {
  t.equal((await service.post(`${path}/${id}/pause`, {})).status, 200)
  const key = (await traffic.keysOf(1, 1, 'paused'))[0] as string
  // Here it is known at once, or soon: until then the key that is tried is another one.
  await until(async () => (await traffic.predict(service, b)).body.deployment.experiment === undefined)
  t.match((await traffic.predict(service, key)).body.deployment, { version: 1, experiment: undefined })
  t.equal((await service.post(`${path}/${id}/resume`, {})).status, 200)
  await until(async () => (await traffic.predict(service, b)).body.deployment.experiment !== undefined)
  t.match((await traffic.predict(service, b)).body.deployment, { version: 2, experiment: { arm: 'b' } })
  t.same(await traffic.units([key]), [])
})

t.test('an arm whose result is gone has failed, and the control answers', async (t) => {
  const { rows } = await database.owner.query('select run_id as run from ml_worker.versions where version = 2')
  const run = Number(rows[0].run)
  const { run_result: result } = await database.run(run)
  await database.owner.query(`update model_runs set run_status = 'FAILED', run_result = null where id = $1`, [run])
  const keys = await traffic.keysOf(1, 500, 'gone')
  let failed: string | undefined
  await until(async () => {
    const key = keys.pop() as string
    const { body } = await traffic.predict(service, key)
    if (body.deployment.version === 1) failed = key
    return failed !== undefined
  })
  t.match(await traffic.unitsOnce([failed as string], ([unit]) => unit?.hasFailed === true), [{ arm: 1 }])
  await database.owner.query(`update model_runs set run_status = 'SUCCESS', run_result = $2 where id = $1`, [
    run,
    result,
  ])
  await until(async () => (await traffic.predict(service, b)).body.deployment.version === 2)
})

t.test('what is erased is erased among the rows of experiments, too', async (t) => {
  const [kept, erased] = await traffic.keysOf(0, 2, 'erased')
  const rowsWith = (value: number) => ({ body: { features: [{ a: value, b: 1 }] } })
  await traffic.predict(service, kept, rowsWith(1_000))
  await traffic.predict(service, erased, rowsWith(4_711))
  await traffic.rowsOnce([kept, erased] as string[], 2)
  const { body } = await service.post('/api/erasures', { column: 'a', value: 4_711 })
  const answerOf = async () => (await service.get(`/api/erasures/${body.erasure_id}`)).body
  await until(async () => (await answerOf()).state !== 'running')
  const { state, reason, erased: counts } = await answerOf()
  t.equal(state, 'done', reason)
  t.match(
    counts.find(({ room }: { room: string }) => room === 'experiments'),
    { count: 1 },
  )
  t.equal((await traffic.rows([erased as string])).length, 0)
  t.equal((await traffic.rows([kept as string])).length, 1)
})

t.test('once another deployment is active, nothing is divided', async (t) => {
  const next = await deploy(service, name, 2)
  await until(async () => (await traffic.predict(service, a)).body.deployment.id === next)
  const key = (await traffic.keysOf(0, 1, 'after'))[0] as string
  t.match((await traffic.predict(service, key)).body.deployment, { version: 2, experiment: undefined })
  t.same(await traffic.units([key]), [])
})
