// Signed versions over HTTP: made with their number, verified by another tool, and refused once anything was changed.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createSigningKey } from '../../src/signing/signing-keys.ts'
import { startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { clientOf, startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const ROWS = Array.from({ length: 60 }, (_, i) => ({ a: i, b: (i * 7) % 5, kind: i % 11 < 6 ? 'low' : 'high' }))
const ONE = { features: [{ a: 1, b: 2 }] }

const folder = t.testdir()
const keyPath = join(folder, 'key')
const key = await createSigningKey(keyPath)
const next = await createSigningKey(join(folder, 'next'))
const stranger = await createSigningKey(join(folder, 'stranger'))

// The first worker signs nothing: version 1 is older than the key.
const LOCAL_STORAGE_DIR = join(folder, 'storage')
const unsigned = await startGuardedService(t, ['majority'], { LOCAL_STORAGE_DIR })
const { database, adminToken } = unsigned
const bearer = { authorization: `Bearer ${adminToken}` }
const common = {
  LOCAL_STORAGE_DIR,
  DATABASE_URL: database.url,
  ACCESS: 'required',
  FAILED_LOGINS_PER_MINUTE: 1_000_000,
}
const workerWith = async (settings: Record<string, string>) => {
  const service = await startTestService(t, { ...common, ...settings })
  const client = clientOf(service.service.url, bearer)
  await until(async () => (await client.get('/api/health/ready')).status === 200)
  return { ...service, client }
}
const signing = await workerWith({ SIGNING_KEY_FILE: keyPath, SIGNATURES: 'required' })
const { client } = signing
const rotated = await workerWith({
  SIGNING_KEY_FILE: join(folder, 'next'),
  SIGNING_TRUSTED_KEYS: key.publicPath,
  SIGNATURES: 'required',
})
const foreign = await workerWith({ SIGNING_TRUSTED_KEYS: stranger.publicPath, SIGNATURES: 'required' })

const csv = `a,b,kind\n${ROWS.map(({ a, b, kind }) => `${a},${b},${kind}\n`).join('')}`
await unsigned.admin.post('/api/datasets?name=kinds&labels=kind', csv, { 'content-type': 'text/csv' })
await unsigned.admin.post('/api/projects', {
  name: 'kinds',
  model_name: 'majority',
  dataset_name: 'kinds',
  validation_split: 0.25,
})
const path = (version: number) => `/api/projects/kinds/versions/${version}`

async function trainedBy(worker: typeof client, version: number): Promise<number> {
  const { status, body } = await worker.post('/api/projects/kinds/versions', { description: 'é' })
  if (status !== 202) throw new Error(JSON.stringify(body))
  await until(async () => (await worker.get(path(version))).status === 200)
  return (await worker.get(path(version))).body.model_run_id
}
const old = await trainedBy(unsigned.admin, 1)
const made = await trainedBy(client, 2)
const manifestIn = (envelope: { payload: string }) => JSON.parse(Buffer.from(envelope.payload, 'base64').toString())

t.test('a new version has a manifest that says all that is known of it', async (t) => {
  const { status, body, headers } = await client.get(`${path(2)}/manifest`)
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^application\/json/)
  t.match(body, { payloadType: 'application/vnd.ml-worker.version+json', signatures: [{ keyid: key.id }] })
  const known = (await client.get(path(2))).body
  t.match(manifestIn(body), {
    format: 1,
    project: { name: 'kinds' },
    version: 2,
    parent: 1,
    model_run_id: made,
    artifact: known.artifact,
    dataset: known.dataset,
    model_name: 'majority',
    labels: [],
    features: [],
    columns: { labels: ['kind'], features: ['a', 'b'] },
    parameters: known.parameters,
    metrics: known.metrics,
    split_seed: known.split_seed,
    worker_version: known.worker_version,
    created_at: known.created_at,
    created_by: known.created_by,
  })
  t.match(await client.get(`${path(2)}/manifest/verification`), { status: 200, body: { version: 2, key_id: key.id } })
  t.match(await client.get(`${path(1)}/manifest`), { status: 404, body: { code: 'MANIFEST_UNKNOWN' } })
})

t.test('OpenSSL verifies it, with the public half alone', async (t) => {
  const { body } = await client.get(`${path(2)}/manifest`)
  const payload = Buffer.from(body.payload, 'base64')
  const type = body.payloadType
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
  const [file, signature] = [join(folder, 'signed'), join(folder, 'signature')]
  await writeFile(signature, Buffer.from(body.signatures[0].sig, 'base64'))
  const verify = async (bytes: Buffer) => {
    await writeFile(file, bytes)
    const args = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      key.publicPath,
      '-rawin',
      '-in',
      file,
      '-sigfile',
      signature,
    ]
    return run('openssl', args).then(
      () => 'good',
      (error) => (error.code === 'ENOENT' ? 'missing' : 'bad'),
    )
  }
  const found = await verify(signed)
  if (found === 'missing') return t.comment('openssl is not installed: nothing was verified by it')
  t.equal(found, 'good')
  t.equal(await verify(Buffer.concat([signed, Buffer.from(' ')])), 'bad')
  const der = (
    await run('openssl', ['pkey', '-pubin', '-in', key.publicPath, '-outform', 'DER'], { encoding: 'buffer' })
  ).stdout
  t.equal(createHash('sha256').update(der).digest('hex'), key.id, 'the id is what anybody can compute')
})

