import { createHash } from 'node:crypto'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { FaultList } from '../model/faults.ts'
import { toRows } from '../model/table.ts'
import { artifactPath } from './attempt-files.ts'
import { Spool } from './spool.ts'
import { readSpool } from './spool-contents.ts'
import { readSpoolEntry, readSpoolFile, runIdInName, SpoolFileError, type TrainingWork } from './spool-file.ts'

const features = [{ a: 1, c: 'x', ['__proto__']: true }, { a: null, c: 'ü\u0000' }, { a: -1e300 }]
const labels = [{ y: 1 }, { y: 'two' }, { y: false }]

function workOf(runId: number, featureRows: readonly object[] = features, labelRows: readonly object[] = labels) {
  const faults = new FaultList()
  const work: TrainingWork = {
    run: { runId, modelName: 'm', parameters: { depth: 3, weights: { a: 1 } }, validationSplit: 0.25, digest: 'abc' },
    features: buildTable(featureRows, 'features', faults),
    labels: buildTable(labelRows, 'labels', faults),
  }
  return work
}

async function openSpool(t: Test, files: Record<string, string> = {}): Promise<Spool> {
  const spool = new Spool(join(t.testdir({ spool: files }), 'spool'))
  await spool.open()
  return spool
}

t.test('what was added is read again as it was', async (t) => {
  const spool = await openSpool(t)
  for (const work of [workOf(1), workOf(2, [{}, {}]), workOf(3, features, [])]) {
    const { path, run } = await spool.add(work)
    t.same(run, work.run)
    t.same(await readSpoolEntry(path), { path, run: work.run })
    const read = await readSpoolFile(path)
    t.same(read.run, work.run)
    t.strictSame(toRows(read.features), toRows(work.features))
    t.strictSame(toRows(read.labels), toRows(work.labels))
  }
})

t.test('the rows are read into memory that threads can share', async (t) => {
  const spool = await openSpool(t)
  const { features } = await readSpoolFile((await spool.add(workOf(1))).path)
  const [column] = features.columns
  t.ok(column?.kind === 'numeric' && (column.values.buffer as unknown) instanceof SharedArrayBuffer)
})

t.test('lists runs in the order in which they were added, also over a restart', async (t) => {
  const spool = await openSpool(t)
  const paths = []
  for (const runId of [30, 4, 100]) paths.push((await spool.add(workOf(runId))).path)
  t.same(await spool.list(), paths)
  const next = new Spool(spool.folder)
  await next.open()
  t.same(await next.list(), paths)
  t.same(paths.map(runIdInName), [30, 4, 100])
  t.equal(runIdInName('/somewhere/else.run'), undefined)
})

t.test('a removed run is gone with the artifact of its training', async (t) => {
  const spool = await openSpool(t)
  const { path } = await spool.add(workOf(1))
  await writeFile(artifactPath(path, 1), 'bytes')
  await spool.remove(path)
  t.same(await spool.list(), [])
  await t.rejects(readFile(artifactPath(path, 1)), { code: 'ENOENT' })
  await t.resolves(spool.remove(path), 'twice is as good as once')
})

t.test('what a writer left unfinished is removed when the spool is opened', async (t) => {
  const spool = await openSpool(t, { '000-1.run.part': 'half' })
  t.same(await spool.list(), [])
  await t.rejects(readFile(join(spool.folder, '000-1.run.part')), { code: 'ENOENT' })
})

t.test('what is left of a probe, or beside a run that is gone, is removed when the spool is opened', async (t) => {
  const spool = await openSpool(t, { '000-1.run.outcome': '{}', '000-1.run.2.artifact': '', '000-2.run.bad': 'kept' })
  t.same(await readdir(spool.folder), ['000-2.run.bad'])
  const { path } = await spool.add(workOf(3))
  await writeFile(artifactPath(path, 1), 'bytes')
  await writeFile(`${spool.folder}-probe`, 'of a process that was killed')
  await spool.open()
  t.same(await readdir(join(spool.folder, '..')), ['spool'])
  t.same((await readdir(spool.folder)).length, 3, 'what lies beside a run that waits is kept')
  await spool.probe()
  t.same(await readdir(join(spool.folder, '..')), ['spool'], 'a probe leaves nothing')
})

