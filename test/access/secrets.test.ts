// Secrets that are planted in a worker as its operator runs it, and looked for in everything that it gives away: its output,
// spans, answers, the audit, the files of DATA_DIR and the tables.
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { bearer, idOf, tokenByCommand } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { AUDIENCE, newKeys, signed, startIssuer } from '../support/issuer.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { createRole } from '../support/roles.ts'
import { dataFolder } from '../support/runs.ts'
import { clientOf } from '../support/service.ts'
import { startMoto } from '../support/storage-servers.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const VALUE = 'Zebra7391'
const PASSWORD = 'Okapi4417secret'
const S3_SECRET_KEY = 'Kudu5209secretOfTheStore'
const BUCKET = 'planted'

t.test('no token, JWT, password, key or value of a row is in anything that the worker gives away', async (t) => {
  const database = await createOwnDatabase(t, ['majority', 'quoting'])
  const { role, url } = await createRole(t, database)
  await database.owner.query(`alter role ${role} password '${PASSWORD}'`)
  await database.owner.query(
    `grant select, update on models, model_runs to ${role}; grant select, insert on model_run_metrics to ${role};
     grant usage on all sequences in schema public to ${role}; grant insert on model_runs to ${role}`,
  )
  const environment = { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) }
  t.equal((await runCommandLine(['migrate', '--grant', role], { environment })).code, 0)
  const token = await tokenByCommand(t, database, '--role', 'admin')
  const issuer = await startIssuer(t, ['admin'])
  const jwt = await issuer.tokenOf('admin')
  const claims = { iss: issuer.url, aud: AUDIENCE, sub: 'x', roles: ['admin'], exp: 1 }
  const bad = [
    `mlw_${'z'.repeat(12)}_${'Q'.repeat(43)}`,
    await signed(issuer.keys(), claims),
    await signed(await newKeys(), claims),
  ]

  const keys = [randomBytes(32), randomBytes(32)] as const
  const keyFiles = await Promise.all(['hex', 'base64'].map(async (name) => join(await dataFolder(t), name)))
  await writeFile(keyFiles[0] as string, keys[0].toString('hex'), { mode: 0o600 })
  await writeFile(keyFiles[1] as string, `${keys[1].toString('base64')}\n`, { mode: 0o600 })
  // Without moto the objects lie in DATA_DIR, and the secret of the store is only configured.
  const moto = await startMoto(t)
  if ('skip' in moto) t.comment(moto.skip)
  else await fetch(`${moto.url}/${BUCKET}`, { method: 'PUT' })
  const s3 = { S3_BUCKET: BUCKET, S3_ACCESS_KEY: 'worker', S3_SECRET_KEY }
  const storage = 'skip' in moto ? s3 : { ...s3, STORAGE_DRIVER: 's3', S3_ENDPOINT: moto.url }

  const receiver = await startOtlpReceiver(t)
  const proxy = await createTcpProxy(t, Object.assign(new URL(url), { password: PASSWORD }).href)
  await proxy.open()
  const dataDir = await dataFolder(t)
  const logFile = join(await dataFolder(t), 'output')
  const settings = {
    PORT: '0',
    MODELS_DIR: join(import.meta.dirname, '../models'),
    TRAIN_THREADS: '1',
    OVERLOAD_DELAY_MS: '600000',
    DATABASE_URL: proxy.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'trace',
    ACCESS: 'required',
    FAILED_LOGINS_PER_MINUTE: '1000000',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    ENCRYPTION_KEY_FILE: keyFiles.join(','),
    ...storage,
    ...issuer.settings,
  }
  const worker = new WorkerProcess(settings, logFile)
  t.teardown(() => worker.kill('SIGKILL'))
  await worker.start()
  await worker.ready()

  const answers: string[] = []
  const features = [
    { a: 1, c: VALUE },
    { a: 2, c: 'other' },
    { a: 3, c: VALUE },
  ]
  const good = { features, labels: [{ y: `is ${VALUE}` }, { y: 'q' }, { y: 'q' }] }
  const csv = { 'content-type': 'text/csv' }
  const upload = async (client: ReturnType<typeof clientOf>, name: string, body: string) => {
    const answer = await client.post(`/api/datasets?name=${name}`, body, csv)
    answers.push(JSON.stringify(answer.body))
    return answer
  }
  const admin = clientOf(worker.url, bearer(token))
  const kept = await upload(admin, 'planted', `a,c,y\n${`1,${VALUE},p\n2,${VALUE} too,q\n`.repeat(20)}`)
  t.equal(kept.status, 201)
  const datasetId = String(kept.body.id)
  await until(async () => (await admin.get(`/api/datasets/${datasetId}/statistics`)).status === 200)
  const call = async (credential: string): Promise<void> => {
    const client = clientOf(worker.url, bearer(credential))
    const { paths } = (await client.get('/openapi.json')).body
    for (const [path, operations] of Object.entries<Record<string, object>>(paths)) {
      const called = path
        .replace('{model_run_id}', '1')
        .replace('{model_name}', 'majority')
        .replace('{model_version}', '1')
        .replace('{token_id}', '000000000000')
        .replace('{dataset_id}', datasetId)
      for (const method of Object.keys(operations)) {
        // Data sets are deleted at the end.
        if (method === 'delete') continue
        const query = path === '/api/predict' || path === '/api/train' ? '?model_run_id=1&model_name=majority' : ''
        const answer = method === 'get' ? await client.get(called) : await client.post(called + query, { x: 1 })
        answers.push(JSON.stringify([...answer.headers]), JSON.stringify(answer.body))
      }
    }
    for (const model of ['majority', 'quoting']) {
      const run = await database.insertRun(model)
      const { status } = await client.train(model, run, good)
      if (status === 200) await database.ended(run)
      await client.predict(run, { features })
      await client.predict(run, { features: [{ a: { [VALUE]: 1 } }] })
      await client.predict(run, `{"features": [{"a": ${VALUE}`)
    }
    for (const damaged of [`a,c\n1,"${VALUE}`, `a,a\n${VALUE},1\n`, `a,c\n1,${VALUE},${VALUE}\n`]) {
      await upload(client, 'damaged', damaged)
    }
    const run = await database.insertRun('majority')
    const { status } = await client.train('majority', run, { dataset: { id: Number(datasetId), labels: ['y'] } })
    if (status === 200) await database.ended(run)
  }
  for (const credential of [token, jwt, ...bad]) await call(credential)
  const made = await admin.post('/api/tokens', { label: 'x', roles: ['client'] })
  t.equal(made.status, 201)
  answers.push(JSON.stringify((await admin.get('/api/tokens')).body))
  const audit = (await admin.get('/api/audit-events', { accept: 'application/x-ndjson' })).body
  t.match(audit, `token/${idOf(token)}`, 'the id of a token is no secret')
  const objects = 'skip' in moto ? [] : await objectsOf(`${moto.url}/${BUCKET}`)
  await admin.delete(`/api/datasets/${datasetId}?purge=true`)
  const doctor = await runCommandLine(['doctor'], { environment: settings })
  t.match(doctor.out, /^ok +keys/m)
  await issuer.away()
  await proxy.shut()
  for (const credential of [token, ...bad]) {
    for (const path of ['/api/runs', '/api/health', '/metrics', '/api/tokens']) {
      const answer = await fetch(worker.url + path, { headers: bearer(credential) })
      answers.push(await answer.text())
    }
  }
  await proxy.open()
  await until(() => receiver.spans.length > 50)
  t.equal(await worker.kill('SIGTERM'), 0)

  const { rows: own } = await database.owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('ml_worker', 'ml_jobs')`,
  )
  const tables = await Promise.all(own.map(({ name }) => database.owner.query(`select * from ${name}`)))
  const files = await filesUnder(dataDir)
  const given: Record<string, string> = {
    'the output': await readFile(logFile, 'latin1'),
    'the spans': receiver.texts.join('\n'),
    'the audit': audit,
    'the tables of its own schema': JSON.stringify(tables.map(({ rows }) => rows)),
    'the files of DATA_DIR': files.join('\n'),
    'the answers': answers.join('\n'),
    'what the doctor says': doctor.out + doctor.err,
    ...('skip' in moto ? {} : { 'the store': objects.join('\n') }),
  }
  t.match(given['the output'], 'training succeeded')
  t.match(given['the output'], 'the database', 'the database was away')
  const signatures = [jwt, ...bad.slice(1)].map((credential) => credential.split('.')[2] as string)
  const secrets: Record<string, string> = {
    'the token': token.slice(17),
    'the new token': made.body.token.slice(17),
    'the wrong token': 'Q'.repeat(43),
    'the password': PASSWORD,
    'the secret of the store': S3_SECRET_KEY,
    ...Object.fromEntries(
      keys.flatMap((key, i) => [
        [`key ${i} in hex`, key.toString('hex')],
        [`key ${i} in base64`, key.toString('base64').slice(0, 42)],
        [`key ${i} in bytes`, key.toString('latin1')],
      ]),
    ),
    ...Object.fromEntries(signatures.map((signature, i) => [`JWT ${i}`, signature])),
  }
  for (const [place, text] of Object.entries(given)) {
    t.ok(text.length > 100 || place === 'the files of DATA_DIR', `there is something in ${place}`)
    for (const [name, secret] of Object.entries(secrets)) {
      t.notOk(text.includes(secret), `${name} is not in ${place}`)
    }
    // Answers are for whoever sent the rows, and a run that failed has the words of its class, which may quote them.
    if (['the output', 'the spans', 'the audit', 'what the doctor says', 'the store'].includes(place)) {
      t.notOk(text.includes(VALUE), `no value of a row is in ${place}`)
    }
  }
})

/** What stands in the objects of a bucket. */
async function objectsOf(bucket: string): Promise<string[]> {
  const listed = await (await fetch(`${bucket}?list-type=2`)).text()
  const names = Array.from(listed.matchAll(/<Key>([^<]+)<\/Key>/g), ([, name]) => name as string)
  const objects = names.map(async (name) => Buffer.from(await (await fetch(`${bucket}/${name}`)).arrayBuffer()))
  return [...names, ...(await Promise.all(objects)).map((bytes) => bytes.toString('latin1'))]
}

/** What stands in the files below a folder. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return Promise.all(paths.map((path) => readFile(path, 'latin1')))
}
