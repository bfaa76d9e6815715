// A version deployed to KServe from the call to the answer: the worker makes the InferenceService, its container's command runs
// as a process of its own without a database, and predictions by project come out of it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../src/database/free-port.ts'
import { startGuardedService } from '../support/access.ts'
import { deployableProject, features } from '../support/deployed.ts'
import { KserveController } from '../support/kserve-controller.ts'
import { startKubernetes } from '../support/kubernetes.ts'
import { until } from '../support/until.ts'

const kubernetes = await startKubernetes(t)

t.test(
  'deployed, predicted with, replaced, failed and rolled back',
  'skip' in kubernetes ? kubernetes : {},
  async (t) => {
    if ('skip' in kubernetes) return
    const folder = t.testdir({ data: {} })
    const port = await freePort()
    const { admin, tokenOf } = await startGuardedService(t, ['forest', 'majority'], {
      REVIEW_SELF: 'allow',
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      KSERVE_IMAGE: 'registry.example.com/ml-worker:1',
      KSERVE_NAMESPACE: 'models',
      KSERVE_TOKEN_SECRET: 'bundles',
      KUBERNETES_API_URL: kubernetes.url,
      KUBERNETES_TOKEN_FILE: '',
    })
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, await tokenOf(['reviewer']))
    const controller = new KserveController(t, kubernetes, {
      namespace: 'models',
      tokenFile,
      environment: { DATA_DIR: join(folder, 'data') },
    })
    const { versions } = await deployableProject(admin, 'kinds', ['forest', 'majority'])
    const [first, second] = versions as [(typeof versions)[number], (typeof versions)[number]]
    const path = '/api/projects/kinds/environments/production'
    const deployments = `${path}/deployments`

    const ended = async (id: number, ...statuses: string[]) => {
      let found: { status: string; endpoint?: string; reason?: string } = { status: '' }
      await until(async () => {
        await controller.reconcile()
        found = (await admin.get(`${deployments}/${id}`)).body
        return statuses.includes(found.status)
      })
      return found
    }
    const deploy = async (version: number): Promise<number> => {
      const { status, body } = await admin.post(deployments, { version, target: 'kserve', settings: { cpu: '500m' } })
      t.equal(status, 202, JSON.stringify(body))
      return body.id
    }
    const predict = async () => (await admin.post('/api/projects/kinds/predict?probabilities=true', { features })).body

    const faulty = await admin.post(deployments, { version: 1, target: 'kserve', settings: { cpu: 'much', gpu: 1 } })
    t.match([faulty.status, faulty.body.errors.length], [400, 2])

    await admin.put('/api/projects/kinds/monitoring', { log: 'all', key_column: 'order' })
    const one = await deploy(first.version)
    t.match(await ended(one, 'active', 'failed'), { status: 'active', endpoint: /^http:\/\/127/ })
    const direct = (await admin.predict(first.run, { features }, '&probabilities=true')).body
    const { deployment, prediction_ids: ids, ...answer } = await predict()
    t.same(answer, direct, 'as the worker itself predicts')
    t.same(deployment, { id: one, version: first.version, environment: 'production' })
    t.equal(ids.length, features.length)
    const wrong = await admin.post('/api/projects/kinds/predict', { features: [{}] })
    t.match([wrong.status, wrong.body.code], [400, 'REQUEST_INVALID'], 'faults in the words of the container')

    // They are counted, and kept with the ids of the answer, as rows of the worker itself are.
    const counted = async () => (await admin.get('/api/projects/kinds/data-quality?window=24h')).body
    await until(async () => (await counted()).rows === features.length)
    const logged = async () => (await admin.get('/api/projects/kinds/predictions?limit=200')).body.predictions.length
    const { columns } = await counted()
    t.equal(columns.find(({ name }: { name: string }) => name === 'a').rows, features.length)
    await until(async () => (await admin.get(`/api/projects/kinds/predictions/${ids[0]}`)).status === 200)
    const { body: kept } = await admin.get(`/api/projects/kinds/predictions/${ids[0]}`)
    t.match(kept, {
      version: first.version,
      deployment_id: one,
      features: features[0],
      answer: direct.predictions[0].kind,
    })
    const keyed = [{ ...features[1], order: 'o-1' }]
    const dropped = await admin.post('/api/projects/kinds/predict?extra_columns=drop', { features: keyed })
    const [keyedId] = dropped.body.prediction_ids
    await until(async () => (await admin.get(`/api/projects/kinds/predictions/${keyedId}`)).body.key === 'o-1')
    const mistyped = await admin.post('/api/projects/kinds/predict', { features: [{ a: 'text', b: 1 }] })
    t.equal(mistyped.status, 400)
    await until(async () =>
      (await counted()).columns.some(({ wrong_type }: { wrong_type?: { got: object } }) => wrong_type !== undefined),
    )

    const before = await logged()
    for (const [query, body] of [
      ['', { features: keyed }],
      ['?foo=1', { features }],
      ['?probabilities=perhaps', { features }],
      ['?explain=true&explain_class=nobody', { features }],
    ] as const) {
      const { status } = await admin.post(`/api/projects/kinds/predict${query}`, body)
      t.equal(status, 400, query)
    }
    // Rows are looked at one request after the other.
    const { body: last } = await admin.post('/api/projects/kinds/predict', { features: features.slice(0, 1) })
    await until(
      async () => (await admin.get(`/api/projects/kinds/predictions/${last.prediction_ids[0]}`)).status === 200,
    )
    t.equal(await logged(), before + 1, 'what was refused is not kept')

    const many = Array.from({ length: 20_000 }, () => features[0])
    t.equal((await admin.post('/api/projects/kinds/predict', { features: many })).status, 200)
    t.match(
      (await admin.get('/metrics')).body,
      /^ml_worker_monitoring_dropped_total\{reason="elsewhere"\} 20000$/m,
      'a body of more than 128 KiB goes with its answer',
    )

    const two = await deploy(second.version)
    t.match(await ended(two, 'active', 'failed'), { status: 'active' })
    t.match(await predict(), { deployment: { id: two, version: second.version }, model_run_id: second.run })
    await until(async () => (await controller.reconcile()).join() === `kinds-production-${two}`)
    t.equal(controller.running.size, 1, 'the first is gone')

    await writeFile(tokenFile, await tokenOf(['client']))
    const three = await deploy(first.version)
    t.match(await ended(three, 'active', 'failed'), { status: 'failed', reason: /bundle is refused: FORBIDDEN/ })
    t.match(await predict(), { deployment: { id: two } }, 'the one before goes on')

    await writeFile(tokenFile, await tokenOf(['reviewer']))
    const { body: back } = await admin.post(`${path}/rollback`, {})
    t.match(await ended(back.id, 'active', 'failed'), { status: 'active' })
    t.match(await predict(), { deployment: { id: back.id, version: first.version } })

    const gone = await admin.delete(`${path}/current`)
    t.ok(gone.status < 300, JSON.stringify(gone.body))
    await until(async () => (await controller.reconcile()).length === 0)
    t.equal(controller.running.size, 0)
  },
)
