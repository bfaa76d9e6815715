import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { FaultList } from '../model/faults.ts'
import { toRows } from '../model/table.ts'
import { eraseRows, findRows } from './erase-rows.ts'
import { Spool } from './spool.ts'
import { readSpoolFile, type TrainingWork } from './spool-file.ts'

async function spooled(t: Test, features: readonly object[], labels: readonly object[]) {
  const spool = new Spool(join(t.testdir(), 'spool'))
  await spool.open()
  const faults = new FaultList()
  const work: TrainingWork = {
    run: { runId: 7, modelName: 'm', parameters: {}, validationSplit: 0.25, digest: 'abc' },
    features: buildTable(features, 'features', faults),
    labels: buildTable(labels, 'labels', faults),
  }
  return { spool, ...(await spool.add(work)) }
}

const features = [
  { id: 17, name: 'Anna', mail: 'anna@example.org' },
  { id: 18, name: 'Bo', mail: null },
  { id: 19, name: 'Anna', mail: 'anna@example.org' },
  { id: null, name: null, mail: 'cy@example.org' },
]
const labels = [{ y: 'p' }, { y: 'q' }, { y: 'r' }, { y: 'q' }]

t.test('the rows go, with what only they had in other columns; all else stays as it was', async (t) => {
  const { spool, path, run } = await spooled(t, features, labels)
  t.same(await findRows(path, { column: 'name', value: 'Anna' }), { found: 2, left: 2 })
  t.ok((await readFile(path)).includes('Anna'), 'counting changes nothing')
  t.same(await eraseRows(path, { column: 'name', value: 'Anna' }), { found: 2, left: 2 })
  const read = await readSpoolFile(path)
  t.same(read.run, run)
  t.strictSame(toRows(read.features), [features[1], features[3]])
  t.strictSame(toRows(read.labels), [{ y: 'q' }, { y: 'q' }])
  for (const gone of ['Anna', 'anna@example.org']) t.notOk((await readFile(path)).includes(gone), gone)
  t.same(await spool.list(), [path])
  t.same(await eraseRows(path, { column: 'name', value: 'Anna' }), { found: 0, left: 2 })
})

t.test('a number is found as a number or as its text, in labels too, and never in another column', async (t) => {
  for (const [column, value, found] of [
    ['id', 17, 1],
    ['id', '17', 1],
    ['id', '017', 0],
    ['id', '', 0],
    ['name', '17', 0],
    ['y', 'q', 2],
    ['x', 'q', 0],
  ] as const) {
    const { path } = await spooled(t, features, labels)
    t.same(await eraseRows(path, { column, value }), { found, left: 4 - found }, `${column} ${value}`)
    t.equal((await readSpoolFile(path)).features.rowCount, 4 - found)
  }
})

t.test('what rows are split by is looked at as well, and goes with them as their weights do', async (t) => {
  const { spool, path, run } = await spooled(t, features, labels)
  const work = await readSpoolFile(path)
  const weights = { kind: 'numeric', name: 'w', values: Float64Array.of(1, 2, 3, 4) } as const
  const codes = Int32Array.of(0, 1, 1, 0)
  const groups = { kind: 'categorical', name: 'patient', codes, levels: ['Dee', 'Ed'] } as const
  const grouped = await spool.add({
    ...work,
    run: { ...run, runId: 8, splitBy: { column: 'patient', as: 'group' } },
    aside: { weights, splitBy: groups },
  })
  t.same(await eraseRows(grouped.path, { column: 'splitBy', value: 'Ed' }), { found: 0, left: 4 })
  t.same(await eraseRows(grouped.path, { column: 'patient', value: 'Ed' }), { found: 2, left: 2 })
  const { aside } = await readSpoolFile(grouped.path)
  t.match(aside, {
    weights: { values: Float64Array.of(1, 4) },
    splitBy: { codes: Int32Array.of(0, 0), levels: ['Dee'] },
  })
  t.notOk((await readFile(grouped.path)).includes('"Ed"'))
  const folded = await spool.add({
    ...work,
    run: { ...run, runId: 10, crossValidation: { count: 2, repeats: 1, kind: 'grouped', column: 'patient' } },
    aside: { crossValidateBy: groups },
  })
  t.same(await eraseRows(folded.path, { column: 'patient', value: 'Ed' }), { found: 2, left: 2 })
  t.match((await readSpoolFile(folded.path)).aside, { crossValidateBy: { levels: ['Dee'] } })
  const times = { kind: 'time', name: 'born', values: Float64Array.of(Date.UTC(1980, 1, 2), 0, Number.NaN, 0) } as const
  const timed = await spool.add({
    ...work,
    run: { ...run, runId: 9 },
    features: { rowCount: 4, columns: [times] },
    labels: { rowCount: 0, columns: [] },
  })
  t.same(await eraseRows(timed.path, { column: 'born', value: '1980-02-02' }), { found: 1, left: 3 })
  t.same(await eraseRows(timed.path, { column: 'born', value: 'Ed' }), { found: 0, left: 3 })
})

t.test('work without labels stays without, and all rows may go', async (t) => {
  const { path } = await spooled(t, features, [])
  t.same(await eraseRows(path, { column: 'name', value: 'Bo' }), { found: 1, left: 3 })
  t.same((await readSpoolFile(path)).labels, { rowCount: 0, columns: [] })
  const all = await spooled(t, [{ a: 'x' }, { a: 'x' }], [{ y: 1 }, { y: 2 }])
  t.same(await eraseRows(all.path, { column: 'a', value: 'x' }), { found: 2, left: 0 })
  t.equal((await readSpoolFile(all.path)).features.rowCount, 0)
})

t.test(
  'a crash before the new file has its name leaves the old one, and the next start removes the new one',
  async (t) => {
    const { spool, path } = await spooled(t, features, labels)
    const before = await readFile(path)
    await writeFile(`${path}.part`, 'half of a fi')
    await spool.open()
    t.same(await readdir(spool.folder), [path.slice(spool.folder.length + 1)])
    t.same(await readFile(path), before)
  },
)

t.test('a damaged file is left as it is', async (t) => {
  const { path } = await spooled(t, features, labels)
  const bytes = await readFile(path)
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
  await writeFile(path, bytes)
  await t.rejects(eraseRows(path, { column: 'name', value: 'Anna' }), { name: 'SpoolFileError' })
  t.same(await readFile(path), bytes)
})
