// What is encrypted at rest, through the real worker: kills, restarts, keys that come, change and are missing.
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { trainerEnvironment } from '../../src/config.ts'
import { isSealed, keyIdIn } from '../../src/encryption/sealed-layout.ts'
import { runCommandLine } from '../support/command-line.ts'
import { asked, makeKeys, openDatabase, resultOf, rowsOf, SECRET, train } from '../support/encryption.ts'
import { dataFolder, gate, heldBy, openGate } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

/** Large enough to come by a file, and the intake thread. */
const LARGE = 12_000

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
