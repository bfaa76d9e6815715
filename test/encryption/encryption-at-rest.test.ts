// What is encrypted at rest, through the real worker: kills, restarts, keys that come, change and are missing.
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { trainerEnvironment } from '../../src/config.ts'
import { createKeyFile, readKeys } from '../../src/encryption/key-file.ts'
import { isSealed, keyIdIn } from '../../src/encryption/sealed-layout.ts'
import { EncryptedStorage } from '../../src/storage/encrypted-storage.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { dataFolder, gate, heldBy, openGate } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess, type TestProcess } from '../support/worker-process.ts'

const SECRET = 'planted-e5b1c0de'
/** Large enough to come by a file, and the intake thread. */
const LARGE = 12_000

/** Rows of a column whose categories begin with the secret. */
function rowsOf(count: number): { features: object[]; labels: object[] } {
  const category = (i: number): string => `${SECRET}-${'abc'[i % 3]}`
  return {
    features: Array.from({ length: count }, (_, i) => ({ a: (i * 7) % 10, c: category(i) })),
    labels: Array.from({ length: count }, (_, i) => ({ y: i % 3 === 0 ? 'yes' : 'no' })),
  }
}

const asked = { features: [{ a: 1, c: `${SECRET}-a` }] }

interface Keys {
  readonly paths: readonly string[]
  readonly ids: readonly string[]
}

async function makeKeys(t: Test, count: number): Promise<Keys> {
  const folder = await dataFolder(t)
  const paths = Array.from({ length: count }, (_, i) => join(folder, `key-${i}`))
  return { paths, ids: await Promise.all(paths.map(createKeyFile)) }
}

/** The files below a folder that hold the secret, but for the database's. */
async function filesWithSecret(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path).catch(() => Buffer.alloc(0))).includes(SECRET)) found.push(path)
  }
  return found
}

async function openDatabase(t: Test): Promise<TestDatabase> {
  const database = await createTestDatabase(t)
  for (const model of ['forest', 'held_open']) await database.registerModel(model)
  return database
}

async function train(worker: TestProcess, database: TestDatabase, model: string, body: object): Promise<number> {
  const run = await database.insertRun(model)
  const answer = await worker.train(model, run, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return run
}

async function resultOf(database: TestDatabase, run: number): Promise<Buffer> {
  const { run_result: result } = await database.run(run)
  if (result === null) throw new Error(`run ${run} has no result`)
  return result
}

t.test('the rows of a run are nowhere in the clear, over a kill, until its report', async (t) => {
  const [database, dataDir, { paths, ids }] = [await openDatabase(t), await dataFolder(t), await makeKeys(t, 2)]
  const [old, fresh] = paths as [string, string]
  const common = { DATABASE_URL: database.url, DATA_DIR: dataDir }
  await chmod(old, 0o644)
  const worker = await startTestProcess(t, { ...common, ENCRYPTION_KEY_FILE: old })
  t.ok(
    worker.logged.some(({ msg, level }) => level === 40 && /key-0 has the permissions 644/.test(String(msg))),
    'a key that others can read is told',
  )
  const open = gate(t)
  const held = await train(worker, database, 'held_open', { ...rowsOf(300), parameters: heldBy(open).parameters })
  await until(async () => (await database.run(held)).run_status === 'RUNNING')
  const small = await train(worker, database, 'forest', rowsOf(300))
  const large = await train(worker, database, 'forest', rowsOf(LARGE))
  const names = (await readdir(join(dataDir, 'spool'))).filter((name) => name.endsWith('.run'))
  t.equal(names.length, 3)
  t.same(await filesWithSecret(dataDir), [], 'while they wait')
  await worker.end('SIGKILL')
  t.same(await filesWithSecret(dataDir), [], 'after a kill')

  await t.rejects(startTestProcess(t, common), { message: new RegExp(`ENCRYPTION_KEY_FILE: runs .*${ids[0]}`) })
  await t.rejects(startTestProcess(t, { ...common, ENCRYPTION_KEY_FILE: fresh }), { message: /name its file as well/ })
  await openGate(open)
  const next = await startTestProcess(t, { ...common, ENCRYPTION_KEY_FILE: `${fresh},${old}` })
  for (const run of [held, small, large]) {
    t.equal(await database.ended(run), 'SUCCESS')
    const result = await resultOf(database, run)
    t.ok(isSealed(result))
    t.equal(keyIdIn(result), ids[1], 'under the key that is the first now')
    t.notOk(result.includes(SECRET))
  }
  t.equal((await next.predict(small, asked)).status, 200)
  const many = await next.predict(large, { features: rowsOf(LARGE).features })
  t.equal(many.body.predictions?.length ?? many.body.length, LARGE)
  t.equal((await next.get(`/api/runs/${small}/report`)).status, 200)
  await until(async () => (await readdir(join(dataDir, 'spool'))).length === 0)
  t.same(await filesWithSecret(dataDir), [])
  t.notOk((await database.snapshot()).includes(SECRET))
  t.equal(await next.end('SIGTERM'), 0)
})

t.test('without a key the secret is where it was: the test above can find it', async (t) => {
  const [database, dataDir] = [await openDatabase(t), await dataFolder(t)]
  const worker = await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: dataDir })
  const open = gate(t)
  const held = await train(worker, database, 'held_open', { ...rowsOf(300), parameters: heldBy(open).parameters })
  const run = await train(worker, database, 'forest', rowsOf(300))
  t.match(await filesWithSecret(dataDir), [/\.run$/, /\.run$/])
  await openGate(open)
  for (const each of [held, run]) t.equal(await database.ended(each), 'SUCCESS')
  t.ok((await resultOf(database, run)).includes(SECRET))
})