t.test('a signed version predicts, one that is not does not, and a run that is no version does', async (t) => {
  t.equal((await client.predict(made, ONE)).status, 200)
  t.match(await client.predict(old, ONE), {
    status: 409,
    body: { code: 'VERSION_UNTRUSTED', detail: /version 1 \(run \d+\): it has none/ },
  })
  t.match(await client.post(`/v2/models/majority/versions/${old}/infer`, { inputs: [] }), { status: 409 })
  t.equal((await unsigned.admin.predict(old, ONE)).status, 200, 'where signatures are not required')
  const plain = await database.insertRun('majority')
  await client.train('majority', plain, {
    features: ROWS.map(({ a, b }) => ({ a, b })),
    labels: ROWS.map(({ kind }) => ({ kind })),
  })
  await database.ended(plain)
  t.equal((await client.predict(plain, ONE)).status, 200)
  t.ok(signing.logged.some(({ msg, runId }) => msg === 'a version is not loaded: it is not trusted' && runId === old))
  t.match((await client.get('/metrics')).body, /^ml_worker_versions_untrusted_total [1-9]/m)
  t.match(await client.get('/api/projects/kinds/comparison?versions=1,2'), {
    status: 409,
    body: { code: 'VERSION_UNTRUSTED' },
  })
})

t.test('a key that is not accepted vouches for nothing', async (t) => {
  const detail = new RegExp(`by no accepted key; it names "${key.id}"`)
  t.match(await foreign.client.predict(made, ONE), { status: 409, body: { code: 'VERSION_UNTRUSTED', detail } })
  t.match(await foreign.client.post(`${path(2)}/manifest`, ''), { status: 501, body: { code: 'SIGNING_OFF' } })
  t.equal((await rotated.client.predict(made, ONE)).status, 200, 'the old key is accepted beside the new one')
})

t.test('an administrator signs what was made before, once, and the audit knows', async (t) => {
  const scientist = clientOf(signing.service.url, {
    authorization: `Bearer ${await unsigned.tokenOf(['data_scientist'])}`,
  })
  t.match(await scientist.post(`${path(1)}/manifest`, ''), { status: 403 })
  t.equal((await scientist.get(`${path(2)}/manifest`)).status, 200)
  const signed = await client.post(`${path(1)}/manifest`, '')
  t.match(signed, { status: 200, body: { signatures: [{ keyid: key.id }] } })
  t.same((await client.post(`${path(1)}/manifest`, '')).body, signed.body)
  t.equal((await client.predict(old, ONE)).status, 200)
  const { audit_events: events } = (await client.get('/api/audit-events?action=version.sign')).body
  t.match(events, [{ action: 'version.sign', resource: /^project\/\d+\/version\/1$/ }])
  t.equal(events.length, 1)
  const anew = await rotated.client.post(`${path(1)}/manifest`, '')
  t.match(anew.body, { signatures: [{ keyid: next.id }] })
  t.match(await client.get(`${path(1)}/manifest/verification`), { status: 200, body: { key_id: key.id } }, 'both vouch')
})

t.test('the command line verifies with keys of its own', async (t) => {
  const environment = { ML_WORKER_URL: signing.service.url, ML_WORKER_TOKEN: adminToken }
  const version = (action: string, ...args: string[]) =>
    runCommandLine(['version', action, '--project', 'kinds', ...args], { environment })
  t.match(await version('verify', '--version', '2', '--keys', key.publicPath), {
    code: 0,
    out: new RegExp(`^version 2 is signed by key ${key.id}, and its artifact is the one`),
  })
  t.match(await version('verify', '--version', '2', '--keys', stranger.publicPath), {
    code: 1,
    err: /by no accepted key/,
  })
  t.match(await version('verify', '--version', '2'), { code: 1, err: /no key is accepted here/ })
  t.match(await version('manifest', '--version', '2'), { code: 0, out: /"sha256"/ })
  const compared = await version('compare', '--versions', '1,2')
  t.match(compared, { code: 0, out: /no version is shown to be better by accuracy/ })
  t.match(await runCommandLine(['signing-key', 'create', keyPath], { environment: {} }), {
    code: 1,
    err: /is there already/,
  })
})

