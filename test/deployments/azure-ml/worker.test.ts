// A worker that deploys to Azure, from the training to the prediction: its store is Azurite, and what the fake starts for a deployment
// is the image of examples/azure-ml, without the container: the same command, with the bundle that the model's URI leads to.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../../../src/database/free-port.ts'
import { createOwnDatabase } from '../../support/database.ts'
import { inferenceSample } from '../../support/inference-sample.ts'
import { missing } from '../../support/optional-package.ts'
import { root } from '../../support/pages.ts'
import { startTestService, type TestService } from '../../support/service.ts'
import { AZURITE_ACCOUNT, startAzurite } from '../../support/storage-servers.ts'
import { until } from '../../support/until.ts'
import { FakeAzure } from './fake-azure.ts'
import type { FakeDeployment } from './fake-workspace.ts'

const CONTAINER = 'worker'
const MODELS_DIR = join(import.meta.dirname, '../../models')

interface Image {
  readonly command: readonly string[]
  readonly port: string
}

const absent = await missing('@azure/storage-blob')
const azurite = absent === undefined ? await startAzurite(t) : { skip: absent }
const options = 'skip' in azurite ? { skip: azurite.skip } : {}
const { account, key } = AZURITE_ACCOUNT
const endpoint = 'skip' in azurite ? '' : `${azurite.url}/${account}`
const blobs = async () => {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob')
  return new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, key)).getContainerClient(CONTAINER)
}

t.test(
  'a version goes to Azure, answers there as here, and leaves nothing',
  { ...options, timeout: 300_000 },
  async (t) => {
    await (await blobs()).create()
    const azure = await FakeAzure.start(t)
    azure.workspace.looks = 1
    azure.workspace.staleLooks = 0
    const database = await createOwnDatabase(t)
    await database.registerModel('forest')
    const service = await startTestService(t, {
      DATABASE_URL: database.url,
      ...azure.settings,
      STORAGE_DRIVER: 'azure',
      AZURE_STORAGE_CONTAINER: CONTAINER,
      AZURE_STORAGE_ACCOUNT: account,
      AZURE_STORAGE_KEY: key,
      AZURE_STORAGE_ENDPOINT: endpoint,
    })
    const { runId, rows } = await trainVersion(service)
    const expected = await service.predict(runId, { features: rows }, '&probabilities=true')

    const place = '/api/projects/things/environments/production'
    const refused = await service.post(`${place}/deployments`, {
      version: 1,
      target: 'azure_ml',
      settings: { nodes: 2 },
    })
    t.match(refused, { status: 400, body: { errors: [{ parameter: 'settings.nodes' }] } })
    const asked = await service.post(`${place}/deployments`, { version: 1, target: 'azure_ml' })
    t.match(asked, { status: 202, body: { target: 'azure_ml' } })
    await until(() => deploymentsOf(azure).length === 1)
    const [deployment] = deploymentsOf(azure) as [FakeDeployment]
    deployment.looksLeft = Number.POSITIVE_INFINITY
    const url = await startImage(t, azure, deployment)
    azure.container = async ({ headers, query, body }) => {
      const type = headers['content-type'] as string
      const answer = await fetch(`${url}/api/predict${query}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: bytes }
    }
    deployment.looksLeft = 1
    await until(async () => (await service.get(`${place}/current`)).status === 200)
    const { body: current } = await service.get(`${place}/current`)
    t.match(current, { status: 'active', version: 1, instances: 1 })
    t.match(current.endpoint, /^http:\/\/127\.0\.0\.1:\d+\/score\/mlw-production-[a-z2-7]{12}\/api\/predict$/)

    const scored = await fetch(`${current.endpoint}?probabilities=true`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${azure.key}`,
        'content-type': 'application/json',
        'azureml-model-deployment': deployment.resource.name,
      },
      body: JSON.stringify({ features: rows }),
    })
    t.same(await scored.json(), expected.body, 'the endpoint answers as the worker does')

    const predict = (accept = 'application/json') =>
      service.post('/api/projects/things/predict?probabilities=true', { features: rows }, { accept })
    const { deployment: named, prediction_ids: ids, ...answer } = (await predict()).body
    t.same(answer, expected.body, 'the project answers with it')
    t.same(named, { id: current.id, version: 1, environment: 'production' })
    t.equal(ids.length, rows.length)
    const wrong = await service.post('/api/projects/things/predict', { features: [{}] })
    t.match(wrong, { status: 400, body: { code: 'REQUEST_INVALID' } })
    t.match((await predict('text/csv')).body, { code: 'ANSWER_TYPE_UNSUPPORTED' })
    t.match((await service.post('/v2/models/things/infer', { inputs: [] })).body, { code: 'DEPLOYED_ELSEWHERE' })
    t.match((await service.get(`${place}/current/health`)).body, { id: current.id, target: 'azure_ml', healthy: true })

    // While it goes from there to here no prediction fails, though nothing of it is left there.
    const { body: here } = await service.post(`${place}/deployments`, { version: 1 })
    const seen: number[] = []
    await until(async () => {
      const { status, body } = await predict()
      seen.push(status)
      return body.deployment.id === here.id && azure.workspace.endpoints.size === 0
    })
    t.same([...new Set(seen)], [200])

    t.equal((await service.delete(`${place}/current`)).status, 200)
    await until(() => azure.workspace.endpoints.size === 0)
    t.same(azure.faults, [])
  },
)

