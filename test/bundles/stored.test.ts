// Bundles in a store, for containers that fetch them there: put once, found where the URL says, and kept while they are in use.
import { buffer } from 'node:stream/consumers'
import pg from 'pg'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { objectOwners } from '../../src/object-owners.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { startGuardedService } from '../support/access.ts'
import { deployableProject } from '../support/deployed.ts'
import { type Kubernetes, startKubernetes } from '../support/kubernetes.ts'
import { missing } from '../support/optional-package.ts'
import { dataFolder } from '../support/runs.ts'
import { startMoto } from '../support/storage-servers.ts'
import { until } from '../support/until.ts'

const SERVICES = '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices'
const absent = await missing('@aws-sdk/client-s3')
const [moto, kubernetes] = [absent === undefined ? await startMoto(t) : { skip: absent }, await startKubernetes(t)]
const skip = 'skip' in moto ? moto.skip : 'skip' in kubernetes ? kubernetes.skip : undefined

async function s3Settings(url: string) {
  const S3_BUCKET = 'bundles'
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3')
  const client = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: S3_BUCKET }))
  client.destroy()
  return { STORAGE_DRIVER: 's3', S3_ENDPOINT: url, S3_BUCKET, S3_ACCESS_KEY: 'key', S3_SECRET_KEY: 'secret' }
}

async function testStored(t: Test, url: string, { url: api, call }: Kubernetes): Promise<void> {
  const s3 = await s3Settings(url)
  const { admin, adminToken, service, database } = await startGuardedService(t, ['majority'], {
    ...s3,
    REVIEW_SELF: 'allow',
    KSERVE_IMAGE: 'registry.example.com/ml-worker:1',
    KSERVE_BUNDLES: 'store',
    KUBERNETES_API_URL: api,
    KUBERNETES_TOKEN_FILE: '',
  })
  const { versions } = await deployableProject(admin, 'kinds', ['majority'])
  const run = versions[0]?.run
  const deploy = { version: 1, target: 'kserve' }
  const path = '/api/projects/kinds/environments/production'
  await admin.post(`${path}/deployments`, deploy)
  let services: { spec: { predictor: { containers: { env: { name: string; value: string }[] }[] } } }[] = []
  await until(async () => {
    services = (await call('GET', SERVICES)).items
    return services.length > 0
  })
  const env = services[0]?.spec.predictor.containers[0]?.env ?? []
  const uri = env.find(({ name }) => name === 'STORAGE_URI')?.value ?? ''
  t.match(uri, new RegExp(`^s3://bundles/bundles/${run}/[0-9a-f]{64}\\.mlwb$`))

  const storage = await openStorage(readConfig({ ...s3, DATA_DIR: await dataFolder(t) }, false))
  const key = uri.slice('s3://bundles/'.length)
  const stored = await buffer(await storage.get(key))
  const response = await fetch(`${service.url}/api/projects/kinds/versions/1/bundle`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  t.ok(stored.equals(Buffer.from(await response.arrayBuffer())), 'the same bytes as the route gives')
  t.equal(`"${key.slice(key.lastIndexOf('/') + 1, -'.mlwb'.length)}"`, response.headers.get('etag'))

  // Again to another environment: it lies there once.
  await admin.post('/api/projects/kinds/environments/test/deployments', deploy)
  await until(async () => (await call('GET', SERVICES)).items.length === 2)
  t.equal((await storage.list({ prefix: 'bundles/', limit: 10 })).length, 1)

  const client = new pg.Client(database.url)
  await client.connect()
  try {
    const owners = objectOwners(client as never)
    const other = `bundles/${(run ?? 0) + 1}/${'0'.repeat(64)}.mlwb`
    t.same([...(await owners.inUse([key, other]))], [key], 'in use while a deployment is under way')
    for (const environment of ['production', 'test']) {
      await client.query(`update ml_worker.deployments set status = 'failed' where environment = $1`, [environment])
      const expected = environment === 'production' ? [key] : []
      t.same([...(await owners.inUse([key]))], expected, environment)
    }
  } finally {
    await client.end()
  }
}

t.test(
  'a bundle is stored, and is in use as long as a deployment may need it',
  skip === undefined ? {} : { skip },
  async (t) => {
    if ('skip' in moto || 'skip' in kubernetes) return
    await testStored(t, moto.url, kubernetes)
  },
)
