// The Spring Boot application of examples/ against a worker with the role that it grants. Where there is no Maven, or
// Maven Central does not answer, that is said and nothing is tested.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from './support/database.ts'
import { startTestProcess } from './support/process.ts'
import { dataFolder } from './support/runs.ts'

const root = join(import.meta.dirname, '..')
/** The first time Maven loads some hundred megabytes. */
const TIMEOUT_MS = 1_200_000
const ROLE = 'irises_worker'

/** Why it cannot be built here; undefined when it can. */
function missing(): string | undefined {
  const { error, stdout } = spawnSync('mvn', ['--version'], { encoding: 'utf8' })
  if (error !== undefined) return 'no mvn on the path'
  const [, java] = /^Java version: (\d+)/m.exec(stdout) ?? []
  return Number(java) >= 17 ? undefined : `Java 17 is needed; mvn has ${java}`
}

const reason = missing()
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
  const maven = spawn('mvn', ['-B', '-ntp', 'verify'], {
    cwd: join(root, 'examples/spring-boot'),
    env: {
      ...process.env,
      SPRING_DATASOURCE_URL: `jdbc:postgresql://${host}${pathname}`,
      SPRING_DATASOURCE_USERNAME: username,
      SPRING_DATASOURCE_PASSWORD: password,
      WORKER_URL: worker.url,
    },
  })
  let output = ''
  for (const stream of [maven.stdout, maven.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(maven, 'close')
  if (code !== 0 && /Could not transfer artifact/.test(output)) {
    t.pass('skipped: Maven Central does not answer', { skip: true })
    return
  }
  if (code !== 0) t.comment(output)
  t.equal(code, 0, 'mvn verify passes')
  t.match(/^.*Tests run: .*$/m.exec(output)?.[0], /Tests run: [1-9]\d*, Failures: 0, Errors: 0, Skipped: 0/)
})
