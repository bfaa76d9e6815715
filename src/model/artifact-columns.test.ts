import t from 'tap'
import Majority from '../../test/models/majority.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { encodeArtifact } from './artifact.ts'
import { readArtifactColumns } from './artifact-columns.ts'
import { FaultList } from './faults.ts'
import { times } from './steps/times.ts'
import type { Table } from './table.ts'

class Timed extends Majority {
  override steps() {
    return [times()]
  }
}

const model = new Timed()

async function artifactOf(features: Table, labels: Table): Promise<Buffer> {
  const pipeline = await model.create_pipeline({}).fit(features, labels, fitContext())
  return encodeArtifact(model, {}, pipeline, { report: { title: 'a report' } })
}

t.test('columns of features and labels come with their levels, in the order of the rows', async (t) => {
  const many = Array.from({ length: 70_000 }, (_, i) => `level ${i}`).sort()
  const features: Table = {
    rowCount: 70_000,
    columns: [
      { kind: 'numeric', name: 'n', values: Float64Array.from(many, (_, i) => i) },
      { kind: 'categorical', name: '__proto__', codes: Int32Array.from(many, (_, i) => i), levels: many },
      { kind: 'time', name: 't', values: new Float64Array(70_000) },
      { kind: 'categorical', name: 'mixed', codes: new Int32Array(70_000), levels: [-1.5, 'ü', true] },
    ],
  }
  const faults = new FaultList()
  const labels = buildTable(
    Array.from({ length: 70_000 }, (_, i) => ({ y: i % 2 === 0 ? 'p' : 'q', z: i % 3 })),
    'labels',
    faults,
  )
  t.same(readArtifactColumns(await artifactOf(features, labels)), [
    { name: 'n', kind: 'numeric', levels: [] },
    { name: '__proto__', kind: 'categorical', levels: many },
    { name: 't', kind: 'time', levels: [] },
    { name: 'mixed', kind: 'categorical', levels: [-1.5, 'ü', true] },
    { name: 'y', kind: 'categorical', levels: ['p', 'q'] },
    { name: 'z', kind: 'categorical', levels: [0, 1, 2] },
  ])
})

t.test('bytes that are no artifact, or only a part of one, are refused at every length', async (t) => {
  const faults = new FaultList()
  const features = buildTable([{ a: 'x' }, { a: 'y' }], 'features', faults)
  const labels = buildTable([{ y: 'p' }, { y: 'q' }], 'labels', faults)
  const bytes = await artifactOf(features, labels)
  t.equal(readArtifactColumns(bytes).length, 2)
  let refused = 0
  for (let length = 0; length < bytes.length; length++) {
    try {
      readArtifactColumns(bytes.subarray(0, length))
    } catch (error) {
      if ((error as Error).name === 'ArtifactError') refused += 1
    }
  }
  t.equal(refused, bytes.length)
})
