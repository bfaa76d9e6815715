// The Spring Boot application of examples/ against a worker with the role that it grants. Where there is no Maven, or
// Maven Central does not answer, that is said and nothing is tested.
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { missingMaven, requireVerified, runMaven } from '../support/maven.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestProcess } from '../support/worker-process.ts'

const root = join(import.meta.dirname, '../..')
/** The first time Maven loads some hundred megabytes. */
const TIMEOUT_MS = 1_200_000
const ROLE = 'irises_worker'

const reason = missingMaven()
t.setTimeout(TIMEOUT_MS)
t.test('the Spring Boot application trains, predicts and reads errors', { skip: reason ?? false }, async (t) => {
  const { owner, url } = await createTestDatabase(t)
  // The application makes its tables itself.
  await owner.query('drop table model_run_metrics, model_runs, models')
  await owner.query(`drop role if exists ${ROLE}; create role ${ROLE} login password 'secret'`)
  t.teardown(() => owner.query(`drop owned by ${ROLE}; drop role ${ROLE}`))
  const worker = await startTestProcess(t, {
    DATABASE_URL: Object.assign(new URL(url), { username: ROLE, password: 'secret' }).href,
    DATA_DIR: await dataFolder(t),
    MODELS_DIR: join(root, 'statistical'),
  })
  const { host, pathname, username, password } = new URL(url)
  const end = await runMaven(join(root, 'examples/spring-boot'), {
    SPRING_DATASOURCE_URL: `jdbc:postgresql://${host}${pathname}`,
    SPRING_DATASOURCE_USERNAME: username,
    SPRING_DATASOURCE_PASSWORD: password,
    WORKER_URL: worker.url,
  })
  requireVerified(t, end)
})
