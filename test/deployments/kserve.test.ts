// The target kserve against the API of Kubernetes as fabric8's mock keeps it. The test does what KServe's controller would do.
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { KserveTarget } from '../../src/deployments/targets/kserve/kserve-target.ts'
import type { DeploymentPlan, Observed } from '../../src/deployments/targets/target.ts'
import { FaultList } from '../../src/model/faults.ts'
import { startKubernetes } from '../support/kubernetes.ts'

const kubernetes = await startKubernetes(t)
const options = 'skip' in kubernetes ? { skip: kubernetes.skip } : {}
const NAMESPACE = 'models'
const SERVICES = `/apis/serving.kserve.io/v1beta1/namespaces/${NAMESPACE}/inferenceservices`
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
const DIGEST = 'ab'.repeat(32)

const settings = {
  PUBLIC_URL: 'http://ml-worker.apps.svc:5001/',
  KSERVE_IMAGE: 'registry.example.com/ml-worker:1.2.3',
  KSERVE_NAMESPACE: NAMESPACE,
  KSERVE_BUNDLES: 'worker',
  KSERVE_TOKEN_SECRET: 'bundle-token',
  KSERVE_SERVICE_ACCOUNT: '',
  KUBERNETES_API_URL: 'skip' in kubernetes ? 'http://127.0.0.1:1' : kubernetes.url,
  KUBERNETES_TOKEN_FILE: '',
  KUBERNETES_CA_FILE: '',
} as const
const bundles = { stored: async () => ({ url: 's3://bucket/bundles/17/abc.mlwb' }) }
const targetWith = (more: object = {}) =>
  new KserveTarget({ ...settings, ...more }, { bundles, storageDriver: 'local' })
const target = targetWith()
const { signal } = new AbortController()

let lastId = 0
const planOf = (more: Partial<DeploymentPlan> = {}): DeploymentPlan => ({
  deploymentId: ++lastId,
  projectId: 3,
  projectName: 'Iris Species',
  environment: 'production',
  version: 2,
  runId: 17,
  modelName: 'iris_species',
  artifactSha256: DIGEST,
  settings: target.check({}, new FaultList()),
  instances: 1,
  ...more,
})
const nameOf = ({ deploymentId }: DeploymentPlan) => `iris-species-production-${deploymentId}`
const call = (...args: Parameters<Exclude<typeof kubernetes, { skip: string }>['call']>) => {
  if ('skip' in kubernetes) throw new Error(kubernetes.skip)
  return kubernetes.call(...args)
}

/** As KServe's controller: pods of an InferenceService in these states, and its own status. */
async function reconcile(plan: DeploymentPlan, status: object, pods: readonly object[] = []): Promise<void> {
  const name = nameOf(plan)
  for (const { metadata } of (await call('GET', PODS)).items) await call('DELETE', `${PODS}/${metadata.name}`)
  for (const [i, podStatus] of pods.entries()) {
    const labels = { 'serving.kserve.io/inferenceservice': name }
    const spec = { containers: [{ name: 'kserve-container', image: 'x' }] }
    await call('POST', PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-${i}`, labels },
      spec,
      status: podStatus,
    })
  }
  // Not by a patch: the mock adds to lists what the API would put in their place.
  const service = await call('GET', `${SERVICES}/${name}`)
  await call('PUT', `${SERVICES}/${name}`, { ...service, status })
}
const condition = (status: string, more: object = {}) => ({ type: 'Ready', status, ...more })
const readyPod = { conditions: [{ type: 'Ready', status: 'True' }] }
const readyAt = (url: string) => ({ address: { url }, url: 'http://outside', conditions: [condition('True')] })
const waitingFor = (reason: string, message: string) => ({
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [{ name: 'kserve-container', restartCount: 0, state: { waiting: { reason, message } } }],
})

async function made(t: Test, more: Partial<DeploymentPlan> = {}): Promise<DeploymentPlan> {
  const plan = planOf(more)
  t.match(await target.prepare(plan, signal), { state: 'in_progress', message: /is made/ })
  return plan
}

t.test('it is made once, waited for, and removed', options, async (t) => {
  const plan = await made(t)
  const before = await call('GET', `${SERVICES}/${nameOf(plan)}`)
  t.match(before, {
    kind: 'InferenceService',
    metadata: {
      labels: { 'ml-worker/deployment': String(plan.deploymentId), 'networking.kserve.io/visibility': 'cluster-local' },
      annotations: { 'serving.kserve.io/deploymentMode': 'RawDeployment', 'ml-worker/project-name': 'Iris Species' },
    },
    spec: { predictor: { minReplicas: 1, maxReplicas: 1 } },
  })
  const [container] = before.spec.predictor.containers
  t.equal(container.image, settings.KSERVE_IMAGE)
  t.match(
    container.args.join(' '),
    `--artifact http://ml-worker.apps.svc:5001/api/projects/3/versions/2/bundle --sha256 ${DIGEST}`,
  )
  t.match(container.args.join(' '), '--token-file /var/run/ml-worker/token')

  t.match(await target.prepare(plan, signal), { state: 'in_progress', message: /^0 of 1 instances are ready$/ })
  await reconcile(plan, {
    conditions: [condition('False', { reason: 'MinimumReplicasUnavailable', message: 'not yet' })],
  })
  t.match(await target.prepare(plan, signal), { state: 'in_progress', message: /MinimumReplicasUnavailable: not yet/ })
  await reconcile(plan, { conditions: [condition('True')] }, [readyPod])
  t.match(await target.prepare(plan, signal), { state: 'in_progress' }, 'without an address it is not ready')

  await reconcile(plan, readyAt('http://inside/'), [readyPod])
  const ready: Observed = { state: 'ready', endpoint: 'http://inside', instances: 1 }
  for (const step of ['prepare', 'activate', 'observe'] as const) t.same(await target[step](plan, signal), ready, step)
  t.equal((await call('GET', SERVICES)).items.length, 1)

  t.equal(await target.remove(plan, signal), true)
  t.equal(await target.remove(plan, signal), true, 'again')
  t.same((await call('GET', SERVICES)).items, [])
  t.same(await target.observe(plan, signal), { state: 'absent' })
})