async function trainVersion(service: TestService) {
  const sample = await inferenceSample()
  const lines = sample.features.map((row, i) => `${JSON.stringify({ ...row, ...sample.labels[i] })}\n`)
  const labels = encodeURIComponent(JSON.stringify(Object.keys(sample.labels[0] as object)))
  await service.post(`/api/datasets?name=things&labels=${labels}`, lines.join(''), {
    'content-type': 'application/x-ndjson',
  })
  await service.post('/api/projects', { name: 'things', model_name: 'forest', dataset_name: 'things' })
  const trained = await service.post('/api/projects/things/versions', {})
  if (trained.status !== 202) throw new Error(JSON.stringify(trained.body))
  const path = '/api/projects/things/versions/1'
  await until(async () => (await service.get(path)).status === 200)
  const approved = await service.post(`${path}/reviews`, { decision: 'approved' })
  if (approved.status !== 201) throw new Error(JSON.stringify(approved.body))
  return { runId: (await service.get(path)).body.model_run_id as number, rows: sample.features.slice(0, 5) }
}

function deploymentsOf(azure: FakeAzure): FakeDeployment[] {
  return [...azure.workspace.endpoints.values()].flatMap(({ deployments }) => [...deployments.values()])
}

/** Starts what Azure would: the image with the model in its folder. Resolves when it is ready, by the route that Azure asks. */
async function startImage(t: Test, azure: FakeAzure, { resource }: FakeDeployment): Promise<string> {
  const { model, environmentId, modelMountPath } = resource.properties
  const assets = [...azure.workspace.models.values(), ...azure.workspace.environments.values()] as FakeAsset[]
  const propertiesOf = (id: unknown) => assets.find((asset) => asset.id === id)?.properties as Record<string, unknown>
  const [, blob = ''] = /\/datastores\/bundles\/paths\/(.+)$/.exec(propertiesOf(model)['modelUri'] as string) ?? []
  const folder = t.testdir()
  const modelFolder = join(folder, modelMountPath as string)
  const version = join(modelFolder, 'name', '1')
  await mkdir(version, { recursive: true })
  const container = await blobs()
  await container.getBlobClient(blob).downloadToFile(join(version, basename(blob)))

  const { livenessRoute, readinessRoute, scoringRoute } = propertiesOf(environmentId)['inferenceConfig'] as Routes
  const { command, port: imagePort } = await readImage(modelMountPath as string)
  t.same([livenessRoute.port, readinessRoute.port, scoringRoute.port].map(String), [imagePort, imagePort, imagePort])
  t.equal(scoringRoute.path, '/api/predict')
  const port = String(await freePort())
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const env = { PATH, PORT: port, MODELS_DIR, MODEL_FOLDER: modelFolder, DATA_DIR: join(folder, 'data') }
  const [program, ...rest] = command as [string, ...string[]]
  const child = spawn(program, rest, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
  t.teardown(() => ended(child))
  const url = `http://127.0.0.1:${port}`
  for (const { path } of [readinessRoute, livenessRoute]) {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`the image ended with ${child.exitCode}`)
      return fetch(`${url}${path}`).then(
        ({ status }) => status === 200,
        () => false,
      )
    })
  }
  return url
}

interface Route {
  readonly port: number
  readonly path: string
}
interface Routes {
  readonly livenessRoute: Route
  readonly readinessRoute: Route
  readonly scoringRoute: Route
}
interface FakeAsset {
  readonly id: string
  readonly properties: object
}

/** folder: where the image must look for the model. */
async function readImage(folder: string): Promise<Image> {
  const image = await readFile(join(root, 'examples/azure-ml/Dockerfile'), 'utf8')
  if (!image.includes(`ENV MODEL_FOLDER=${folder}\n`)) throw new Error(`the image does not look into ${folder}`)
  const [, port = ''] = /\bPORT=(\d+)/.exec(await readFile(join(root, 'Dockerfile'), 'utf8')) ?? []
  return { command: JSON.parse(/^CMD (.+)$/m.exec(image)?.[1] ?? '[]'), port }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill()
  await once(child, 'exit')
}
