// The unmodified tritonclient against a running service: what it decodes is what /api/predict answers.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { PROJECT } from '../support/command-line.ts'
import { casesOf, TENSOR_MODELS, tensorModel } from '../support/imports.ts'
import { inferenceSample } from '../support/inference-sample.ts'
import { missing } from '../support/optional-package.ts'
import { pythonClients } from '../support/python-clients.ts'
import { isClose, startTensorService } from '../support/tensor-service.ts'
import { startTrainingService } from '../support/trained.ts'

const clients = await pythonClients(['tritonclient[http]==2.73.0'])
const options = 'skip' in clients ? { skip: clients.skip } : {}
const tensorOptions = { skip: 'skip' in clients ? clients.skip : ((await missing('onnxruntime-web')) ?? false) }

t.test('tritonclient gets the predictions of /api/predict, in its default mode and others', options, async (t) => {
  if ('skip' in clients) return
  const { service, predict, trainToEnd } = await startTrainingService(t, ['forest'])
  const sample = await inferenceSample()
  const { run } = await trainToEnd('forest', sample)
  const { predictions, probabilities } = (await predict(run, { features: sample.features }, '&probabilities=true')).body
  const column = (name: string): unknown[] => predictions.map((row: Record<string, unknown>) => row[name])
  const labels = { much: column('much'), level: column('level'), late: column('late') }
  const address = new URL(service.url).host
  const got = await clients.run('triton_calls.py', [address, 'forest', String(run)], sample.features)

  t.match(got, {
    live: true,
    ready: true,
    server: { name: 'ml-worker' },
    'model ready': true,
    'version ready': true,
    'other model ready': false,
    model: { name: 'forest', versions: [String(run)] },
  })
  for (const call of ['default', 'column', 'version', 'gzip']) t.same(got[call].outputs, labels, call)
  t.same(got.json.outputs, { level: labels.level })
  t.equal(got.column.response.id, 'eins')
  const much = probabilities.map(({ much }: { much: object }) => Object.values(much))
  t.same(got.probabilities.outputs, { 'much.probabilities': much, much: labels.much })
  t.same(got.parameter.outputs['much.probabilities'], much)
  t.match(got.fault, { status: '400', message: /column "count": missing; expected a tensor of FP64/ })
})

t.test('with ACCESS=required a token in a header is all that tritonclient needs', options, async (t) => {
  if ('skip' in clients) return
  const { service, database, admin, tokenOf } = await startGuardedService(t, ['forest'])
  const sample = await inferenceSample()
  const run = await database.insertRun('forest')
  t.equal((await admin.train('forest', run, sample)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  const { predictions } = (await admin.predict(run, { features: sample.features })).body
  const calls = (...token: readonly string[]) =>
    clients.run('triton_calls.py', [new URL(service.url).host, 'forest', String(run), ...token], sample.features)
  const got = await calls(await tokenOf(['client']))
  t.match(got, { live: true, ready: true, 'model ready': true, 'other model ready': false, fault: { status: '400' } })
  t.same(
    got.default.outputs.much,
    predictions.map(({ much }: { much: unknown }) => much),
  )
  await t.rejects(calls(), /InferenceServerException: \[401\]/, 'without')
  await t.rejects(calls(`mlw_${'z'.repeat(12)}_${'Q'.repeat(43)}`), /InferenceServerException: \[401\]/, 'with another')
  await t.rejects(calls(await tokenOf(['client'], { projects: ['p'] })), /InferenceServerException: \[403\]/)
})

for (const name of TENSOR_MODELS) {
  t.test(`tritonclient sends the tensors of ${name}, and gets those that are expected`, tensorOptions, async (t) => {
    if ('skip' in clients) return
    const { client, imported } = await startTensorService(t)
    const { body } = await imported(t, name)
    const address = new URL(client.service.url).host
    for (const { inputs, outputs } of casesOf(tensorModel(name))) {
      const got = await clients.run('triton_tensors.py', [address, 'imported_model', String(body.model_run_id)], inputs)
      for (const kind of Object.keys(got)) isClose(t, got[kind], outputs)
    }
  })
}

t.test('the program of docs/inference-protocol.md prints what it says', options, async (t) => {
  if ('skip' in clients) return
  const models = { MODELS_DIR: join(PROJECT, 'statistical') }
  const { service, trainToEnd } = await startTrainingService(t, ['iris_species'], models)
  const { model_name: _, ...body } = JSON.parse(await readFile(join(PROJECT, 'examples/iris-training.json'), 'utf8'))
  await trainToEnd('iris_species', body)
  const page = await readFile(join(PROJECT, 'docs/inference-protocol.md'), 'utf8')
  const [, program = ''] = /^```python\n(.*?)^```/ms.exec(page) ?? []
  const [, said] = / {2}# (.*)\n$/.exec(program) ?? []
  const printed = await clients.print(program.replace('127.0.0.1:5001', new URL(service.url).host))
  t.equal(printed, `${said}\n`)
})
