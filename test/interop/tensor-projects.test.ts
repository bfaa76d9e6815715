// Versions that take tensors in a project: deployed and counted, and what speaks of rows and columns refused with its reason.
import t from 'tap'
import { casesOf, tensorModel } from '../support/imports.ts'
import { missing } from '../support/optional-package.ts'
import { isClose, startTensorService } from '../support/tensor-service.ts'
import { until } from '../support/until.ts'

const skip = (await missing('onnxruntime-web')) ?? false
const { client, imported } = await startTensorService(t)
const { get, post } = client

t.test('rows are refused with where to send tensors, and nothing else of columns is there', { skip }, async (t) => {
  const { body } = await imported(t, 'half')
  const { version, model_run_id: run } = body
  const refusal = {
    status: 422,
    body: { code: 'TENSORS_EXPECTED', detail: /takes tensors \("x"\), not rows: .*\/v2\/models/ },
  }
  t.match(await post(`/api/predict?model_run_id=${run}`, { features: [{ x: 1 }] }), refusal)
  t.match(await post(`/api/predict?model_run_id=${run}&explain=true`, { anything: 1 }), refusal)
  t.match(await get(`/api/runs/${run}/export?format=onnx`), { status: 409, body: { code: 'EXPORT_UNSUPPORTED' } })
  const { body: lineage } = await get(`/api/projects/tensors/versions/${version}/lineage`)
  t.match(lineage.edges, [{ relation: 'golden_rows_of' }])
  const { body: content } = await get(`/api/datasets/${body.dataset.id}/preview?rows=5`)
  t.match(content.rows, [
    { case: 0, role: 'input', name: 'x', datatype: 'FP16', shape: '[3,2]' },
    { case: 0, role: 'output', name: 'y', datatype: 'FP16', shape: '[3,2]', data: /^\[0.35/ },
  ])
  const dataset = await client.request('POST', '/api/datasets?name=some&labels=y', Buffer.from('[{"x":1,"y":1}]'), {
    'content-type': 'application/json',
  })
  await imported(t, 'half')
  const compared = await get(
    `/api/projects/tensors/comparison?versions=${version},${version + 1}&dataset=${dataset.body.id}`,
  )
  t.match(compared, { status: 409, body: { code: 'VERSIONS_NOT_COMPARABLE', detail: /takes tensors/ } })
})

t.test('a project answers with what is deployed, and counts its rows', { skip }, async (t) => {
  const { body } = await imported(t, 'text')
  const { version } = body
  t.equal((await client.put('/api/projects/tensors/monitoring', { log: 'all' })).status, 200)
  t.equal((await post(`/api/projects/tensors/versions/${version}/reviews`, { decision: 'approved' })).status, 201)
  t.equal((await post('/api/projects/tensors/environments/production/deployments', { version })).status, 202)
  await until(async () => {
    const { body } = await get('/api/projects/tensors/environments/production/deployments')
    return body.deployments[0].status === 'active'
  })
  const [{ inputs, outputs } = { inputs: [], outputs: [] }] = casesOf(tensorModel('text'))
  const answer = await post('/v2/models/tensors/infer', { inputs })
  t.match(answer.body, { model_name: 'tensors', model_version: String(version), parameters: { version } })
  t.equal(JSON.parse(answer.body.parameters.prediction_ids).length, 3, 'an id for each row')
  isClose(t, answer.body.outputs, outputs)
  t.match((await get('/v2/models/tensors')).body, { inputs: [{ name: 'input_ids', shape: [-1, -1] }, {}] })
  t.match(await post('/api/projects/tensors/predict?environment=production', { features: [{ x: 1 }] }), {
    status: 422,
    body: { code: 'TENSORS_EXPECTED' },
  })
  const [, counted] =
    /^ml_worker_predicted_rows_total\{model="imported_model"\} (\d+)$/m.exec((await get('/metrics')).body) ?? []
  t.ok(Number(counted) >= 3)
  t.match(await get(`/api/projects/tensors/predictions?version=${version}&answer=1`), {
    status: 400,
    body: { errors: [{ parameter: 'version', detail: /takes tensors: of these no values are logged/ }] },
  })
  t.match(await get('/api/projects/tensors/predictions'), { status: 200, body: { predictions: [] } })
  for (const path of ['performance', 'drift', 'data-quality']) {
    t.ok((await get(`/api/projects/tensors/${path}`)).status < 500, path)
  }
  t.equal((await get(`/api/projects/tensors/versions/${version}/bundle`)).status, 200)
  const other = (await imported(t, 'half')).body.version
  const experiment = {
    name: 'tensors',
    environment: 'production',
    mode: 'split',
    arms: [
      { name: 'a', version, share: 0.5 },
      { name: 'b', version: other, share: 0.5 },
    ],
    success_metrics: ['accuracy'],
    min_sample_size: 100,
    max_duration_days: 10,
  }
  const { status, body: refused } = await post('/api/projects/tensors/experiments', experiment)
  t.equal(status, 400, JSON.stringify(refused))
  t.match(JSON.stringify(refused.errors), /takes tensors: what it answers is not logged/)
  t.equal((await post('/api/erasures', { column: 'logits', value: '1' })).status, 202)
  await until(async () => (await get('/api/erasures/1')).body.state !== 'running')
  t.match((await get('/api/erasures/1')).body, { state: 'done', remaining: [] })
})