t.test('whatever is changed in the database is found before it predicts', async (t) => {
  const { owner } = database
  const row = async (sql: string, ...values: unknown[]) => (await owner.query(sql, values)).rows[0]
  const { envelope } = await row(
    'select envelope from ml_worker.version_manifests where run_id = $1 and key_id = $2',
    made,
    key.id,
  )
  const { artifact_sha256: digest } = await row(
    'select artifact_sha256 from ml_worker.versions where run_id = $1',
    made,
  )
  const { run_result: result } = await row('select run_result from model_runs where id = $1', made)
  const other = (await row('select run_result from model_runs where id = $1', old)).run_result
  t.same(other, result, 'the same training gives the same bytes')
  const poisoned = await trainedOtherwise()
  const verdict = async () => (await client.get(`${path(2)}/manifest/verification`)).body.detail ?? 'good'
  const setEnvelope = (text: string) =>
    owner.query('update ml_worker.version_manifests set envelope = $1 where run_id = $2', [text, made])
  const fresh = await workerWith({ SIGNING_KEY_FILE: keyPath, SIGNATURES: 'required' })
  /** A worker that has not loaded it yet, or has seen that its row was changed. */
  const refused = async (reason: RegExp, name: string) => {
    await until(async () => (await fresh.client.predict(made, ONE)).status === 409)
    const { body } = await fresh.client.predict(made, ONE)
    t.match(body, { code: 'VERSION_UNTRUSTED', detail: reason }, name)
  }

  const setResult = async (bytes: Buffer) => {
    await owner.query('update model_runs set run_result = $1 where id = $2', [bytes, made])
  }
  await setResult(poisoned)
  t.match(await verdict(), /the stored artifact of version 2 .* it was/)
  await refused(/vouches for .*, and the stored artifact is/, 'another artifact')
  // With its digest in the table as well.
  const forged = createHash('sha256').update(poisoned).digest('hex')
  await owner.query('update ml_worker.versions set artifact_sha256 = $1 where run_id = $2', [forged, made])
  t.match(await verdict(), /says otherwise of artifact/)
  await refused(/vouches for/, 'another artifact, and its digest')
  // And in the manifest, which no key signed.
  const content = manifestIn(JSON.parse(envelope))
  const rewritten = { ...content, artifact: { ...content.artifact, sha256: forged } }
  const payload = Buffer.from(JSON.stringify(rewritten)).toString('base64')
  await setEnvelope(JSON.stringify({ ...JSON.parse(envelope), payload }))
  t.match(await verdict(), /is not what key .* signed/)
  await refused(/is not what key/, 'a forged manifest')
  await setResult(result)
  await owner.query('update ml_worker.versions set artifact_sha256 = $1 where run_id = $2', [digest, made])
  // The manifest of another version, whose artifact is the same.
  const first = (await client.get(`${path(1)}/manifest`)).body
  const { envelope: ofFirst } = await row(
    'select envelope from ml_worker.version_manifests where run_id = $1 and key_id = $2',
    old,
    key.id,
  )
  t.match(first, { payload: String })
  await setEnvelope(ofFirst)
  t.match(await verdict(), /says otherwise of version, model_run_id/)
  await refused(/is of another version/, 'the manifest of a sister')
  await setEnvelope(envelope)
  await owner.query(`update ml_worker.versions set metrics = '{"accuracy": 1}' where run_id = $1`, [made])
  t.match(await verdict(), /says otherwise of metrics/)
  await owner.query('update ml_worker.versions set metrics = $1 where run_id = $2', [
    JSON.stringify(content.metrics),
    made,
  ])
  t.equal(await verdict(), 'good')
  await until(async () => (await fresh.client.predict(made, ONE)).status === 200)
})

/** An artifact of the same model that answers otherwise. */
async function trainedOtherwise(): Promise<Buffer> {
  const run = await database.insertRun('majority')
  const rows = { features: ROWS.map(({ a, b }) => ({ a, b })), labels: ROWS.map(() => ({ kind: 'high' })) }
  await client.train('majority', run, rows)
  await database.ended(run)
  const { rows: found } = await database.owner.query<{ run_result: Buffer }>(
    'select run_result from model_runs where id = $1',
    [run],
  )
  return found[0]?.run_result as Buffer
}

t.test('the doctor tells which keys sign and are accepted, and what is wrong with them', async (t) => {
  const subjectOf = async (settings: Record<string, string>) => {
    const { out } = await runCommandLine(['doctor', '--json'], {
      environment: { DATABASE_URL: database.url, ...settings },
    })
    return JSON.parse(out).checks.filter(({ subject }: { subject: string }) => subject === 'signing')
  }
  t.match(await subjectOf({ SIGNING_KEY_FILE: keyPath, SIGNATURES: 'required' }), [
    { level: 'ok', detail: new RegExp(`key ${key.id} signs new versions; accepted keys: 1; versions predict only`) },
  ])
  t.match(await subjectOf({ SIGNING_TRUSTED_KEYS: key.publicPath, SIGNATURES: 'required' }), [
    { level: 'warning', detail: /no key signs new versions/, remedy: /SIGNING_KEY_FILE/ },
  ])
  const unsigned = await subjectOf({ SIGNING_TRUSTED_KEYS: stranger.publicPath, SIGNATURES: 'required' })
  t.match(unsigned[1], { level: 'warning', detail: /that no accepted key has signed, and that do not predict: 2$/ })
  t.match(await subjectOf({ SIGNING_KEY_FILE: join(folder, 'none') }), [{ level: 'error', detail: /cannot be read/ }])
  t.same(await subjectOf({}), [])
})
