// KServe's unmodified InferenceRESTClient against a running service. Its package is large: npm run test:kserve.
import t from 'tap'
import { checkedSettings } from '../../src/deployments/targets/kserve/kserve-settings.ts'
import { inferenceService } from '../../src/deployments/targets/kserve/manifest.ts'
import { FaultList } from '../../src/model/faults.ts'
import { startGuardedService } from '../support/access.ts'
import { casesOf, TENSOR_MODELS, tensorModel } from '../support/imports.ts'
import { inferenceSample } from '../support/inference-sample.ts'
import { missing } from '../support/optional-package.ts'
import { pythonClients } from '../support/python-clients.ts'
import { isClose, startTensorService } from '../support/tensor-service.ts'
import { startTrainingService } from '../support/trained.ts'

const clients = await pythonClients(['kserve==0.21.0'])
const options = 'skip' in clients ? { skip: clients.skip } : {}
const tensorOptions = { skip: 'skip' in clients ? clients.skip : ((await missing('onnxruntime-web')) ?? false) }

t.test('InferenceRESTClient gets the predictions of /api/predict', options, async (t) => {
  if ('skip' in clients) return
  const { service, predict, trainToEnd } = await startTrainingService(t, ['forest'])
  const sample = await inferenceSample()
  const { run } = await trainToEnd('forest', sample)
  const { predictions } = (await predict(run, { features: sample.features })).body
  const column = (name: string): unknown[] => predictions.map((row: Record<string, unknown>) => row[name])
  const labels = { much: column('much'), level: column('level'), late: column('late') }
  const address = new URL(service.url).host
  const got = await clients.run('kserve_calls.py', [address, 'forest', String(run)], sample.features)

  t.match(got, { live: true, ready: true, 'model ready': true, 'other model ready': false })
  for (const call of ['default', 'json']) t.same(got[call], { outputs: labels, id: 'eins' }, call)
  t.same(got.outputs.outputs, { level: labels.level })
  t.match(got.fault, { status: 400, error: /column "count": missing/ })
})

t.test('with ACCESS=required a token in a header is all that it needs', options, async (t) => {
  if ('skip' in clients) return
  const { service, database, admin, tokenOf } = await startGuardedService(t, ['forest'])
  const sample = await inferenceSample()
  const run = await database.insertRun('forest')
  t.equal((await admin.train('forest', run, sample)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  const { predictions } = (await admin.predict(run, { features: sample.features })).body
  const calls = (...token: readonly string[]) =>
    clients.run('kserve_calls.py', [new URL(service.url).host, 'forest', String(run), ...token], sample.features)
  const got = await calls(await tokenOf(['client']))
  t.match(got, { live: true, ready: true, 'model ready': true, 'other model ready': false, fault: { status: 400 } })
  t.same(
    got.default.outputs.much,
    predictions.map(({ much }: { much: unknown }) => much),
  )
  await t.rejects(calls(), /HTTPStatusError: .*'401 Unauthorized'/, 'without')
})

for (const name of TENSOR_MODELS) {
  t.test(
    `InferenceRESTClient sends the tensors of ${name}, and gets those that are expected`,
    tensorOptions,
    async (t) => {
      if ('skip' in clients) return
      const { client, imported } = await startTensorService(t)
      await imported(t, name)
      const address = new URL(client.service.url).host
      for (const { inputs, outputs } of casesOf(tensorModel(name))) {
        const got = await clients.run('kserve_tensors.py', [address, 'imported_model'], inputs)
        for (const kind of Object.keys(got)) isClose(t, got[kind], outputs)
      }
    },
  )
}

t.test('the InferenceService of a deployment has the members that KServe knows', options, async (t) => {
  if ('skip' in clients) return
  const program = `
from kserve import V1beta1InferenceService, V1beta1InferenceServiceSpec, V1beta1PredictorSpec
import json
models = [V1beta1InferenceService, V1beta1InferenceServiceSpec, V1beta1PredictorSpec]
print(json.dumps([list(model.attribute_map.values()) for model in models]))`
  const [ofService, ofSpec, ofPredictor] = JSON.parse(await clients.print(program)) as [string[], string[], string[]]
  const plan = {
    ...{ deploymentId: 12, projectId: 3, projectName: 'iris', environment: 'production', version: 2, runId: 17 },
    ...{ modelName: 'iris_species', artifactSha256: 'ab'.repeat(32), instances: 2 },
    settings: checkedSettings({}, new FaultList()),
  }
  const settings = {
    ...{
      PUBLIC_URL: 'http://ml-worker',
      KSERVE_IMAGE: 'ml-worker:1',
      KSERVE_NAMESPACE: 'models',
      KSERVE_TOKEN_SECRET: 'a',
    },
    ...{ KSERVE_SERVICE_ACCOUNT: 'b', KUBERNETES_API_URL: '', KUBERNETES_TOKEN_FILE: '', KUBERNETES_CA_FILE: '' },
    KSERVE_BUNDLES: 'worker',
  } as const
  const service = inferenceService(plan, { name: 'iris-production-12', settings, bundleUrl: 'http://ml-worker/x' })
  const unknown = (value: object, known: readonly string[]) =>
    Object.keys(value).filter((name) => !known.includes(name))
  t.same(unknown(service, ofService), [])
  t.same(unknown(service.spec, ofSpec), [])
  t.same(unknown(service.spec.predictor, ofPredictor), [])
  t.ok(ofPredictor.includes('minReplicas'))
})
