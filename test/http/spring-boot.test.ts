// The Spring Boot application of examples/ against a worker with the role that it grants, whose webhook it is. Where there
// is no Maven, or Maven Central does not answer, that is said and nothing is tested.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../../src/database/free-port.ts'
import { bearer, tokenByCommand } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { secretOf, startIssuer } from '../support/issuer.ts'
import { missingMaven, requireVerified, runMaven } from '../support/maven.ts'
import { dataFolder } from '../support/runs.ts'
import { clientOf } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const root = join(import.meta.dirname, '../..')
/** The first time Maven loads some hundred megabytes. */
const TIMEOUT_MS = 1_200_000
const ROLE = 'irises_worker'
const EVENTS = ['run.ended', 'review.decided', 'deployment.changed']

interface Settled {
  /** Settings of the worker beside those of every way. */
  readonly worker: Readonly<Record<string, string>>
  /** What the application is told. */
  readonly application: Readonly<Record<string, string>>
  /** Of an administrator of the worker. */
  readonly headers: Record<string, string>
}

interface Way {
  readonly name: string
  settle(t: Test, database: TestDatabase): Promise<Settled>
}

const ways: readonly Way[] = [
  {
    name: 'with nobody asked, and exported runs in its own process',
    settle: async () => ({ worker: {}, application: { IRISES_ONNX: 'true' }, headers: {} }),
  },
  {
    name: 'with API tokens by properties',
    async settle(t, database) {
      const tokenOf = (role: string) => tokenByCommand(t, database, '--role', role)
      const application = { WORKER_TOKEN: await tokenOf('service'), WORKER_REVIEWER_TOKEN: await tokenOf('reviewer') }
      return { worker: { ACCESS: 'required' }, application, headers: bearer(await tokenOf('admin')) }
    },
  },
  {
    name: "with JWTs by Spring Security's client credentials",
    async settle(t) {
      const issuer = await startIssuer(t, ['service', 'reviewer', 'admin'])
      const application = {
        SPRING_PROFILES_ACTIVE: 'issuer',
        IRISES_CLIENT_ID: 'service',
        IRISES_CLIENT_SECRET: secretOf('service'),
        REVIEWER_CLIENT_ID: 'reviewer',
        REVIEWER_CLIENT_SECRET: secretOf('reviewer'),
        ISSUER_TOKEN_URI: issuer.tokenUrl,
      }
      const headers = bearer(await issuer.tokenOf('admin'))
      return { worker: { ACCESS: 'required', ...issuer.settings }, application, headers }
    },
  },
]

async function makeOwnSchema(t: Test, { url }: TestDatabase): Promise<void> {
  const environment = { DATABASE_URL: url, DATA_DIR: await dataFolder(t) }
  const { code, err } = await runCommandLine(['migrate', '--grant', ROLE], { environment })
  if (code !== 0) throw new Error(err)
}

const reason = missingMaven()
t.setTimeout(TIMEOUT_MS)
for (const { name, settle } of ways) {
  t.test(
    `the Spring Boot application trains, releases, is told of it, and reads errors, ${name}`,
    { skip: reason ?? false },
    async (t) => {
      const database = await createTestDatabase(t)
      const { owner, url } = database
      // The application makes its tables itself.
      await owner.query('drop table model_run_metrics, model_runs, models')
      await owner.query(`drop role if exists ${ROLE}; create role ${ROLE} login password 'secret'`)
      t.teardown(() => owner.query(`drop owned by ${ROLE}; drop role ${ROLE}`))
      await makeOwnSchema(t, database)
      const { worker: settings, application, headers } = await settle(t, database)
      const worker = await startTestProcess(t, {
        DATABASE_URL: Object.assign(new URL(url), { username: ROLE, password: 'secret' }).href,
        DATA_DIR: await dataFolder(t),
        MODELS_DIR: join(root, 'statistical'),
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        ...settings,
      })
      const port = await freePort()
      const webhook = { url: `http://127.0.0.1:${port}/hooks/ml`, events: EVENTS }
      const administrator = clientOf(worker.url, headers)
      // A worker that has just started may say that it has too much to do.
      let made = await administrator.post('/api/webhooks', webhook)
      await until(async () => {
        if (made.status === 503) made = await administrator.post('/api/webhooks', webhook)
        return made.status !== 503
      })
      t.equal(made.status, 201, made.body.detail)
      const { host, pathname, username, password } = new URL(url)
      const end = await runMaven(join(root, 'examples/spring-boot'), {
        // The owner of the test's server has the name of the worker's schema, which would come first on its search path.
        SPRING_DATASOURCE_URL: `jdbc:postgresql://${host}${pathname}?currentSchema=public`,
        SPRING_DATASOURCE_USERNAME: username,
        SPRING_DATASOURCE_PASSWORD: password,
        WORKER_URL: worker.url,
        IRISES_WEBHOOK_PORT: String(port),
        IRISES_WEBHOOK_SECRET: made.body.secret,
        ...application,
      })
      requireVerified(t, end)
    },
  )
}
