// Old and new, plain and encrypted results and objects side by side, and keys that change or are missing.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { readKeys } from '../../src/encryption/key-file.ts'
import { keyIdIn } from '../../src/encryption/sealed-layout.ts'
import { startService } from '../../src/service.ts'
import { EncryptedStorage } from '../../src/storage/encrypted-storage.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import { runCommandLine } from '../support/command-line.ts'
import { asked, makeKeys, openDatabase, resultOf, rowsOf, SECRET, train } from '../support/encryption.ts'
import { dataFolder } from '../support/runs.ts'
import { clientOf, type TestService } from '../support/service.ts'

const MODELS_DIR = join(import.meta.dirname, '../models')

const [database, dataDir, { paths, ids }] = [await openDatabase(t), await dataFolder(t), await makeKeys(t, 2)]
const [old, fresh] = paths as [string, string]
const common = { DATABASE_URL: database.url, DATA_DIR: dataDir, MODELS_DIR }

/** A worker with these keys, on the same folder, while `use` runs. */
async function withWorker<T>(keys: readonly string[], use: (worker: ReturnType<typeof clientOf>) => Promise<T>) {
  const settings = { ...common, PORT: '0', TRAIN_THREADS: '1', OVERLOAD_DELAY_MS: '600000' }
  const config = readConfig({ ...settings, ENCRYPTION_KEY_FILE: keys.join(',') }, false)
  const service = await startService(config, pino({ level: 'silent' }))
  try {
    return await use(clientOf(service.url))
  } finally {
    await service.close()
  }
}

const rotate = (keys: readonly string[], ...options: string[]) =>
  runCommandLine(['rotate-keys', ...options], { environment: { ...common, ENCRYPTION_KEY_FILE: keys.join(',') } })

async function predicted(worker: Pick<TestService, 'predict'>, run: number) {
  const { body } = await worker.predict(run, asked)
  return { ...body, model_run_id: 0 }
}

const first = await withWorker([], async (worker) => {
  const run = await train(worker, database, 'forest', rowsOf(300))
  if ((await database.ended(run)) !== 'SUCCESS') throw new Error('the training failed')
  return { run, predictions: await predicted(worker, run), shown: (await worker.get(`/api/runs/${run}`)).body }
})
const plain = await resultOf(database, first.run)
const encrypted = await withWorker([old], async (worker) => {
  const run = await train(worker, database, 'forest', rowsOf(300))
  if ((await database.ended(run)) !== 'SUCCESS') throw new Error('the training failed')
  return { run, predictions: [await predicted(worker, first.run), await predicted(worker, run)] }
})
const second = encrypted.run
const underOld = await resultOf(database, second)
const { keys } = await readKeys(old)
const driver = new LocalStorage(join(dataDir, 'storage'))
const storage = new EncryptedStorage({ driver, keys, folder: join(dataDir, 'sealing') })
await storage.put('an/object', Readable.from([randomBytes(100_000)]), { byteLengthMax: 100_000 })

t.test('with a key, what is plain and what is encrypted are read alike', async (t) => {
  t.same(encrypted.predictions, [first.predictions, first.predictions])
  t.ok(plain.includes(SECRET))
  t.notOk(underOld.includes(SECRET))
})

t.test('a dry run tells what would be done, and changes nothing', async (t) => {
  const planned = await rotate([fresh, old], '--dry-run', '--encrypt-plain')
  t.equal(planned.code, 1)
  t.match(planned.out, /objects of the storage: 1 to be brought to the first key/)
  t.match(planned.out, /results of runs: 1 to be brought to the first key; 1 to be encrypted/)
  t.ok((await resultOf(database, first.run)).equals(plain))
  t.ok((await resultOf(database, second)).equals(underOld))
})