t.test('old and new, plain and encrypted side by side; rotation; a key that is missing', async (t) => {
  const [database, dataDir, { paths, ids }] = [await openDatabase(t), await dataFolder(t), await makeKeys(t, 2)]
  const [old, fresh] = paths as [string, string]
  const common = { DATABASE_URL: database.url, DATA_DIR: dataDir }
  const start = (...keys: string[]) => startTestProcess(t, { ...common, ENCRYPTION_KEY_FILE: keys.join(',') })
  const rotate = (keys: string, ...options: string[]) =>
    runCommandLine(['rotate-keys', ...options], { environment: { ...common, ENCRYPTION_KEY_FILE: keys } })

  const plainWorker = await startTestProcess(t, common)
  const first = await train(plainWorker, database, 'forest', rowsOf(300))
  t.equal(await database.ended(first), 'SUCCESS')
  const predicted = async (of: TestProcess, run: number) => ({
    ...(await of.predict(run, asked)).body,
    model_run_id: 0,
  })
  const expected = await predicted(plainWorker, first)
  const details = (await plainWorker.get(`/api/runs/${first}`)).body
  await plainWorker.end('SIGTERM')
  const plain = await resultOf(database, first)

  const worker = await start(old)
  const second = await train(worker, database, 'forest', rowsOf(300))
  t.equal(await database.ended(second), 'SUCCESS')
  for (const run of [first, second]) t.same(await predicted(worker, run), expected, `run ${run}`)
  const driver = new LocalStorage(join(dataDir, 'storage'))
  const { keys } = await readKeys(old)
  const storage = new EncryptedStorage({ driver, keys, folder: join(dataDir, 'sealing') })
  await storage.put('an/object', Readable.from([randomBytes(100_000)]), { byteLengthMax: 100_000 })

  const planned = await rotate(`${fresh},${old}`, '--dry-run', '--encrypt-plain')
  t.equal(planned.code, 1)
  t.match(planned.out, /objects of the storage: 1 to be brought to the first key/)
  t.match(planned.out, /results of runs: 1 to be brought to the first key; 1 to be encrypted/)
  t.ok((await resultOf(database, first)).equals(plain), 'a dry run changes nothing')

  await worker.end('SIGTERM')
  const next = await start(fresh, old)
  const before = await resultOf(database, second)
  const rotated = await rotate(`${fresh},${old}`)
  t.equal(rotated.code, 0, rotated.err)
  t.match(rotated.out, /results of runs: 1 brought to the first key; 1 in the clear/)
  t.match(rotated.out, new RegExp(`no longer needed here: key ${ids[0]}`))
  const after = await resultOf(database, second)
  t.ok(after.subarray(92).equals(before.subarray(92)), 'the chunks stay')
  t.equal(keyIdIn(after), ids[1])
  t.ok((await resultOf(database, first)).equals(plain), 'what is plain stays so unless it is asked for')
  t.equal((await rotate(`${fresh},${old}`, '--encrypt-plain')).code, 0)
  t.match((await rotate(`${fresh},${old}`)).out, /results of runs: 2 under the first key already/)
  for (const run of [first, second]) {
    t.notOk((await resultOf(database, run)).includes(SECRET))
    t.same(await predicted(next, run), expected, 'beside a running worker')
  }
  await next.end('SIGTERM')

  const newAlone = await start(fresh)
  for (const run of [first, second]) t.same(await predicted(newAlone, run), expected, 'the old key is gone')
  t.equal((await newAlone.get(`/api/runs/${second}/report`)).status, 200)
  t.same((await newAlone.get(`/api/runs/${first}`)).body.parameters, details.parameters)
  await newAlone.end('SIGTERM')

  for (const keys of [[old], []]) {
    const without = await start(...keys)
    const refused = await without.predict(second, asked)
    const detail = new RegExp(`run ${second}: encrypted with a key that is not in ENCRYPTION_KEY_FILE: id ${ids[1]}`)
    t.match(refused.body, { code: 'ARTIFACT_UNUSABLE', detail })
    t.match((await without.get(`/api/runs/${second}/report`)).body, { code: 'ARTIFACT_UNUSABLE', detail })
    t.equal((await without.get(`/api/runs/${second}`)).status, 200, 'what is known besides is shown')
    await without.end('SIGTERM')
  }
  const missing = await rotate(old)
  t.equal(missing.code, 1)
  t.match(missing.out, new RegExp(`2 under key ${ids[1]}: its key is missing`))

  await database.owner.query('update model_runs set run_result = $2 where id = $1', [first, after])
  const swapped = await start(fresh)
  t.match((await swapped.predict(first, asked)).body, { code: 'ARTIFACT_UNUSABLE', detail: /was sealed for another/ })
  await swapped.end('SIGTERM')

  const folder = t.testdir({ 'rows.csv': `a,c\n1,${SECRET}-a\n` })
  await writeFile(join(folder, 'artifact'), after)
  const predict = (...more: string[]) =>
    runCommandLine(['predict', join(folder, 'artifact'), '--data', join(folder, 'rows.csv'), ...more], {
      environment: { ENCRYPTION_KEY_FILE: fresh, MODELS_DIR: join(import.meta.dirname, '../models') },
    })
  t.match(await predict(), { code: 1, err: /it is encrypted; name the run/ })
  t.match(await predict('--run', String(first)), { code: 1, err: /was sealed for another place/ })
  t.match(await predict('--run', String(second)), { code: 0, out: /^y\n(yes|no)\n$/ })
})

