// The spool where what is stored is encrypted.
import { copyFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { cipherWith, KeyRing, keyIdOf } from '../encryption/key-ring.ts'
import { keyIdIn } from '../encryption/sealed-layout.ts'
import { openWhole } from '../encryption/sealing.ts'
import { FaultList } from '../model/faults.ts'
import { toRows } from '../model/table.ts'
import { outcomePath } from './attempt-files.ts'
import { Spool } from './spool.ts'
import { readSpool } from './spool-contents.ts'
import { readSpoolFile, SpoolFileError, type TrainingWork } from './spool-file.ts'
import { failed } from './training-outcome.ts'

const SECRET = 'a value that nobody else is to read'
const [keyA, keyB] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const rows = Array.from({ length: 5_000 }, (_, i) => ({ a: i, c: `${SECRET} ${i % 7}` }))

function workOf(runId: number): TrainingWork {
  const faults = new FaultList()
  return {
    run: { runId, modelName: 'm', parameters: { of: SECRET }, validationSplit: null, digest: 'abc' },
    features: buildTable(rows, 'features', faults),
    labels: buildTable(
      rows.map(({ a }) => ({ y: a })),
      'labels',
      faults,
    ),
  }
}

async function openSpool(t: Test, ...keys: Buffer[]): Promise<Spool> {
  const spool = new Spool(join(t.testdir(), 'spool'), new KeyRing(keys))
  await spool.open()
  return spool
}

/** The same folder, as a worker with these keys sees it. */
function as(spool: Spool, ...keys: Buffer[]): Spool {
  return new Spool(spool.folder, new KeyRing(keys))
}

t.test('nothing of a run is on the disk in the clear, and it is read with the keys of its attempt alone', async (t) => {
  const spool = await openSpool(t, keyA)
  const work = workOf(1)
  const entry = await spool.add(work)
  await spool.writeOutcome(entry.path, failed('data_unusable', SECRET))
  for (const name of await readdir(spool.folder)) {
    t.notOk((await readFile(join(spool.folder, name))).includes(SECRET), name)
  }
  t.same(await readSpool(as(spool, keyB, keyA)), { entries: [{ path: entry.path, run: work.run }], damaged: [] })
  t.match(await spool.readOutcome(entry.path), { code: 'data_unusable', message: SECRET })
  const keys = await spool.keysOf(entry)
  const key = keys?.work
  if (key === undefined) throw new Error('the work has no key')
  const read = await readSpoolFile(entry.path, () => cipherWith(key))
  t.strictSame(toRows(read.features), toRows(work.features))
  t.strictSame(toRows(read.labels), toRows(work.labels))
  t.notOk(JSON.stringify(keys).includes(keyA.toString('base64')), 'an attempt is not given the key of the operator')
  await t.rejects(readSpoolFile(entry.path), { message: /not in ENCRYPTION_KEY_FILE/ })
})

t.test('what lies there in the clear is read as before, and an attempt seals what comes of it', async (t) => {
  const spool = await openSpool(t)
  const entry = await spool.add(workOf(1))
  await spool.writeOutcome(entry.path, failed('data_unusable', 'x'))
  const later = as(spool, keyA)
  t.equal((await readSpool(later)).entries.length, 1)
  t.match(await later.readOutcome(entry.path), { message: 'x' })
  const keys = await later.keysOf(entry)
  t.equal(keys?.work, undefined)
  t.equal(keyIdIn(Buffer.from(keys?.artifact.header ?? '', 'base64')), keyIdOf(keyA))
  t.equal(await spool.keysOf(entry), undefined, 'without a key there are none')
})

t.test('a run whose key is missing is not given up: the worker does not start', async (t) => {
  const spool = await openSpool(t, keyA)
  const { path } = await spool.add(workOf(1))
  const message = new RegExp(`ENCRYPTION_KEY_FILE: runs .* lie in .*id ${keyIdOf(keyA)}; name its file`)
  for (const other of [as(spool), as(spool, keyB)]) {
    await t.rejects(readSpool(other), { name: 'EncryptionKeyError', message })
  }
  await as(spool, keyB, keyA).writeOutcome(path, failed('data_unusable', 'x'))
  await t.rejects(readSpool(spool), { message: new RegExp(keyIdOf(keyB)) }, 'nor where its outcome cannot be read')
  t.equal((await readSpool(as(spool, keyA, keyB))).entries.length, 1)
})

t.test('a file that is torn, changed, or of another run is damaged, and in nobody’s way', async (t) => {
  const spool = await openSpool(t, keyA)
  const { path } = await spool.add(workOf(1))
  const { path: other } = await spool.add(workOf(2))
  const whole = await readFile(path)
  const isDamaged = async (what: string): Promise<void> => {
    const entry = { path, run: workOf(1).run }
    const read = async (): Promise<unknown> => {
      const { work } = (await spool.keysOf(entry)) ?? {}
      return readSpoolFile(path, work && (() => cipherWith(work)))
    }
    const failure = await read().then(
      () => 'none',
      (error: Error) => error.name,
    )
    t.match(failure, /^(SpoolFileError|SealedError)$/, what)
    const { entries, damaged } = await readSpool(spool)
    t.ok(
      damaged.every((error) => error instanceof SpoolFileError),
      what,
    )
    t.ok(entries.some(({ path }) => path === other))
  }
  for (const length of [0, 3, 24, 91, 92, 107, 5_000, 65_536 + 108, whole.length - 1]) {
    await truncate(path, length)
    await isDamaged(`${length} of ${whole.length} bytes`)
    await writeFile(path, whole)
  }
  for (const at of [40, 100, 70_000, whole.length - 1]) {
    await writeFile(path, whole.with(at, (whole[at] as number) ^ 4))
    await isDamaged(`byte ${at}`)
  }
  await copyFile(other, path)
  await isDamaged('the file of another run')
})

t.test('counts what lies there by its key', async (t) => {
  const spool = await openSpool(t, keyA)
  const { path } = await spool.add(workOf(1))
  await as(spool, keyB, keyA).writeOutcome(path, failed('data_unusable', 'x'))
  await as(spool).add(workOf(2))
  await spool.setAside((await spool.add(workOf(3))).path)
  const counts = async (options?: { withSetAside: boolean }) => Object.fromEntries(await spool.filesByKey(options))
  t.same(await counts(), { [keyIdOf(keyA)]: 1, [keyIdOf(keyB)]: 1, '': 1 })
  t.same(await counts({ withSetAside: true }), { [keyIdOf(keyA)]: 2, [keyIdOf(keyB)]: 1, '': 1 })
})

t.test('an outcome is bound to its run', async (t) => {
  const spool = await openSpool(t, keyA)
  const [a, b] = [(await spool.add(workOf(1))).path, (await spool.add(workOf(2))).path]
  await spool.writeOutcome(a, failed('data_unusable', 'x'))
  await copyFile(outcomePath(a), outcomePath(b))
  await t.rejects(spool.readOutcome(b), { name: 'SealedError', fault: 'damaged' })
})

t.test('a sealed artifact is opened as the result of its run', async (t) => {
  const spool = await openSpool(t, keyA)
  const keys = await spool.keysOf(await spool.add(workOf(7)))
  t.equal(keys?.artifact.objectId, 'run/7')
  t.throws(() => openWhole(cipherWith(keys?.artifact as never), Buffer.alloc(200)), { name: 'SealedError' })
})