t.test('a second worker adopts what is there, and what is of something else is left alone', options, async (t) => {
  const plan = await made(t)
  const other = targetWith()
  t.match(await other.prepare(plan, signal), { state: 'in_progress', message: /0 of 1/ })
  const both = planOf()
  const results = await Promise.all([target.prepare(both, signal), other.prepare(both, signal)])
  t.match(results, [{ state: 'in_progress' }, { state: 'in_progress' }])

  const foreign = { ...plan, artifactSha256: 'cd'.repeat(32) }
  t.match(await target.prepare(foreign, signal), {
    state: 'failed',
    reason: /has an InferenceService iris-species-production-\d+ of something else/,
  })
  t.same(await target.observe(foreign, signal), { state: 'absent' })
  t.equal(await target.remove(foreign, signal), true)
  t.match(await target.observe(plan, signal), { state: 'in_progress' }, 'it is still there')
  for (const each of [plan, both]) t.equal(await target.remove(each, signal), true)
})

t.test('it is scaled, and ready when all instances are', options, async (t) => {
  const plan = await made(t)
  await reconcile(plan, readyAt('http://inside'), [readyPod])
  const larger = { ...plan, instances: 3 }
  t.match(await target.prepare(larger, signal), { state: 'in_progress', message: /scaled to 3/ })
  const { spec } = await call('GET', `${SERVICES}/${nameOf(plan)}`)
  t.match(spec.predictor, { minReplicas: 3, maxReplicas: 3, containers: [{ name: 'kserve-container' }] })
  t.match(await target.prepare(larger, signal), { state: 'in_progress', message: /^1 of 3 instances are ready/ })
  const unscheduled = { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] }
  await reconcile(plan, readyAt('http://inside'), [readyPod, readyPod, unscheduled])
  t.match(await target.prepare(larger, signal), {
    state: 'in_progress',
    message: /^2 of 3 .*no node takes it: 0\/3 nodes are available/,
  })
  await reconcile(plan, readyAt('http://inside'), [readyPod, readyPod, readyPod])
  t.same(await target.prepare(larger, signal), { state: 'ready', endpoint: 'http://inside', instances: 3 })
  t.equal(await target.remove(larger, signal), true)
})

t.test('a change meanwhile is not written over', options, async (t) => {
  const plan = await made(t)
  const stale = await call('GET', `${SERVICES}/${nameOf(plan)}`)
  await reconcile(plan, readyAt('http://inside'), [readyPod])
  const change = {
    metadata: { resourceVersion: stale.metadata.resourceVersion },
    spec: { predictor: { minReplicas: 9 } },
  }
  await t.rejects(call('PATCH', `${SERVICES}/${nameOf(plan)}`, change), /409/, 'as the API answers')
  t.match(await target.prepare({ ...plan, instances: 2 }, signal), { state: 'in_progress', message: /scaled to 2/ })
  t.equal(await target.remove(plan, signal), true)
})

