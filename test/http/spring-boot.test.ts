// The Spring Boot application of examples/ against a worker with the role that it grants. Where there is no Maven, or
// Maven Central does not answer, that is said and nothing is tested.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { tokenByCommand } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { secretOf, startIssuer } from '../support/issuer.ts'
import { missingMaven, requireVerified, runMaven } from '../support/maven.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestProcess } from '../support/worker-process.ts'

const root = join(import.meta.dirname, '../..')
/** The first time Maven loads some hundred megabytes. */
const TIMEOUT_MS = 1_200_000
const ROLE = 'irises_worker'

interface Way {
  readonly name: string
  /** Settings of the worker beside those of every way, and what the application is told. */
  settle(
    t: Test,
    database: TestDatabase,
  ): Promise<{ worker: Record<string, string>; application: Record<string, string> }>
}

const ways: readonly Way[] = [
  { name: 'with nobody asked', settle: async () => ({ worker: {}, application: {} }) },
  {
    name: 'with an API token by a property',
    async settle(t, database) {
      await ownSchema(t, database)
      const token = await tokenByCommand(t, database, '--role', 'service')
      return { worker: { ACCESS: 'required' }, application: { WORKER_TOKEN: token } }
    },
  },
  {
    name: "with JWTs by Spring Security's client credentials",
    async settle(t, database) {
      await ownSchema(t, database)
      const issuer = await startIssuer(t, ['service'])
      const application = {
        SPRING_PROFILES_ACTIVE: 'issuer',
        IRISES_CLIENT_ID: 'service',
        IRISES_CLIENT_SECRET: secretOf('service'),
        ISSUER_TOKEN_URI: issuer.tokenUrl,
      }
      return { worker: { ACCESS: 'required', ...issuer.settings }, application }
    },
  },
]

async function ownSchema(t: Test, { url }: TestDatabase): Promise<void> {
  const environment = { DATABASE_URL: url, DATA_DIR: await dataFolder(t) }
  const { code, err } = await runCommandLine(['migrate', '--grant', ROLE], { environment })
  if (code !== 0) throw new Error(err)
}

const reason = missingMaven()
t.setTimeout(TIMEOUT_MS)
for (const { name, settle } of ways) {
  t.test(
    `the Spring Boot application trains, predicts and reads errors, ${name}`,
    { skip: reason ?? false },
    async (t) => {
      const database = await createTestDatabase(t)
      const { owner, url } = database
      // The application makes its tables itself.
      await owner.query('drop table model_run_metrics, model_runs, models')
      await owner.query(`drop role if exists ${ROLE}; create role ${ROLE} login password 'secret'`)
      t.teardown(() => owner.query(`drop owned by ${ROLE}; drop role ${ROLE}`))
      const settled = await settle(t, database)
      const worker = await startTestProcess(t, {
        DATABASE_URL: Object.assign(new URL(url), { username: ROLE, password: 'secret' }).href,
        DATA_DIR: await dataFolder(t),
        MODELS_DIR: join(root, 'statistical'),
        ...settled.worker,
      })
      const { host, pathname, username, password } = new URL(url)
      const end = await runMaven(join(root, 'examples/spring-boot'), {
        // The owner of the test's server has the name of the worker's schema, which would come first on its search path.
        SPRING_DATASOURCE_URL: `jdbc:postgresql://${host}${pathname}?currentSchema=public`,
        SPRING_DATASOURCE_USERNAME: username,
        SPRING_DATASOURCE_PASSWORD: password,
        WORKER_URL: worker.url,
        ...settled.application,
      })
      requireVerified(t, end)
    },
  )
}