t.test('a start with a key that cannot be used fails in one line, and leaves the folder to others', async (t) => {
  const dataDir = await dataFolder(t)
  await mkdir(dataDir, { recursive: true })
  const path = join(t.testdir({ key: 'no key' }), 'key')
  await t.rejects(startTestProcess(t, { DATA_DIR: dataDir, ENCRYPTION_KEY_FILE: path }), {
    message: /: ENCRYPTION_KEY_FILE: .*key holds no key: expected 32 bytes as text.*\n$/,
  })
})

t.test('a training is not told where the keys lie', async (t) => {
  const given = trainerEnvironment({ DATA_DIR: '/d' }, { ENCRYPTION_KEY_FILE: '/k', PATH: '/bin' })
  t.same(given, { PATH: '/bin', DATA_DIR: '/d' })
})

t.test('npx ml-worker encryption-key makes a key, and never over a file; the doctor tells of it', async (t) => {
  const path = join(await dataFolder(t), 'key')
  const made = await runCommandLine(['encryption-key', 'create', path])
  t.match(made, { code: 0, out: /^key [0-9a-f]{16} in / })
  t.match(await runCommandLine(['encryption-key', 'create', path]), { code: 1, err: /it is there already/ })
  t.match(await runCommandLine(['encryption-key', 'show', path]), { code: 2, err: /expected create/ })
  const environment = { ENCRYPTION_KEY_FILE: path, DATA_DIR: await dataFolder(t) }
  t.match((await runCommandLine(['doctor'], { environment })).out, /keys +key [0-9a-f]{16} encrypts/)
  const nothing = await runCommandLine(['rotate-keys'], { environment: { ...environment, ENCRYPTION_KEY_FILE: '' } })
  t.match(nothing, { code: 1, err: /ENCRYPTION_KEY_FILE is not set/ })
})
