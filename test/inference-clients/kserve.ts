// KServe's unmodified InferenceRESTClient against a running service. Its package is large: npm run test:kserve.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { inferenceSample } from '../support/inference-sample.ts'
import { pythonClients } from '../support/python-clients.ts'
import { startTrainingService } from '../support/trained.ts'

const clients = await pythonClients(['kserve==0.21.0'])
const options = 'skip' in clients ? { skip: clients.skip } : {}

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