t.test('of two files for one run the last counts, since the first was refused', async (t) => {
  const spool = await openSpool(t)
  const paths: string[] = []
  for (const runId of [1, 2, 1]) paths.push((await spool.add(workOf(runId))).path)
  const { entries, damaged } = await readSpool(spool)
  t.same(
    entries.map(({ path }) => path),
    paths.slice(1),
  )
  t.same(damaged, [])
  t.same(await spool.list(), paths.slice(1))
})

t.test('refuses a file whose checksum is right and whose header is not what a header says', async (t) => {
  const spool = await openSpool(t)
  const { path } = await spool.add(workOf(1))
  const bytes = await readFile(path)
  const length = bytes.readUInt32LE(8)
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + length))
  const { run, features, labels } = header
  const [first] = features.columns
  const hostile: unknown[] = [
    null,
    7,
    'text',
    [],
    {},
    { ...header, run: null },
    ...[{ parameters: [] }, { modelName: 3 }, { validationSplit: 2 }, { digest: null }, { runId: 2 ** 60 }].map(
      (wrong) => ({
        ...header,
        run: { ...run, ...wrong },
      }),
    ),
    { run, features },
    ...[1e15, -1, 0.5, null, '3'].map((rowCount) => ({ ...header, features: { ...features, rowCount } })),
    ...[null, {}, [null], [[]], [{ kind: 'numeric' }], [{ kind: 'image', name: 'a' }], [first, first]].map(
      (columns) => ({
        ...header,
        features: { ...features, columns },
      }),
    ),
    ...[null, {}, [null], [{}], ['y', 'x'], ['x', 'x']].map((levels) => ({
      ...header,
      labels: { ...labels, columns: [{ ...labels.columns[0], levels }] },
    })),
    // A level too few: a code refers to none.
    { ...header, labels: { ...labels, columns: [{ ...labels.columns[0], levels: [1] }] } },
  ]
  for (const value of hostile) {
    await writeFile(path, withHeader(bytes, value))
    await t.rejects(readSpoolFile(path), SpoolFileError, JSON.stringify(value))
    await readSpoolEntry(path).catch((error) => t.type(error, SpoolFileError, JSON.stringify(value)))
  }
  await writeFile(path, withHeader(bytes, header))
  t.same((await readSpoolFile(path)).run, run, 'the true header is taken')
})

/** The file with another header, and the checksum of that. */
function withHeader(bytes: Buffer, header: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')])
  const prefix = Buffer.from(bytes.subarray(0, 16))
  prefix.writeUInt32LE(padded.length, 8)
  const all = Buffer.concat([prefix, padded, bytes.subarray(16 + bytes.readUInt32LE(8), -32)])
  return Buffer.concat([all, createHash('sha256').update(all).digest()])
}

t.test('refuses a file that is torn, at whatever byte', async (t) => {
  const spool = await openSpool(t)
  const { path } = await spool.add(workOf(1))
  const { length } = await readFile(path)
  for (let size = length - 1; size >= 0; size -= 7) {
    await truncate(path, size)
    await t.rejects(readSpoolFile(path), SpoolFileError, `${size} of ${length} bytes`)
  }
})

t.test('refuses a file in which a bit is wrong', async (t) => {
  const spool = await openSpool(t)
  const { path } = await spool.add(workOf(1))
  const bytes = await readFile(path)
  for (let at = 0; at < bytes.length; at += 5) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
    await writeFile(path, flipped)
    await t.rejects(readSpoolFile(path), SpoolFileError, `byte ${at}`)
  }
})

t.test('refuses a file of another format, and says which', async (t) => {
  const spool = await openSpool(t)
  const { path } = await spool.add(workOf(1))
  const bytes = await readFile(path)
  bytes.writeUInt32LE(9, 4)
  await writeFile(path, bytes)
  for (const read of [readSpoolFile, readSpoolEntry]) {
    await t.rejects<unknown>(read(path), { name: 'SpoolFileError', message: /format 9; this worker reads 1/ })
  }
  await writeFile(path, 'something else that is long enough to have a prefix and a digest of its own')
  await t.rejects(readSpoolEntry(path), { name: 'SpoolFileError', message: /not a file of the spool/ })
})

t.test('a file that is set aside is no run any more, and is kept', async (t) => {
  const spool = await openSpool(t)
  const { path } = await spool.add(workOf(1))
  await spool.setAside(path)
  t.same(await spool.list(), [])
  t.ok((await readFile(`${path}.bad`)).length > 0)
})