t.test('what does not come up by itself fails, with the reason', options, async (t) => {
  const notReady = { conditions: [condition('False')] }
  const ended = (restartCount: number) => ({
    containerStatuses: [
      {
        restartCount,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
        lastState: { terminated: { exitCode: 1, message: 'no class in statistical\n (MODELS_DIR) has the name "x"' } },
      },
    ],
  })
  const cases: [name: string, status: object, pods: object[], expected: object][] = [
    [
      'no image',
      notReady,
      [waitingFor('ImagePullBackOff', 'Back-off pulling image "registry.example.com/ml-worker:1.2.3"')],
      { state: 'failed', reason: /ImagePullBackOff: Back-off pulling image "registry/ },
    ],
    ['its first try', notReady, [waitingFor('ErrImagePull', 'x')], { state: 'in_progress' }],
    [
      'no secret',
      notReady,
      [waitingFor('CreateContainerConfigError', 'secret "bundle-token" not found')],
      { state: 'failed', reason: /secret "bundle-token" not found/ },
    ],
    [
      'an end',
      notReady,
      [ended(1)],
      { state: 'in_progress', message: /its container ended with 1: no class in statistical \(MODELS_DIR\)/ },
    ],
    [
      'many ends',
      notReady,
      [ended(3)],
      { state: 'failed', reason: /its container ended with 1: no class in statistical/ },
    ],
    [
      'a model that is blocked',
      {
        ...notReady,
        modelStatus: {
          transitionStatus: 'BlockedByFailedLoad',
          lastFailureInfo: { reason: 'ModelLoadFailed', message: 'no' },
        },
      },
      [],
      { state: 'failed', reason: 'BlockedByFailedLoad: ModelLoadFailed: no' },
    ],
    [
      'a pod beside one that answers',
      readyAt('http://inside'),
      [readyPod, waitingFor('ImagePullBackOff', 'x')],
      { state: 'ready', instances: 1 },
    ],
  ]
  const plan = await made(t)
  for (const [name, status, pods, expected] of cases) {
    await reconcile(plan, status, pods)
    t.match(await target.prepare(plan, signal), expected, name)
  }
  t.equal(await target.remove(plan, signal), true)
})

t.test('it predicts by the address of the container, in its words', options, async (t) => {
  const asked: object[] = []
  let answers = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { method, url, headers } = request
    asked.push({ method, url, type: headers['content-type'], accept: headers.accept, body })
    answers += 1
    if (answers === 1)
      response.writeHead(400, { 'content-type': 'application/problem+json' }).end('{"code":"REQUEST_INVALID"}')
    else response.writeHead(200, { 'content-type': 'text/csv' }).end('y\n1\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const plan = await made(t)
  const request = {
    body: Buffer.from('a\n1\n'),
    contentType: 'text/csv',
    accept: 'text/csv',
    query: 'probabilities=true',
  }
  await t.rejects(target.predict(plan, request, signal), /iris-species-production-\d+ has no address/)
  await reconcile(plan, readyAt(`http://127.0.0.1:${port}`), [readyPod])
  const first = await target.predict(plan, request, signal)
  t.same(
    { ...first, body: String(first.body) },
    { status: 400, contentType: 'application/problem+json', body: '{"code":"REQUEST_INVALID"}' },
  )
  const second = await target.predict(plan, { ...request, accept: undefined, query: '' }, signal)
  t.same({ ...second, body: String(second.body) }, { status: 200, contentType: 'text/csv', body: 'y\n1\n' })
  t.match(asked, [
    { method: 'POST', url: '/api/predict?probabilities=true', type: 'text/csv', accept: 'text/csv', body: 'a\n1\n' },
    { method: 'POST', url: '/api/predict' },
  ])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await t.rejects(target.predict(plan, request, signal), /^127\.0\.0\.1:\d+: /)
  await t.rejects(target.predict(plan, request, AbortSignal.abort(new Error('enough'))), /enough/)
  t.equal(await target.remove(plan, signal), true)
})

t.test('of a store KServe fetches it, and says which', options, async (t) => {
  const store = targetWith({ KSERVE_BUNDLES: 'store', KSERVE_SERVICE_ACCOUNT: 'reader' })
  const plan = planOf()
  await store.prepare(plan, signal)
  const { spec } = await call('GET', `${SERVICES}/${nameOf(plan)}`)
  const [container] = spec.predictor.containers
  t.match(container.args.join(' '), '--artifact /mnt/models/abc.mlwb')
  t.notMatch(container.args.join(' '), '--token-file')
  t.match(container.env, [{}, {}, {}, { name: 'STORAGE_URI', value: 's3://bucket/bundles/17/abc.mlwb' }])
  t.equal(spec.predictor.serviceAccountName, 'reader')
  t.equal(await store.remove(plan, signal), true)
})

t.test('it says what is not set up, and every fault of settings', async (t) => {
  t.equal(target.missing, undefined)
  t.equal(targetWith({ KSERVE_IMAGE: '', PUBLIC_URL: '' }).missing, 'the target kserve needs KSERVE_IMAGE, PUBLIC_URL')
  t.match(targetWith({ KSERVE_BUNDLES: 'store', PUBLIC_URL: '' }).missing, /needs STORAGE_DRIVER=s3, gcs or azure$/)
  const faults = new FaultList()
  target.check({ cpu: 2, memory: '512', visibility: 'all', gpu: 1, __proto__: null }, faults)
  t.same(faults.listed.map(({ parameter }) => parameter).sort(), [
    'settings.cpu',
    'settings.gpu',
    'settings.visibility',
  ])
  t.same(target.check({ cpu: '500m' }, new FaultList()), { cpu: '500m', memory: '1Gi', visibility: 'internal' })
})