t.test('rotation goes on beside a worker that has both keys', async (t) => {
  await withWorker([fresh, old], async (worker) => {
    const rotated = await rotate([fresh, old])
    t.equal(rotated.code, 0, rotated.err)
    t.match(rotated.out, /objects of the storage: 1 brought to the first key/)
    t.match(rotated.out, /results of runs: 1 brought to the first key; 1 in the clear/)
    t.match(rotated.out, new RegExp(`no longer needed here: key ${ids[0]}`))
    const after = await resultOf(database, second)
    t.ok(after.subarray(92).equals(underOld.subarray(92)), 'the chunks stay')
    t.equal(keyIdIn(after), ids[1])
    t.ok((await resultOf(database, first.run)).equals(plain), 'what is plain stays so unless it is asked for')
    t.match(await rotate([fresh, old], '--encrypt-plain'), {
      code: 0,
      out: /results of runs: 1 under .*; 1 encrypted now/,
    })
    for (const run of [first.run, second]) {
      t.notOk((await resultOf(database, run)).includes(SECRET))
      t.same(await predicted(worker, run), first.predictions)
    }
  })
})

t.test('then the old key is not needed any more, and a result is that of its run alone', async (t) => {
  const moved = await database.insertRun('forest', 'SUCCESS')
  const result = await resultOf(database, second)
  await database.owner.query('update model_runs set run_result = $2 where id = $1', [moved, result])
  await withWorker([fresh], async (worker) => {
    for (const run of [first.run, second]) t.same(await predicted(worker, run), first.predictions)
    t.equal((await worker.get(`/api/runs/${second}/report`)).status, 200)
    t.same((await worker.get(`/api/runs/${first.run}`)).body.parameters, first.shown.parameters)
    const refused = await worker.predict(moved, asked)
    t.match(refused.body, { code: 'ARTIFACT_UNUSABLE', detail: /was sealed for another place/ })
  })
  await database.owner.query('delete from model_runs where id = $1', [moved])
})

t.test('without its key a result is refused by the id of the key', async (t) => {
  for (const keys of [[old], []]) {
    await withWorker(keys, async (worker) => {
      const detail = new RegExp(`run ${second}: encrypted with a key that is not in ENCRYPTION_KEY_FILE: id ${ids[1]}`)
      t.match((await worker.predict(second, asked)).body, { code: 'ARTIFACT_UNUSABLE', detail })
      t.match((await worker.get(`/api/runs/${second}/report`)).body, { code: 'ARTIFACT_UNUSABLE', detail })
      t.equal((await worker.get(`/api/runs/${second}`)).status, 200, 'what is known besides is shown')
    })
  }
  const missing = await rotate([old])
  t.equal(missing.code, 1)
  t.match(missing.out, new RegExp(`2 under key ${ids[1]}: its key is missing`))
  t.match(missing.out, new RegExp(`key ${ids[1]} is still needed`))
})

t.test('the command line predicts with an encrypted artifact when it is told its run', async (t) => {
  const folder = t.testdir({ 'rows.csv': `a,c\n1,${SECRET}-a\n` })
  await writeFile(join(folder, 'artifact'), await resultOf(database, second))
  const predict = (...more: string[]) =>
    runCommandLine(['predict', join(folder, 'artifact'), '--data', join(folder, 'rows.csv'), ...more], {
      environment: { ENCRYPTION_KEY_FILE: fresh, MODELS_DIR },
    })
  t.match(await predict(), { code: 1, err: /it is encrypted; name the run/ })
  t.match(await predict('--run', String(second)), { code: 0, out: /^y\r\n(yes|no)\r\n$/ })
})

t.test('a rotation stands in the audit, where the schema is set up', async (t) => {
  await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
  t.equal((await rotate([fresh, old])).code, 0)
  const { rows } = await database.owner.query('select actor, action, resource from ml_worker.audit_events')
  t.match(rows, [{ actor: /^command\//, action: 'keys.rotate', resource: `key/${ids[1]}` }])
  t.equal((await rotate([fresh, old], '--dry-run')).code, 0)
  const { rowCount } = await database.owner.query('select from ml_worker.audit_events')
  t.equal(rowCount, 1, 'a dry run changes nothing')
})
